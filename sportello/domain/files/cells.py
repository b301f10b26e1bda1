"""Cells of the tables that we write: nothing in them is run by the program that opens them."""

from typing import Final

# What a cell may not begin with, or it would be taken for a formula; wide forms too, which some programs take alike.
RUNS: Final = tuple("=+-@\t\r\n＝＋－＠")


def harmless(cell: str) -> str:
    """The text, with an apostrophe before it where a spreadsheet would take it for a formula."""
    return f"'{cell}" if cell.lstrip(" \N{NO-BREAK SPACE}").startswith(RUNS) else cell
