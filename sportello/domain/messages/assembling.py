"""Puts a mail together quickly, with a file attached where there is one; otherwise just as ``composing.mail`` makes it.

The standard library takes milliseconds for a mail: it folds headers that need no folding, and encodes a file line by line.
"""

from binascii import b2a_base64, b2a_qp
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.utils import format_datetime
from hashlib import sha256
from struct import Struct
from typing import Final

from sportello.domain.messages.composing import compose, headers_of
from sportello.domain.messages.folding import mailbox, words
from sportello.domain.messages.models import Message

LINE: Final = 76  # characters of base64; RFC 2045, 6.8
_BLOCK: Final = Struct(f"{LINE}s" * 128)  # cuts so many lines at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """``name`` is plain ASCII, without quotes. ``body`` is base64 in lines, as ``in_lines`` makes it."""

    name: str
    media_type: str
    body: bytes


def in_lines(content: bytes) -> bytes:
    """Base64 in lines of 76 characters, each with its CRLF."""
    code = b2a_base64(content, newline=False)
    whole = len(code) - len(code) % _BLOCK.size
    lines = [line for start in range(0, whole, _BLOCK.size) for line in _BLOCK.unpack_from(code, start)]
    lines += [code[start : start + LINE] for start in range(whole, len(code), LINE)]
    return b"\r\n".join([*lines, b""])


def assembled(message: Message, attachment: Attachment | None = None) -> tuple[bytes, bytes]:
    """The mail in two pieces to be sent one after the other; in the second no line begins with a dot.

    The same at each attempt. Raises ``LookupError`` where a kind, value or page is gone.
    """
    composed = compose(message)
    digest = sha256(message.message_id.encode()).hexdigest()
    inner, outer = f"=_{digest[:40]}", f"=_{digest[20:60]}"
    both = (
        _part("text/plain; charset=utf-8", composed.text, inner)
        + _part("text/html; charset=utf-8", composed.html, inner)
        + f"--{inner}--\r\n".encode()
    )
    alternative = f'Content-Type: multipart/alternative; boundary="{inner}"\r\n'
    if attachment is None:
        return f"{_head(message)}{alternative}\r\n".encode() + both, b""
    head = f'{_head(message)}Content-Type: multipart/mixed; boundary="{outer}"\r\n\r\n--{outer}\r\n{alternative}\r\n'
    file = (
        f'--{outer}\r\nContent-Type: {attachment.media_type}; name="{attachment.name}"\r\n'
        f'Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename="{attachment.name}"\r\n\r\n'
    )
    return head.encode() + both + file.encode(), attachment.body + f"--{outer}--\r\n".encode()


def _part(content_type: str, text: str, boundary: str) -> bytes:
    encoded = b2a_qp(text.replace("\n", "\r\n").encode(), istext=True)
    head = f"--{boundary}\r\nContent-Type: {content_type}\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    return head.encode() + encoded + b"\r\n"


def _head(message: Message) -> str:
    lines = [f"{name}: {_value(name, value)}" for name, value in headers_of(message).items()]
    return "\r\n".join([*lines, f"Content-Language: {message.language}", "MIME-Version: 1.0", ""])


def _value(name: str, value: Address | datetime | str) -> str:
    if isinstance(value, Address):
        return mailbox(name, value)
    return format_datetime(value) if isinstance(value, datetime) else words(name, value)
