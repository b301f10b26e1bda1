"""A message is written with what causes it, or not at all."""

import pytest
from django.db import IntegrityError, transaction
from django.urls import NoReverseMatch

from sportello.domain.messages.addresses import WrongAddress
from sportello.domain.messages.links import Link
from sportello.domain.messages.models import Channel, Message, State
from sportello.domain.messages.placeholders import MissingValue
from sportello.domain.messages.reading import newest, read
from sportello.domain.messages.sending import record_posted
from sportello.domain.messages.tests import cast
from sportello.domain.messages.writing import WrongLink, write, write_letter

pytestmark = pytest.mark.django_db


def test_row_and_job_are_written_together() -> None:
    message = cast.link_mail(customer_code="C1", about=("user", "7"))
    assert message.state == State.QUEUED
    assert cast.waiting() == [{"message": message.pk}]
    assert list(Message.objects.of_customer("C1")) == [message]
    assert list(Message.objects.about("user", "7")) == [message]


def test_both_are_undone_with_what_caused_them() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        cast.notice()
        raise ZeroDivisionError
    assert not Message.objects.exists()
    assert cast.waiting() == []


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"to": "maria@example.it, eva@example.it"}, WrongAddress),
        ({"reply_to": "maria\n@example.it"}, WrongAddress),
        ({"values": {}}, MissingValue),
        ({"values": {"when": "x", "more": "y"}}, MissingValue),
        ({"link": None}, WrongLink),
        ({"link": Link("no_such_page")}, NoReverseMatch),
    ],
)
def test_what_cannot_be_sent_is_not_written(changes: dict, error: type[Exception]) -> None:
    with pytest.raises(error):
        cast.link_mail(**changes)
    assert not Message.objects.exists()


def test_what_a_value_cannot_hold_in_the_database_is_taken_out() -> None:
    message = cast.notice("a\x00b\ud800", name="x\x00\r\ny" * 100)
    message.refresh_from_db()
    assert message.values == {"what": "a b"}
    assert len(message.name) <= 200


def test_each_message_has_an_id_of_its_own() -> None:
    first, second = cast.notice(), cast.notice()
    assert first.message_id != second.message_id
    with pytest.raises(IntegrityError), transaction.atomic():
        Message.objects.filter(pk=second.pk).update(message_id=first.message_id)


@pytest.mark.parametrize(
    "columns",
    [
        {"state": "lost"},
        {"state": "sent"},
        {"state": "claimed"},
        {"claimed_by": "x"},
        {"channel": "fax"},
        {"language": "de"},
        {"address": "a@b.it\nBcc: c@d.it"},
        {"name": "a\rb"},
        {"subject": "a\nb"},
    ],
)
def test_the_database_refuses_what_cannot_be(columns: dict) -> None:
    message = cast.notice()
    with pytest.raises(IntegrityError), transaction.atomic():
        Message.objects.filter(pk=message.pk).update(**columns)


def letter(**changes) -> Message:
    fields = {"lines": ["Maria Rossi", "Via Roma 1", "41121 Modena MO"], "name": "Maria Rossi", **changes}
    return write_letter(cast.CODE, language="it", values={"code": cast.CODE_VALUE}, now=cast.NOW, **fields)


def test_a_letter_waits_to_be_printed_and_then_forgets_its_secret() -> None:
    message = letter(follows="test.follow")
    assert message.channel == Channel.LETTER
    assert cast.waiting() == []
    assert list(Message.objects.letters_to_print()) == [message]
    assert not Message.objects.due(cast.NOW).exists()
    assert cast.CODE_VALUE in read(message).text
    record_posted(message, on=cast.NOW.date(), by_id=None, now=cast.NOW)
    message.refresh_from_db()
    assert message.state == State.SENT
    assert cast.CODE_VALUE not in read(message).text
    assert [job["outcome"] for job in cast.waiting("test.follow")] == ["sent"]
    record_posted(message, on=cast.NOW.date(), by_id=None, now=cast.NOW)
    assert len(cast.waiting("test.follow")) == 1


def test_a_letter_may_do_without_the_link() -> None:
    lines = ["Via Roma 1", "41121 Modena"]
    message = write_letter(cast.LINK, lines=lines, name="M", language="it", values={"when": "oggi"}, now=cast.NOW)
    assert "Scelga la password" not in read(message).text
    assert "http" not in read(message).html


@pytest.mark.parametrize("lines", [[], ["", "\n"], ["x"] * 8, ["x" * 201]])
def test_a_letter_wants_an_address(lines: list[str]) -> None:
    with pytest.raises(WrongAddress):
        letter(lines=lines)


def test_the_mailbox_shows_the_newest_first() -> None:
    first, second = cast.notice(), letter()
    assert list(newest()) == [second, first]


def test_a_mail_is_no_letter() -> None:
    with pytest.raises(ValueError, match="letter"):
        record_posted(cast.notice(), on=cast.NOW.date(), by_id=None, now=cast.NOW)


def test_a_kind_that_nobody_has_registered_is_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    from sportello.domain.messages import kinds

    monkeypatch.setattr(kinds, "_kinds", {})
    with pytest.raises(kinds.UnknownKind):
        write(cast.CODE, to=cast.ADDRESS, name="", language="it", values={"code": "x"}, now=cast.NOW)
