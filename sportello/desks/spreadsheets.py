"""Tables that a spreadsheet program opens: CSV as Italian ones read it, or XLSX, and nothing in them that they would run."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from sportello.domain.files.cells import harmless
from sportello.ui.formats import day

Cell = str | int | Decimal | date | None
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
    return str(cell) if isinstance(cell, int) else harmless(cell)


def xlsx_of(title: str, head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """One sheet; numbers and days are such, texts never formulas."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    book = Workbook(write_only=True)
    sheet = book.create_sheet(title[:31])

    def celled(cell: Cell) -> WriteOnlyCell:
        made = WriteOnlyCell(sheet, value=without_controls(cell) if isinstance(cell, str) else cell)
        if isinstance(cell, str):
            made.data_type = "s"
        return made

    sheet.append([celled(cell) for cell in head])
    for row in rows:
        sheet.append([celled(cell) for cell in row])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def without_controls(text: str) -> str:
    """What XML cannot hold is left out."""
    return "".join(character for character in text if character.isprintable() or character == "\n")
