"""Writes headers of names and subjects.

Where the standard library's own policy folds a long header, it loses blanks between words that are not ASCII, and the
quotes around a name, whose commas then make further recipients of it.
"""

import re
from binascii import b2a_base64
from email.headerregistry import Address, AddressHeader
from email.policy import EmailPolicy
from typing import Any, Final

WIDTH: Final = 76  # characters; RFC 2047, 2

_PLAIN = re.compile(r"[A-Za-z0-9]+(?: [A-Za-z0-9]+)*")


class MailPolicy(EmailPolicy):
    def fold(self, name: str, value: Any) -> str:
        if isinstance(value, AddressHeader):
            return f"{name}: {','.join(mailbox(name, one) for one in value.addresses)}\r\n"
        if not str(value).isascii():
            return f"{name}: {_encoded(name, str(value))}\r\n"
        folded: str = super().fold(name, value)
        return folded

    def fold_binary(self, name: str, value: Any) -> bytes:
        if isinstance(value, AddressHeader) or not str(value).isascii():
            return self.fold(name, value).encode("utf-8" if self.utf8 else "ascii")
        return super().fold_binary(name, value)


ASCII_POLICY: Final = MailPolicy(linesep="\r\n", max_line_length=WIDTH)
UTF8_POLICY: Final = ASCII_POLICY.clone(utf8=True)


def mailbox(name: str, address: Address) -> str:
    """Name and address as they stand in the header ``name``."""
    return f"{_phrase(name, address.display_name)}<{address.addr_spec}>"


def words(name: str, text: str) -> str:
    """``text`` as it stands in the header ``name``."""
    if text.isascii() and len(name) + 2 + len(text) <= WIDTH:
        return text
    return _encoded(name, text)


def _phrase(name: str, text: str) -> str:
    if not text:
        return ""
    if _PLAIN.fullmatch(text) and len(text) < WIDTH // 2:
        return f"{text} "
    return _encoded(name, text) + "\r\n "


def _encoded(name: str, text: str) -> str:
    """The text as encoded words (RFC 2047), folded, no character cut in two."""
    room = _bytes_in(WIDTH - len(name) - 2)
    words, word = [], b""
    for character in text:
        more = character.encode("utf-8", "replace")
        if len(word) + len(more) > room:
            words.append(word)
            word, room = b"", _bytes_in(WIDTH - 1)
        word += more
    return "\r\n ".join(f"=?utf-8?b?{b2a_base64(each, newline=False).decode()}?=" for each in [*words, word])


def _bytes_in(columns: int) -> int:
    """How many bytes an encoded word of so many columns holds."""
    return (columns - len("=?utf-8?b??=")) // 4 * 3
