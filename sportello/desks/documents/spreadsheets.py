"""Tables that a spreadsheet program opens: CSV as Italian ones read it, and nothing in it that they would run."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from sportello.domain.files.cells import harmless
from sportello.ui.formats import day

Cell = str | Decimal | date | None
MARK: Final = "\N{BYTE ORDER MARK}"  # by it a spreadsheet program knows that accents are in UTF-8


def csv_of(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Semicolons, decimal commas, days as 24/11/2026."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow([written(cell) for cell in head])
    writer.writerows([written(cell) for cell in row] for row in rows)
    return (MARK + text.getvalue()).encode()


def written(cell: Cell) -> str:
    """A number or a day as it is; a text with an apostrophe before it where it would be taken for a formula."""
    if cell is None:
        return ""
    if isinstance(cell, Decimal):
        return f"{cell:f}".replace(".", ",")
    if isinstance(cell, date):
        return day(cell)
    return harmless(cell)
