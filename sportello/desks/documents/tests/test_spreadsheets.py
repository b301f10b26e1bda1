"""Nothing that billing or a customer has written is run by a spreadsheet program."""

import csv
import io
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sportello.desks.spreadsheets import csv_of, written


def read(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))


def test_it_is_as_italian_programs_read_it():
    content = csv_of(
        ["Città", "Consumo"], [["Modena", Decimal("-1234.50")], ["Forlì; Cesena", None], [date(2026, 1, 9), ""]]
    )
    assert content == '\ufeffCittà;Consumo\r\nModena;-1234,50\r\n"Forlì; Cesena";\r\n09/01/2026;\r\n'.encode()


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        " =1",
        "\u00a0=1",
        "＝1",
        "＋1",
        "－1",
        "＠1",
        '=HYPERLINK("http://x")',
    ],
)
def test_a_text_that_would_be_run_is_marked(text):
    assert written(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "Gas", "a=1", "1-2", "'=1", "0039213617", " x"])
def test_others_stay_as_they_are(text):
    assert written(text) == text


@pytest.mark.parametrize(
    ("number", "text"), [("-4.14", "-4,14"), ("1E+3", "1000"), ("0.0", "0,0"), ("1E-7", "0,0000001")]
)
def test_numbers_stay_numbers(number, text):
    assert written(Decimal(number)) == text


@given(st.lists(st.text(alphabet=st.characters(codec="utf-8")), min_size=1, max_size=4))
def test_whatever_is_written_can_be_read_again_and_begins_no_formula(cells):
    (row,) = read(csv_of(cells, []))
    assert [cell.removeprefix("'") for cell in row] == [cell.removeprefix("'") for cell in cells]
    assert not [cell for cell in row if cell.strip(" \u00a0")[:1] in tuple("=+-@\t\r\n")]
