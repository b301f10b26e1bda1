"""What files are called when they are saved: plain letters, the same on every system, never one name twice."""

import re
import unicodedata
from collections.abc import Iterable
from hashlib import sha256

from django.utils.translation import gettext as _

from sportello.domain.customers.models.invoices import InvoiceKind

LONGEST = 80  # characters


def file_name(number: str, *, kind: str | None, ending: str) -> str:
    """fattura-2026-G-0001234.pdf"""
    word = _("credit-note") if kind == InvoiceKind.CREDIT_NOTE else _("invoice")
    return f"{safe(word)}-{safe(number)}.{ending}"


def safe(text: str) -> str:
    """Letters, digits and single hyphens of ASCII; where nothing would be left, something that stands for the text."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^A-Za-z0-9]+", "-", plain).strip("-")[:LONGEST]
    return plain or sha256(text.encode()).hexdigest()[:12]


def each_once(names: Iterable[str]) -> list[str]:
    """The same names, but those that came before, in upper or lower case, with a number: a.pdf, a-2.pdf."""
    given: set[str] = set()
    result = []
    for name in names:
        stem, _dot, ending = name.rpartition(".")
        count = 1
        while name.lower() in given:
            count += 1
            name = f"{stem}-{count}.{ending}"
        given.add(name.lower())
        result.append(name)
    return result
