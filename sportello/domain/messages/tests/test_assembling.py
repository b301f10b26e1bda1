"""What is put together quickly says the same as what the standard library makes, whatever stands in it."""

from email import message_from_bytes, policy

import pytest

from sportello.domain.messages.assembling import LINE, Attachment, assembled, in_lines
from sportello.domain.messages.composing import mail
from sportello.domain.messages.tests import cast

pytestmark = pytest.mark.django_db

NAMES = (
    "Anna Verdi",
    'Niccolò D’Este, «Ltd» "x"',
    "=?utf-8?q?Bcc?= a@b.it",
    "A\r\nBcc: evil@example.it",
    "\u202eodnoc ni 👩‍👩‍👧‍👦 e\u0301\u200b",
    "鈴木 " * 30,
    "O'Neil <x@y.it>, z",
    "{amount} {{7*7}} ${x} <b>x</b> &amp;",
    ".\r\n.",
    "x" * 200,
)
ADDRESSES = (
    cast.ADDRESS,
    '"a b\\"c,d"@example.it',
    "niccolò@xn--caf-dma.it",
    "x" * 64 + "@" + ".".join(["y" * 60] * 4) + ".it",
    "o'neil+tag@example.it",
)


def read(content: bytes):
    return message_from_bytes(content, policy=policy.SMTPUTF8)


@pytest.mark.parametrize("address", ADDRESSES, ids=range(5))
@pytest.mark.parametrize("name", NAMES, ids=range(10))
def test_it_reads_as_the_slow_one_does(name: str, address: str) -> None:
    message = cast.notice(name, name=name, to=address)
    head, rest = assembled(message)
    quick, slow = read(head + rest), read(mail(message).as_bytes())
    assert {key: str(value) for key, value in quick.items() if "content" not in key.lower()} == {
        key: str(value) for key, value in slow.items() if "content" not in key.lower()
    }
    assert sorted(quick.keys()) == sorted(slow.keys())
    for subtype in ("plain", "html"):
        one, other = (each.get_body((subtype,)).get_content().splitlines() for each in (quick, slow))
        assert one == other
    assert len(quick["To"].addresses) == 1
    assert not quick.defects
    assert max(map(len, head.split(b"\r\n"))) < 998
    assert b"\n" not in head.replace(b"\r\n", b"")


def test_a_file_is_attached_whole() -> None:
    content = bytes(range(256)) * 240
    message = cast.notice()
    body = in_lines(content)
    assert max(len(line) for line in body.split(b"\r\n")) == LINE
    head, rest = assembled(message, Attachment(name="F.pdf", media_type="application/pdf", body=body))
    (file,) = read(head + rest).iter_attachments()
    assert (file.get_content(), file.get_filename(), file.get_content_type()) == (content, "F.pdf", "application/pdf")
    assert b"\r\n." not in rest and not rest.startswith(b".")
    assert assembled(message, None)[1] == b""


def test_it_is_the_same_at_each_attempt() -> None:
    message = cast.link_mail()
    assert assembled(message) == assembled(message)
