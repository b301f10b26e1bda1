"""Many readings in one file: a CSV as spreadsheets write it, taken as a whole or not at all."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from typing import Any
from unicodedata import normalize

from django.utils.translation import gettext as _

from sportello.domain.activities.kinds.self_reading.forms import ReadingForm
from sportello.domain.activities.kinds.self_reading.sheets import Sheet
from sportello.domain.activities.kinds.self_reading.submitting import NotConfirmed, submit_all
from sportello.domain.activities.kinds.self_reading.wording import WHY_NOT
from sportello.domain.activities.models import Activity, Channel
from sportello.domain.files.cells import harmless
from sportello.domain.people.models import User

LARGEST = 2_000_000  # bytes
MOST_ROWS = 2_000
MOST_ERRORS = 200  # that are told
SEPARATORS = ";,\t"
POD = 14  # characters of a POD that count; a fifteenth is a check that not every bill shows

# What a column may be called, small and without anything but letters and digits.
SUPPLY, POINT, SERIAL, DAY, NOTE = "supply", "point", "serial", "read_on", "note"
WHICH = (SUPPLY, POINT, SERIAL)
ROLES = ("total", "corrected", "f1", "f2", "f3")
NAMES: dict[str, str] = {
    **dict.fromkeys(("fornitura", "codicefornitura", "utenza", "codiceutenza", "supply", "supplycode"), SUPPLY),
    **dict.fromkeys(
        ("pod", "pdr", "podpdr", "podopdr", "podorpdr", "punto", "codicepunto", "point", "pointcode"), POINT
    ),
    **dict.fromkeys(("matricola", "contatore", "serial", "serialnumber", "meter"), SERIAL),
    **dict.fromkeys(("data", "datalettura", "giorno", "date", "day", "readon", "readingdate"), DAY),
    **dict.fromkeys(("lettura", "letturacontatore", "valore", "reading", "meterreading", "value"), "total"),
    **dict.fromkeys(("correttore", "letturacorrettore", "corrector", "correctorreading"), "corrected"),
    **{name: role for role in ("f1", "f2", "f3") for name in (role, f"lettura{role}", f"reading{role}")},
    **dict.fromkeys(("nota", "note", "comment"), NOTE),
}


class Unreadable(Exception):
    """The file as a whole is not what it should be; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineError:
    """``line`` counts from 1, the header's; ``column`` is its name as it stands in the file, "" for the whole line."""

    line: int
    column: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line that is a reading, and the form that it fills in."""

    line: int
    form: ReadingForm

    @property
    def sheet(self) -> Sheet:
        return self.form.sheet


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """With any ``errors`` nothing of it may be submitted. ``cut`` says that there are more of them than are told."""

    rows: Sequence[Row] = ()
    errors: Sequence[LineError] = ()
    cut: bool = False

    @property
    def unusual(self) -> list[Row]:
        """Rows that want a confirmation; those to be kept for an operator among them."""
        return [row for row in self.rows if row.form.needs_confirmation]

    @property
    def digest(self) -> str:
        """What a confirmation of all that is unusual is for."""
        return sha256("".join(row.form.digest for row in self.rows).encode()).hexdigest()


def read_csv(content: bytes, *, sheets: Sequence[Sheet], today: date) -> Upload:
    """``sheets`` are of the supplies that the person may reach; of any other it is not even said that it exists.

    The first line names the columns, in Italian or English, in any order.
    """
    try:
        lines = list(_lines(content))
        columns = _columns(lines)
    except Unreadable as error:
        return Upload(errors=[LineError(line=1, column="", message=str(error))])
    reader = _Reader(columns, sheets, today=today, once=sha256(content).hexdigest()[:40])
    for line, cells in lines[1:]:
        reader.read(line, cells)
    errors = reader.errors
    if not reader.rows and not errors:
        errors = [LineError(line=1, column="", message=_("There is no reading in this file."))]
    return Upload(rows=reader.rows, errors=errors[:MOST_ERRORS], cut=len(errors) > MOST_ERRORS)


def submit_upload(upload: Upload, *, user: User, confirmed: str, now: datetime) -> list[Activity]:
    """All readings of the file, each a request of its own; the same file again gives the same requests.

    ``confirmed`` is the digest where there is anything unusual. Raises NotConfirmed and ChangedMeanwhile.
    """
    if upload.errors or not upload.rows or (upload.unusual and confirmed != upload.digest):
        raise NotConfirmed
    for row in upload.rows:
        row.form.cleaned_data["confirmed"] = row.form.digest
    return submit_all([row.form for row in upload.rows], user=user, channel=Channel.UPLOAD, now=now)


# --- the file --------------------------------------------------------------------------------------------------------


def _lines(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """Number and cells of each line that is not empty. Raises Unreadable."""
    if len(content) > LARGEST:
        raise Unreadable(_("The file is too large: 2 MB at most."))
    text = _text(content)
    first = text.partition("\n")[0]
    separator = max(SEPARATORS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    count = 0
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                count += 1
                if count > MOST_ROWS + 1:
                    raise Unreadable(_("There are too many lines: %(most)d at most.") % {"most": MOST_ROWS})
                yield reader.line_num, cells
    except csv.Error as error:
        message = _("Line %(line)d cannot be read: a quotation mark is missing or stands in the wrong place.")
        raise Unreadable(message % {"line": reader.line_num}) from error


def _text(content: bytes) -> str:
    """As Excel writes it in Italy: UTF-8 with or without its mark, or Windows' own."""
    marked = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ["utf-16"] if marked else ["utf-8-sig", "cp1252"]:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise Unreadable(_("This is not a CSV file. In your spreadsheet choose “Save as”, then CSV."))


