"""Names are safe on every system and never twice the same."""

import re

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from sportello.desks.documents.names import each_once, file_name, safe


def test_a_name_says_what_it_is_of() -> None:
    with translation.override("en"):
        assert file_name("2026/G/0001234", kind="period_mixed", ending="pdf") == "invoice-2026-G-0001234.pdf"
        assert file_name("2026/N/32", kind="credit_note", ending="pdf") == "credit-note-2026-N-32.pdf"


@pytest.mark.parametrize("number", ["../../etc/passwd", "a\r\nX: y", 'a"; b', "日本", "....", "~", "CON", "è" * 200])
def test_no_number_can_spoil_a_name(number: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9-]+\.pdf", file_name(number, kind=None, ending="pdf"))


@given(st.text())
def test_any_text_gives_a_safe_name(text: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9-]{1,80}", safe(text))


def test_what_looks_the_same_gets_a_number() -> None:
    names = ["a-1.pdf", "A-1.pdf", "a-1.pdf", "a-1-2.pdf", "b.pdf"]
    assert each_once(names) == ["a-1.pdf", "A-1-2.pdf", "a-1-3.pdf", "a-1-2-2.pdf", "b.pdf"]
