"""What an operator has written keeps its lines and paragraphs; everything else stays on one line, above all headers."""

import re
from email import message_from_bytes, policy
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sportello.domain.files.tests.test_attachments import NASTY
from sportello.domain.messages.cleaning import one_line, paragraphs
from sportello.domain.messages.composing import compose, mail
from sportello.domain.messages.kinds import Kind, Text, check_text, register
from sportello.domain.messages.models import Channel, Message
from sportello.domain.messages.placeholders import WrongText
from sportello.domain.messages.tests import cast
from sportello.domain.messages.writing import draft

ANSWER = "Gentile cliente,\r\n\r\nabbiamo controllato:\n- la lettura\n- il prezzo\n\n\n\nCordialmente"
LINES = re.compile(r"<p style=\"margin:0 0 16px\">(.*?)</p>")
ANSWERED = Kind(
    name="test_answered",
    placeholders={"number": "A-1", "answer": "Sì.\n\nEcco."},
    long=frozenset({"answer"}),
    texts={
        "it": Text(
            subject="Risposta a {number}", paragraphs=("Gentile {name},", "ecco la risposta:", "{answer}", "A presto.")
        ),
        "en": Text(subject="Answer to {number}", paragraphs=("Dear {name},", "here it is:", "{answer}", "Goodbye.")),
    },
)


@pytest.fixture(autouse=True)
def answered(registered) -> None:
    register(ANSWERED)


def message(answer: str, *, number: str = "A-26000001", channel: Channel = Channel.MAIL) -> Message:
    values = {"number": number, "answer": answer}
    made = draft(ANSWERED, name="Maria", language="it", values=values, now=cast.NOW)
    made.channel, made.address = channel, cast.ADDRESS
    return made


@pytest.mark.parametrize("channel", [Channel.MAIL, Channel.LETTER])
def test_lines_and_paragraphs_are_kept_in_both_forms(channel):
    composed = compose(message(ANSWER, channel=channel))
    kept = "Gentile cliente,\n\nabbiamo controllato:\n- la lettura\n- il prezzo\n\nCordialmente\n\n"
    assert f"la risposta:\n\n{kept}A presto." in composed.text
    assert ">abbiamo controllato:<br>- la lettura<br>- il prezzo</p>" in composed.html
    assert LINES.findall(composed.html)[2:5] == [
        "Gentile cliente,",
        "abbiamo controllato:<br>- la lettura<br>- il prezzo",
        "Cordialmente",
    ]


@pytest.mark.parametrize("empty", ["", " ", "\r\n \r\n", "\u2028"])
def test_an_empty_answer_leaves_no_empty_paragraph(empty):
    composed = compose(message(empty))
    assert "\n\n\n" not in composed.text
    assert all(text.strip() for text in LINES.findall(composed.html))
    assert len(LINES.findall(composed.html)) == len(LINES.findall(compose(message("Ecco.")).html)) - 1


@pytest.mark.parametrize(
    "nasty", [*NASTY[:-2], "a\r\nBcc: eva@example.it\r\n\r\n<b>x", "\r\n.\r\nQUIT", "x\x85y\u2029z"]
)
def test_nothing_breaks_out_of_it(nasty):
    made = message(nasty, number=f"A-1 {nasty}")
    whole = message_from_bytes(mail(made).as_bytes(), policy=policy.default)
    assert whole["Bcc"] is None and whole["Set-Cookie"] is None
    assert len(whole.get_all("To")) == len(whole.get_all("Subject")) == 1
    assert whole["Subject"].splitlines() == [whole["Subject"]]
    html = compose(made).html
    assert "<script>" not in html and "<img" not in html and "<b>" not in html
    assert set(re.findall(r"<(/?\w+)", html)) <= set(re.findall(r"<(/?\w+)", compose(message("a\nb")).html)) | {"br"}


@given(st.text(max_size=200))
def test_both_forms_say_the_same(answer):
    composed = compose(message(answer))
    shown = unescape(re.sub(r"<[^>]+>", " ", composed.html))
    for line in paragraphs(answer).split("\n"):
        assert line.strip() in composed.text
        assert " ".join(line.split()) in " ".join(shown.split())
    assert all(one_line(line) == line for line in paragraphs(answer).split("\n"))


@given(st.text(max_size=200))
def test_clean_is_clean(text):
    clean = paragraphs(text)
    assert paragraphs(clean) == clean
    assert "\n\n\n" not in clean and not clean.startswith("\n") and not clean.endswith("\n")


def test_a_long_value_stands_in_paragraphs_alone():
    with pytest.raises(WrongText):
        check_text(ANSWERED, Text(subject="Risposta: {answer}", paragraphs=("{answer}",)))
    linked = Kind(
        name="test_linked",
        placeholders=ANSWERED.placeholders,
        long=ANSWERED.long,
        texts=dict.fromkeys(("it", "en"), Text(subject="x", paragraphs=("{answer}",), action="Vedi {number}")),
    )
    register(linked)
    with pytest.raises(WrongText):
        check_text(linked, Text(subject="x", paragraphs=("{answer}",), action="Vedi {answer}"))


def test_what_is_long_is_one_of_its_placeholders():
    with pytest.raises(WrongText):
        register(Kind(name="test_odd", placeholders={}, long=frozenset({"answer"}), texts=ANSWERED.texts))