def _columns(lines: Sequence[tuple[int, list[str]]]) -> list[tuple[str, str]]:
    """Of each column what it is and how it is called in the file. Raises Unreadable."""
    if not lines:
        raise Unreadable(_("The file is empty."))
    titles = [title.strip() for title in lines[0][1]]
    while titles and not titles[-1]:
        titles.pop()
    unknown = [title for title in titles if _plain(title) not in NAMES]
    if unknown:
        shown = ", ".join(f"“{title[:40]}”" for title in unknown[:5])
        raise Unreadable(
            _("We do not know these columns: %(columns)s. Take the names from the example.") % {"columns": shown}
        )
    columns = [(NAMES[_plain(title)], title) for title in titles]
    kinds = [kind for kind, _title in columns]
    if len(set(kinds)) < len(kinds):
        raise Unreadable(_("Two columns mean the same. Leave one of them out."))
    if not set(kinds) & set(WHICH):
        raise Unreadable(_("A column is missing that says which supply it is: Fornitura, POD/PDR or Matricola."))
    if DAY not in kinds or not set(kinds) & set(ROLES):
        raise Unreadable(_("A column is missing: Data and Lettura are needed."))
    return columns


def _plain(title: str) -> str:
    decomposed = normalize("NFKD", title).lower()
    return "".join(letter for letter in decomposed if letter.isascii() and letter.isalnum())


# --- its lines -------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Index:
    """Finds a supply by whatever stands in a file; what two supplies share names neither."""

    by: dict[str, dict[str, list[Sheet]]] = field(default_factory=lambda: {kind: {} for kind in WHICH})

    def add(self, sheet: Sheet) -> None:
        serials = {sheet.meter.serial} if sheet.meter else set()
        for kind, names in (
            (SUPPLY, {sheet.supply.code}),
            (POINT, {sheet.supply.point_code or ""}),
            (SERIAL, serials | {dial.serial for dial in sheet.dials}),
        ):
            for name in {_code(kind, each) for each in names} - {""}:
                self.by[kind].setdefault(name, []).append(sheet)

    def find(self, kind: str, typed: str) -> list[Sheet]:
        return self.by[kind].get(_code(kind, typed), [])


def _code(kind: str, typed: str) -> str:
    code = "".join(typed.split()).upper().removeprefix("'")
    return code[:POD] if kind == POINT and code.startswith("IT") else code


