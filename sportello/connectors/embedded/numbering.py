"""Gives numbers to invoices, credit notes, payments and readings: one series for each letter and year, without gaps."""

import re
from collections.abc import Iterable

from django.db import connections

from sportello.connectors.embedded.routing import ALIAS

LETTERS = {"gas": "G", "electricity": "E", "water": "A", "lpg": "L", "telephony": "T"}
SEVERAL_SERVICES = "D"
CREDIT_NOTES = "N"
PAYMENTS = "P"
READINGS = "R"
METERS = "M"
SLIP_SERIES = "GEALTDN"
NUMBER = re.compile(r"(\d{4}/[A-Z])/(\d{1,9})")


def invoice_letter(services: Iterable[str]) -> str:
    """The letter of the series in which an invoice for ``services`` is numbered."""
    letters = {LETTERS[service] for service in services}
    return letters.pop() if len(letters) == 1 else SEVERAL_SERVICES


def next_number(*, year: int, letter: str) -> str:
    """The next number such as "2026/G/0001234"; whoever else wants one of the series waits until we commit."""
    series = f"{year}/{letter}"
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(
            "INSERT INTO embedded_counter AS counter (series, last) VALUES (%s, 1)"
            " ON CONFLICT (series) DO UPDATE SET last = counter.last + 1 RETURNING last",
            [series],
        )
        return f"{series}/{cursor.fetchone()[0]:07d}"


def go_on_after(numbers: Iterable[str]) -> None:
    """Makes later numbers higher than these; those of another form than ours do not matter."""
    highest: dict[str, int] = {}
    for number in numbers:
        if match := NUMBER.fullmatch(number):
            series, count = match[1], int(match[2])
            highest[series] = max(count, highest.get(series, 0))
    with connections[ALIAS].cursor() as cursor:
        cursor.executemany(
            "INSERT INTO embedded_counter AS counter (series, last) VALUES (%s, %s)"
            " ON CONFLICT (series) DO UPDATE SET last = greatest(counter.last, EXCLUDED.last)",
            list(highest.items()),
        )


def slip_code(number: str) -> str:
    """The 18-digit code of the postal slip TD 896: the last two digits are the others modulo 93."""
    year, letter, count = number.split("/")
    digits = f"{year}{SLIP_SERIES.index(letter) + 1:02d}{int(count):010d}"
    return f"{digits}{int(digits) % 93:02d}"
