"""Codes that people copy from paper: the web code of the invoice, the recovery code of a letter, a saved code.

Twelve characters of an alphabet of 31 without look-alikes (59 random bits), and a check character that finds any single
mistyped character and any two exchanged: a weighted sum modulo a prime, with weights all different.
"""

import hmac
import secrets
import unicodedata

from django.conf import settings

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTVWXYZ"  # 31: no 0 and O, no 1 and I, no U
RANDOM = 12
LENGTH = RANDOM + 1


class MistypedCode(ValueError):
    """The code cannot be one of ours: a character is wrong, missing or too many."""


def make() -> str:
    """A new code, in its compact spelling."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(RANDOM))
    return body + check_character(body)


def derived(seed: str) -> str:
    """The code that belongs to a random ``seed``: always the same, and known only to who has the site's key too."""
    number = int.from_bytes(hmac.new(settings.SECRET_KEY.encode(), b"seed:" + seed.encode(), "sha256").digest())
    body = ""
    for _ in range(RANDOM):
        number, place = divmod(number, len(ALPHABET))
        body += ALPHABET[place]
    return body + check_character(body)


def check_character(body: str) -> str:
    total = sum((place + 2) * ALPHABET.index(character) for place, character in enumerate(body))
    return ALPHABET[total % len(ALPHABET)]


def compact(typed: str) -> str:
    """One spelling of a code however it was typed: without blanks and hyphens, in capitals."""
    text = unicodedata.normalize("NFKC", typed)
    return "".join(character for character in text if character.isalnum()).upper()


def read(typed: str) -> str:
    """The compact code that somebody typed. Raises MistypedCode where it cannot be one of ours."""
    code = compact(typed)
    if len(code) != LENGTH or any(character not in ALPHABET for character in code):
        raise MistypedCode
    if check_character(code[:RANDOM]) != code[RANDOM]:
        raise MistypedCode
    return code


def shown(code: str) -> str:
    """In groups, as it is printed: ABCD-EFGH-JKLM-N."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def digest(code: str) -> str:
    """What is kept of a code: enough to know it again, useless to who reads the table without the site's key."""
    return _digest(code, settings.SECRET_KEY)


def digests(code: str) -> list[str]:
    """How this code may stand in the table: under the present key, and under those that still hold."""
    return [_digest(code, key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]


def _digest(code: str, key: str) -> str:
    return hmac.digest(key.encode(), b"printed-code:" + code.encode(), "sha256").hex()
