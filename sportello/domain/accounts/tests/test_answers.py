import pytest

from sportello.domain.accounts import answers, changes
from sportello.domain.accounts.answers import WeakAnswer, normalise
from sportello.domain.accounts.models import SecretQuestion
from tests.factories import NOW, account, supply


@pytest.mark.parametrize(
    "typed",
    [
        "Maestra Ines",
        "maestra ines",
        "  MAESTRA  INES ",
        "Maéstra Inès",
        "maestra-ines!",
        "Ｍａｅｓｔｒａ Ｉｎｅｓ",
        "maestraines",
    ],
)
def test_case_accents_blanks_and_punctuation_do_not_matter(alice, typed):
    assert answers.is_answer(alice, typed)


@pytest.mark.parametrize("typed", ["", "Maestra", "Maestra Inez", "маestra ines", "ınes maestra", "first_teacher"])
def test_another_answer_is_another_answer(alice, typed):
    assert not answers.is_answer(alice, typed)


def test_straße_is_strasse_and_dotted_i_is_i():
    assert normalise("Straße") == normalise("STRASSE")
    assert normalise("İNES") == normalise("ines")


REFUSED = [
    "abc", "a b c", "....", "", "aaaa", "abab", "Alice", "Verdi", "Anna Verdi C1", "VRDNNA80A41F257X", "vrd nna 80a41 f257x",
    "Concordia", "Concordia sulla Secchia", "Via Grandi", "Grandi", "anna.verdi@example.it", "99990000000123", "example",
    "Who was my first teacher", "01011980", "1980",
]  # fmt: skip


@pytest.mark.parametrize("answer", REFUSED)
def test_what_others_may_know_is_refused(alice, owner, answer):
    supply(account(owner))
    type(owner).objects.update(birth_date="1980-01-01")
    known = changes.known_of(alice)
    with pytest.raises(WeakAnswer):
        answers.set_question(alice, key="", own_words="Who was my first teacher?", answer=answer, known=known, now=NOW)
    assert answers.is_answer(alice, "Maestra Ines")


def test_only_a_hash_is_kept(alice):
    row = SecretQuestion.objects.get()
    assert row.answer.startswith("argon2$argon2id$")
    assert "ines" not in str(vars(row)).lower()


def test_the_question_is_of_the_list_or_ones_own(alice):
    assert answers.question_of(alice) == "Come si chiamava la sua prima maestra?"
    answers.set_question(alice, key="", own_words="Il mio cane?", answer="Fuffi Due", known=[], now=NOW)
    assert answers.question_of(alice) == "Il mio cane?"


def test_who_has_none_takes_as_long(alice, monkeypatch):
    computed = []
    monkeypatch.setattr(answers, "make_password", lambda text: computed.append(text))
    SecretQuestion.objects.all().delete()
    assert not answers.is_answer(alice, "Maestra Ines")
    assert computed == ["maestraines"]
    assert answers.question_of(alice) == ""
