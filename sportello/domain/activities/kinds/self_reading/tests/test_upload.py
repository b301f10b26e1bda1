from datetime import date

import pytest
from hypothesis import given as examples
from hypothesis import strategies as st

from sportello.domain.activities.kinds.self_reading.sheets import sheets_of
from sportello.domain.activities.kinds.self_reading.submitting import NotConfirmed
from sportello.domain.activities.kinds.self_reading.tests.cast import TODAY, anna, gas
from sportello.domain.activities.kinds.self_reading.upload import MOST_ROWS, Upload, example, read_csv, submit_upload
from sportello.domain.activities.models import Activity
from sportello.domain.customers.models import Supply
from sportello.domain.ledger.models import LedgerRow
from tests.factories import NOW, account, customer, meter, supply

pytestmark = pytest.mark.django_db


@pytest.fixture
def mine(db) -> list[Supply]:
    first = gas("C1", point_code="99990000000123")
    second = gas("C2", point_code="IT001E90000001")
    second.meters.update(serial="00123/A")
    bands = supply(account(customer("C3")), service="electricity", point_code="IT002E9386834A", annual_consumption=None)
    meter(bands, serial="EL-1")
    first.meters.update(serial="SER-1")
    return [first, second, bands]


def read(text: str | bytes, mine: list[Supply]) -> Upload:
    content = text if isinstance(text, bytes) else text.encode()
    return read_csv(content, sheets=sheets_of(mine, today=TODAY), today=TODAY)


def wrong(upload: Upload) -> list[tuple[int, str]]:
    return [(error.line, error.column) for error in upload.errors]


@pytest.mark.parametrize(
    "text",
    [
        "Fornitura;Data;Lettura\nS-C1;24/11/2026;1100\nS-C2;23/11/2026;1090\n",
        "supply,date,reading\nS-C1,2026-11-24,1100\nS-C2,2026-11-23,1090",
        "POD/PDR\tData lettura\tLettura\r\n9999 0000 000123\t24.11.2026\t1100\r\nit001e900000017\t23/11/26\t1090\r\n",
        "\ufeffMatricola;Data;Lettura;Nota\nSER-1;24/11/2026;1100;\n00123/A;23/11/2026;1090;\n",
        'Data;"Lettura";Fornitura\n24/11/2026;"1100";S-C1\n\n;;\n23/11/2026;1090;S-C2\n',
        "Fornitura;POD;Data;Lettura\nS-C1;;24/11/2026;1100\nS-C2;IT001E90000001;23/11/2026;1090\n",
    ],
)
def test_a_file_as_spreadsheets_write_it(text, mine):
    for content in (text.encode(), text.encode("utf-16"), text.replace("\ufeff", "").encode("cp1252")):
        upload = read(content, mine)
        assert upload.errors == [], upload.errors
        assert [(row.sheet.supply.code, row.form.cleaned_data["read_on"]) for row in upload.rows] == [
            ("S-C1", TODAY),
            ("S-C2", date(2026, 11, 23)),
        ]
        assert upload.unusual == []


def test_registers_are_columns(mine):
    upload = read("Fornitura;Data;Lettura;F1;F2;F3\nS-C3;24/11/2026;;10;20;30\nS-C1;24/11/2026;1100;;;\n", mine)
    assert upload.errors == []
    assert upload.rows[0].form.values == {"R-f1": 10, "R-f2": 20, "R-f3": 30}


def test_letters_of_windows_are_read(mine):
    upload = read("Fornitura;Data;Lettura;Nota\nS-C1;24/11/2026;1100;così è\n".encode("cp1252"), mine)
    assert upload.rows[0].form.cleaned_data["note"] == "così è"


