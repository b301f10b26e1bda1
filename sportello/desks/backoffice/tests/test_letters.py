"""The letters that wait for the printer and for the post, and their sheets."""

import re

import pytest

from sportello.domain.journal.models import Event
from sportello.domain.messages.models import Message, State
from tests import asking
from tests.asking import PATH, plain, post
from tests.factories import NOW

LETTERS, MARK, SHEETS = "/staff/letters/", "/staff/letters/mark/", "/staff/letters/sheets/"


@pytest.fixture
def letter(paolo) -> Message:
    """What an operator has answered to somebody without an e-mail address."""
    asking.household("C1", email=None, street="Via Roma", postcode="41033", municipality="Concordia")
    asking.asked()
    post(paolo, "answer", text="Dura dodici mesi.")
    return Message.objects.get(channel="letter")


def test_it_is_printed_posted_and_found_again(paolo, letter):
    assert "To be printed 1" in plain(paolo.get(LETTERS)) and "To be printed" in plain(paolo.get(PATH))
    sheet = paolo.get(SHEETS, {"letter": letter.pk})
    assert "Dura dodici mesi." in plain(sheet) and "sheet-of-paper" in sheet.content.decode()
    assert "is printed." in plain(paolo.post(MARK, {"mark": "printed", "letter": letter.pk}, follow=True))
    assert "Printed on 24/11/2026 Paolo Conti" in plain(paolo.get(f"{LETTERS}?show=to_post"))
    for on, status in (("2026-11-25", 400), ("2026-11-24", 302)):
        assert paolo.post(MARK, {"mark": "posted", "on": on, "letter": letter.pk}).status_code == status
    letter.refresh_from_db()
    assert (letter.state, letter.posted_by.username) == (State.SENT, "paolo")
    assert "In the post on 24/11/2026" in plain(paolo.get(f"{LETTERS}?show=posted"))
    assert "In the post on 24/11/2026" in plain(paolo.get(PATH))


def test_who_comes_second_changes_nothing_and_is_told(paolo, staff, letter):
    paolo.post(MARK, {"mark": "printed", "letter": letter.pk})
    other = staff("otto", "back_office")
    assert "a colleague was quicker" in plain(other.post(MARK, {"mark": "printed", "letter": letter.pk}, follow=True))
    letter.refresh_from_db()
    assert letter.printed_by.username == "paolo"
    other.post(MARK, {"mark": "not_printed", "letter": letter.pk})
    assert re.search(r"To be printed\s+1", plain(other.get(LETTERS)))


@pytest.mark.parametrize("fields", [{}, {"mark": "burnt"}, {"mark": "printed", "letter": ["x", "9" * 30, "-1"]}])
def test_nonsense_changes_nothing(paolo, letter, fields):
    assert paolo.post(MARK, fields)["Location"] == LETTERS
    assert Message.objects.letters_to_print().get() == letter
    assert "Choose at least one letter." in plain(paolo.get(SHEETS, {"letter": "x"}))


def test_mails_are_no_letters(paolo):
    asking.asked()
    post(paolo, "answer", text="Dura dodici mesi.")
    mail = Message.objects.get()
    assert "Dura" not in plain(paolo.get(SHEETS, {"letter": mail.pk}))


def test_who_answers_the_telephone_sees_no_letter_with_a_code(staff):
    kind, values = "new_web_code", {"customer": "C1", "until": "24/05/2027", "page": "https://sportello.example/"}
    letter = Message.objects.create(
        kind=kind, language="it", channel="letter", address="Via Roma 1", name="Anna Neri", subject="x", values=values,
        secrets={"code": "WXYZ-9876"}, created_at=NOW, next_attempt_at=NOW,
    )  # fmt: skip
    ines, otto = staff("ines", "call_center"), staff("otto", "back_office")
    assert "Anna Neri" not in plain(ines.get(LETTERS)) and "WXYZ" not in plain(ines.get(SHEETS, {"letter": letter.pk}))
    assert "a colleague was quicker" in plain(ines.post(MARK, {"mark": "printed", "letter": letter.pk}, follow=True))
    assert "Anna Neri" in plain(otto.get(SHEETS, {"letter": letter.pk}))
    Message.objects.update(secrets=None, printed_at=NOW, state=State.SENT, posted_on=NOW.date(), sent_at=NOW)
    assert "Anna Neri" in plain(ines.get(f"{LETTERS}?show=posted"))


def test_a_code_is_seen_by_who_prints_the_letter_alone(staff):
    values = {"customer": "C1", "until": "24/05/2027", "page": "https://sportello.example/"}
    letter = Message.objects.create(
        kind="new_web_code", language="it", channel="letter", address="Via Roma 1", name="Anna Neri", subject="x",
        values=values, secrets={"code": "WXYZ-9876"}, created_at=NOW, next_attempt_at=NOW,
    )  # fmt: skip
    otto, elena = staff("otto", "back_office"), staff("elena", "manager")
    page = plain(otto.get(SHEETS, {"letter": letter.pk}))
    assert "WXYZ" not in page and "••••••••" in page and "I print them: show the codes" in page
    opened = otto.post(MARK, {"mark": "open", "letter": letter.pk}, follow=True)
    assert "WXYZ-9876" in plain(opened) and opened.redirect_chain == [(f"{SHEETS}?letter={letter.pk}", 302)]
    page = plain(elena.get(SHEETS, {"letter": letter.pk}))
    assert "WXYZ" not in page and "has printed the letter to Anna Neri and alone sees its code" in page
    elena.post(MARK, {"mark": "open", "letter": letter.pk})
    assert "WXYZ" not in plain(elena.get(SHEETS, {"letter": letter.pk}))
    elena.post(MARK, {"mark": "not_printed", "letter": letter.pk})
    assert "WXYZ-9876" in plain(elena.post(MARK, {"mark": "open", "letter": letter.pk}, follow=True))
    assert "WXYZ" not in plain(otto.get(SHEETS, {"letter": letter.pk}))
    said = (
        Event.objects.about("message", str(letter.pk))
        .order_by("id")
        .values_list("name", "actor__username", "detail__code")
    )
    seen = "backoffice.letter_seen"
    assert list(said) == [
        (seen, "otto", False), ("messages.letter_printed", "otto", None), (seen, "otto", True), (seen, "elena", False),
        (seen, "elena", False), ("messages.letter_not_printed", "elena", None), ("messages.letter_printed", "elena", None),
        (seen, "elena", True), (seen, "otto", False),
    ]  # fmt: skip


@pytest.mark.parametrize("role", ["agent", "credit_checker", "administrator"])
def test_others_do_not_see_them(staff, role):
    client = staff("other", role)
    assert {client.get(each).status_code for each in (LETTERS, SHEETS, MARK)} == {404}