class _Reader:
    """Fills in a form for each line and gathers what is wrong."""

    def __init__(self, columns: Sequence[tuple[str, str]], sheets: Iterable[Sheet], *, today: date, once: str) -> None:
        self.columns = columns
        self.titles = dict(columns)
        self.today = today
        self.once = once
        self.index = _Index()
        for sheet in sheets:
            self.index.add(sheet)
        self.rows: list[Row] = []
        self.errors: list[LineError] = []
        self.lines: dict[str, int] = {}  # by supply, where it was first

    def read(self, line: int, cells: Sequence[str]) -> None:
        if len(cells) < len(self.columns) or any(cell.strip() for cell in cells[len(self.columns) :]):
            self._wrong(line, "", _("This line has %(count)d cells instead of %(wanted)d.") % {
                "count": len(cells), "wanted": len(self.columns)
            })  # fmt: skip
            return
        typed = {kind: cell.strip() for (kind, _title), cell in zip(self.columns, cells, strict=False)}
        if not any(typed.get(kind) for kind in (DAY, *ROLES)):
            return  # a line of the file to fill in that nobody has filled in
        sheet = self._sheet(line, typed)
        if sheet is None:
            return
        if sheet.supply.code in self.lines:
            first = self.lines[sheet.supply.code]
            self._wrong(line, "", _("There is a reading of this supply on line %(line)d already.") % {"line": first})
            return
        self.lines[sheet.supply.code] = line
        if sheet.why_not:
            self._wrong(line, "", str(WHY_NOT[sheet.why_not]))
            return
        self._fill(line, sheet, typed)

    def _sheet(self, line: int, typed: Mapping[str, str]) -> Sheet | None:
        """The one supply that all the names in this line are of."""
        found: Sheet | None = None
        named = [(kind, typed[kind]) for kind in WHICH if typed.get(kind)]
        if not named:
            self._wrong(line, "", _("This line does not say which supply it is."))
        for kind, name in named:
            sheets = self.index.find(kind, name)
            if len(sheets) > 1:
                self._wrong(line, kind, _("Several supplies have this number. Use the code of the supply."))
            elif not sheets:
                message = _(
                    "None of your supplies has this number. Spreadsheets may have dropped noughts at its beginning."
                )
                self._wrong(line, kind, message)
            elif found and found != sheets[0]:
                self._wrong(line, kind, _("This number is of another supply than the one before it."))
            else:
                found = sheets[0]
                continue
            return None
        return found

    def _fill(self, line: int, sheet: Sheet, typed: Mapping[str, str]) -> None:
        by_role = {dial.role: dial for dial in sheet.dials}
        for role in ROLES:
            if typed.get(role) and role not in by_role:
                self._wrong(line, role, _("This meter has no such dial."))
                return
        data = {dial.field: typed.get(role, "") for role, dial in by_role.items()}
        data |= {DAY: typed.get(DAY, ""), NOTE: typed.get(NOTE, ""), "once": self.once}
        form = ReadingForm(sheet, data, today=self.today)
        if form.is_valid():
            self.rows.append(Row(line=line, form=form))
            return
        columns = {dial.field: role for role, dial in by_role.items()}
        for name, messages in form.errors.items():
            for message in messages:
                self._wrong(line, columns.get(name, name), str(message))

    def _wrong(self, line: int, kind: str, message: str) -> None:
        self.errors.append(LineError(line=line, column=self.titles.get(kind, ""), message=message))


def example(sheets: Sequence[Sheet]) -> str:
    """A file to fill in, with the person's own supplies; semicolons, as an Italian spreadsheet expects them."""
    roles = [role for role in ROLES if any(dial.role == role for sheet in sheets for dial in sheet.dials)] or ["total"]
    titles: dict[str, Any] = {"total": "Lettura", "corrected": "Correttore", "f1": "F1", "f2": "F2", "f3": "F3"}
    sink = io.StringIO()
    writer = csv.writer(sink, delimiter=";", lineterminator="\r\n")
    writer.writerow(["Fornitura", "POD/PDR", "Matricola", "Data", *(titles[role] for role in roles)])
    for sheet in sheets:
        if not sheet.why_not and sheet.meter:
            names = [sheet.supply.code, sheet.supply.point_code or "", sheet.meter.serial]
            writer.writerow([*map(harmless, names), "", *([""] * len(roles))])
    return "\ufeff" + sink.getvalue()