@pytest.mark.parametrize(
    ("text", "errors"),
    [
        ("", [(1, "")]),
        ("Fornitura;Data;Lettura\n", [(1, "")]),
        ("Fornitura;Data;Consumo\nS-C1;24/11/2026;1100\n", [(1, "")]),
        ("Fornitura;Data\nS-C1;24/11/2026\n", [(1, "")]),
        ("Data;Lettura\n24/11/2026;1100\n", [(1, "")]),
        ("Fornitura;Data;Data lettura;Lettura\nS-C1;24/11/2026;;1100\n", [(1, "")]),
        ("S-C1;24/11/2026;1100\n", [(1, "")]),
        ("Fornitura;Data;Lettura\nS-C1;24/11/2026\n", [(2, "")]),
        ("Fornitura;Data;Lettura\nS-C1;24/11/2026;1100;99\n", [(2, "")]),
        ("Fornitura;Data;Lettura\nS-C1;24/11/2026;1100\nS-XX;24/11/2026;1\n", [(3, "Fornitura")]),
        ("Fornitura;Data;Lettura\n;24/11/2026;1100\n", [(2, "")]),
        ("Fornitura;Data;Lettura\nS-C1;31/02/2026;11,5\n", [(2, "Data"), (2, "Lettura")]),
        ("Fornitura;Data;Lettura\nS-C1;24/11/2026;\n", [(2, "Lettura")]),
        ("Fornitura;Data;Lettura\nS-C1;24/11/2026;1100\n\nS-C1;24/11/2026;1101\n", [(4, "")]),
        ("Fornitura;Data;Lettura;Correttore\nS-C1;24/11/2026;1100;1100\n", [(2, "Correttore")]),
        ("Fornitura;PDR;Data;Lettura\nS-C1;IT001E90000001;24/11/2026;1100\n", [(2, "PDR")]),
        ("PDR;Data;Lettura\n9.9990E+13;24/11/2026;1100\n", [(2, "PDR")]),
        ('Fornitura;Data;Lettura\nS-C1;24/11/2026;"1100\n', [(1, "")]),
        ("Fornitura;Data;F1\nS-C3;24/11/2026;1\n", [(2, ""), (2, "")]),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_by_line_and_column(text, errors, mine):
    upload = read(text, mine)
    assert sorted(wrong(upload)) == sorted(errors)
    assert all(error.message for error in upload.errors)
    with pytest.raises(NotConfirmed):
        submit_upload(upload, user=anna(), confirmed=upload.digest, now=NOW)
    assert not Activity.objects.exists()


def test_another_customers_supply_is_as_unknown_as_none_at_all(mine):
    gas("C9", point_code="99990000000999")
    foreign = read("PDR;Data;Lettura\n99990000000999;24/11/2026;1100\n", mine).errors
    missing = read("PDR;Data;Lettura\n99990000000998;24/11/2026;1100\n", mine).errors
    assert foreign == missing and len(foreign) == 1


def test_what_two_supplies_share_names_neither(mine):
    mine[1].meters.update(serial="SER-1")
    assert wrong(read("Matricola;Data;Lettura\nSER-1;24/11/2026;1100\n", mine)) == [(2, "Matricola")]


@pytest.mark.parametrize(
    "content",
    [b"\0" * 10, b"PK\x03\x04" + b"\0" * 50, b"x" * 2_000_001, b"\xff\xfe\x00", "a;" * 100_000, "Fornitura;Data;Lettura\n" + "S;1;1\n" * 2001],
)  # fmt: skip
def test_monsters_are_told_and_nothing_more(content, mine):
    upload = read(content, mine)
    assert wrong(upload) == [(1, "")] and not upload.rows


def test_as_many_errors_are_told_as_anybody_reads(mine):
    upload = read("Fornitura;Data;Lettura\n" + "S-XX;24/11/2026;1\n" * MOST_ROWS, mine)
    assert len(upload.errors) == 200 and upload.cut


def test_all_readings_of_a_file_or_none(mine):
    upload = read("Fornitura;Data;Lettura\nS-C1;24/11/2026;1100\nS-C2;24/11/2026;9000\n", mine)
    assert [row.sheet.supply.code for row in upload.unusual] == ["S-C2"]
    with pytest.raises(NotConfirmed):
        submit_upload(upload, user=anna(), confirmed="", now=NOW)
    assert not Activity.objects.exists()
    activities = submit_upload(upload, user=anna(), confirmed=upload.digest, now=NOW)
    assert [(each.channel, each.attention) for each in activities] == [("upload", ""), ("upload", "kept")]
    assert LedgerRow.objects.count() == 1


def test_the_same_file_again_gives_the_same_requests(mine):
    text = "Fornitura;Data;Lettura\nS-C1;24/11/2026;1100\nS-C2;24/11/2026;1101\n"
    first = submit_upload(read(text, mine), user=anna(), confirmed="", now=NOW)
    again = read(text, mine)
    assert [row.form.judgement.reasons for row in again.rows] == [("replaces",)] * 2
    second = submit_upload(again, user=anna(), confirmed=again.digest, now=NOW)
    assert first == second and Activity.objects.count() == 2


def test_roll_overs_are_kept(mine):
    near = gas("C7", previous=99_990)
    upload = read("Fornitura;Data;Lettura\nS-C7;24/11/2026;90\n", [*mine, near])
    (activity,) = submit_upload(upload, user=anna(), confirmed=upload.digest, now=NOW)
    assert (activity.attention, activity.self_reading.reasons) == ("kept", ["roll_over"])


def test_the_example_is_read_as_it_is_once_filled_in(mine):
    text = example(sheets_of(mine, today=TODAY))
    lines = text.splitlines()
    assert lines[0] == "\ufeffFornitura;POD/PDR;Matricola;Data;Lettura;F1;F2;F3" and len(lines) == 4
    filled = [lines[0], lines[1].replace(";;;;;", ";24/11/2026;1100;;;")]
    upload = read("\n".join(filled), mine)
    assert upload.errors == [] and len(upload.rows) == 1


def test_no_cell_of_the_example_is_a_formula(mine):
    mine[0].meters.update(serial="=1+1")
    assert ";'=1+1;" in example(sheets_of(mine, today=TODAY))
    assert not read("Matricola;Data;Lettura\n'=1+1;24/11/2026;1100\n", mine).errors


CELLS = st.text(alphabet=st.characters(codec="utf-8"), max_size=20) | st.sampled_from(
    ["S-C1", "S-C2", "24/11/2026", "1100", "", '"', ";", "9" * 40, "\0", "\r", "=cmd()"]
)


@examples(
    rows=st.lists(st.lists(CELLS, max_size=6), max_size=6), header=st.booleans(), separator=st.sampled_from(";,\t")
)
def test_no_file_is_too_strange(rows, header, separator):
    sheets = SHEETS
    lines = [separator.join(cells) for cells in rows]
    if header:
        lines.insert(0, separator.join(["Fornitura", "Data", "Lettura"]))
    upload = read_csv("\n".join(lines).encode("utf-8", "replace"), sheets=sheets, today=TODAY)
    assert upload.errors or upload.rows


@examples(content=st.binary(max_size=300))
def test_no_bytes_are_too_strange(content):
    assert read_csv(content, sheets=SHEETS, today=TODAY).errors


SHEETS: list = []


@pytest.fixture(autouse=True)
def sheets_for_strange_files():
    """Made without a database, for hypothesis runs one test many times."""
    from sportello.domain.activities.kinds.self_reading.tests import test_judging as plain

    SHEETS[:] = [plain.sheet(plain.read(1000), of=plain.supply(code="S-C1")), plain.sheet(of=plain.supply(code="S-C2"))]
