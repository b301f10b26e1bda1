"""A text never runs as a template, and neither does a value; values stay on their line."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sportello.domain.messages.cleaning import one_line
from sportello.domain.messages.kinds import Kind, Text, check_text, kind_named, register
from sportello.domain.messages.placeholders import MissingValue, WrongText, check, fill
from sportello.domain.messages.tests import cast

TRIES = [
    "{{7*7}}",
    "{x.__class__}",
    "%s",
    "%(x)s",
    "{x!r}",
    "{x:>99999999}",
    "{0}",
    "{}",
    "${x}",
    "{% now %}",
    "{x[0]}",
]


@pytest.mark.parametrize("attempt", [text for text in TRIES if "{" in text and text != "${x}"])
def test_a_text_with_anything_but_known_names_in_braces_is_refused(attempt: str) -> None:
    with pytest.raises(WrongText):
        check(f"Gentile {attempt}", allowed={"x"})


def test_an_unknown_placeholder_is_refused_when_the_kind_is_registered() -> None:
    texts = {language: Text(subject="a", paragraphs=("{nome}",)) for language in ("it", "en")}
    with pytest.raises(WrongText, match="nome"):
        register(Kind(name="new", placeholders={}, texts=texts))
    with pytest.raises(LookupError):
        kind_named("new")


@pytest.mark.parametrize("attempt", TRIES)
def test_a_value_is_only_ever_itself(attempt: str) -> None:
    assert fill("a {x} b {y}", {"x": attempt, "y": "{x}"}) == f"a {attempt} b {{x}}"


@given(st.dictionaries(st.sampled_from(["a", "b", "c"]), st.text(), min_size=3, max_size=3))
def test_values_are_never_looked_at_again(values: dict[str, str]) -> None:
    assert fill("{a}|{b}|{c}", values) == f"{values['a']}|{values['b']}|{values['c']}"


def test_a_percent_sign_is_one() -> None:
    assert fill("100 %s %d {x}", {"x": "%s"}) == "100 %s %d %s"


def test_a_missing_value_is_an_error() -> None:
    with pytest.raises(MissingValue, match="x"):
        fill("{x}", {})


def test_a_subject_never_tells_a_secret() -> None:
    with pytest.raises(WrongText):
        check_text(cast.CODE, Text(subject="{code}", paragraphs=("x",)))


@pytest.mark.parametrize(
    "text",
    [
        Text(subject="", paragraphs=("x",), action="y"),
        Text(subject="x", paragraphs=(), action="y"),
        Text(subject="x", paragraphs=("x",)),
    ],
)
def test_a_text_has_all_its_parts(text: Text) -> None:
    with pytest.raises(WrongText):
        check_text(cast.LINK, text)


def test_both_languages_are_wanted_and_a_name_has_one_meaning() -> None:
    with pytest.raises(WrongText):
        register(Kind(name="new", placeholders={}, texts={"it": Text(subject="a", paragraphs=("b",))}))
    assert register(cast.NOTICE) is cast.NOTICE
    with pytest.raises(WrongText):
        register(Kind(name=cast.NOTICE.name, placeholders={}, texts=cast.CODE.texts))


@given(st.text(alphabet=st.characters(codec=None)))
def test_a_cleaned_value_is_one_line_that_can_be_stored(value: str) -> None:
    clean = one_line(value)
    assert len(clean.splitlines()) <= 1
    assert not any(unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") for character in clean)
    assert one_line(clean) == clean
    clean.encode()


def test_what_turns_the_reading_order_round_goes_and_joined_signs_stay() -> None:
    assert one_line("a\u202egpj.exe") == "agpj.exe"
    assert one_line("👩\u200d🔧 1.234,56\u00a0€") == "👩\u200d🔧 1.234,56\u00a0€"
    assert one_line("x" * 300, most=10) == "xxxxxxxxx…"
