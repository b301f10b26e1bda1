"""Turns records of billing into rows to copy, and finds those that are not what the port promises.

A million records pass here, so types are not looked at value by value: those of all values together are one tuple,
and each such combination is judged once.
"""

import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import lru_cache
from operator import attrgetter
from types import UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin, get_type_hints

from sportello.billing.codes import RegisterRole
from sportello.billing.records import (
    Address,
    Allocation,
    BillingAccountRecord,
    CustomerRecord,
    Instalment,
    InvoiceLine,
    InvoiceRecord,
    MeterReadingRecord,
    MeterRecord,
    PaymentRecord,
    Register,
    RegisterValue,
    SupplyRecord,
    VatAmount,
)
from sportello.domain.customers.alignment.mirror import TABLES, MirrorRecord, Table

Row = tuple[Any, ...]
LONGEST_LIST = 10_000  # lines of an invoice, supplies, allocations
LONGEST_NAME = 60  # characters of a register's code, unit or serial
MOST_DIGITS = 15  # of a dial
WIDEST = 30  # characters of a number
HIGHEST = 18  # place of a number's first digit, before the comma or after it
LARGEST_COEFFICIENT = 1_000_000
LARGEST_PART = 10_000_000  # euro
JSON = json.JSONEncoder(ensure_ascii=False)
REMEMBERED = 10_000  # texts: descriptions, units, names of registers come over and over


class Misfit(Exception):
    """A record that is not what the port promises; the message is for the list of records set aside."""


class OutOfRange(ValueError):
    """A number in a part of a record."""


class HoldsControl(ValueError):
    """A text in a part of a record."""


@lru_cache(REMEMBERED)
def _text(value: str) -> str:
    if not value.isprintable() and any(map(_is_control, value)):
        raise HoldsControl
    return JSON.encode(value)


def _is_control(letter: str) -> bool:
    return letter < " " or "\x7f" <= letter <= "\x9f"


def _number(value: Decimal) -> str:
    text = str(value)
    if not value.is_finite() or len(text) > WIDEST or abs(value.adjusted()) > HIGHEST:
        raise OutOfRange
    return f'"{text}"'


# How a value is written in JSON, by its type; decimals as text, so that no digit is lost.
WRITTEN: Final[dict[type, Callable[[Any], str]]] = {
    str: _text,
    Decimal: _number,
    int: str,
    date: lambda value: f'"{value.isoformat()}"',
    type(None): lambda value: "null",
}


class Shape:
    """Attributes of a record that are read together, and the types that the port promises for them."""

    def __init__(self, record: type, names: tuple[str, ...]) -> None:
        promised = get_type_hints(record)
        self.names = names
        self._read = attrgetter(*names)
        self._promised = [_types(promised[name]) for name in names]
        self._judged: dict[tuple[type, ...], str] = {}
        self._object = "{" + ", ".join(f'"{name}": %s' for name in names) + "}"

    def values(self, thing: object) -> Row:
        """The attributes of ``thing``; raises ``Misfit`` where one has a type that was not promised."""
        try:
            values: Row = self._read(thing)
        except AttributeError as error:
            raise Misfit(f"{label(str(error.name))} is missing") from error
        types = tuple(map(type, values))
        wrong = self._judged.get(types)
        if wrong is None:
            wrong = self._judged[types] = self._judge(types)
        if wrong:
            raise Misfit(wrong)
        return values

    def written(self, thing: object) -> str:
        """The same as a JSON object. Raises also ``OutOfRange`` and ``HoldsControl``."""
        return self._object % tuple([WRITTEN[type(value)](value) for value in self.values(thing)])

    def _judge(self, types: tuple[type, ...]) -> str:
        for name, found, promised in zip(self.names, types, self._promised, strict=True):
            if found not in promised:
                return f"{label(name)} is not of the right type"
        return ""


def storable(text: str) -> str:
    """Text without what PostgreSQL cannot hold: NUL and halves of characters."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode(errors="replace").decode()


def label(name: str) -> str:
    """An attribute's name as the list of records set aside shows it."""
    return name.replace("_", " ")


def _types(hint: Any) -> frozenset[type]:
    """The exact types that a type hint of the port allows."""
    parts = get_args(hint) if isinstance(hint, UnionType) or get_origin(hint) is Union else (hint,)
    return frozenset(str if get_origin(part) is Literal else get_origin(part) or part for part in parts)


PLAIN: Final = {table.kind: Shape(table.record, table.plain) for table in TABLES}
ADDRESS: Final = Shape(Address, ("street", "number", "postcode", "municipality", "province", "country"))
NO_ADDRESS: Final = ("",) * len(ADDRESS.names)
LINE: Final = Shape(InvoiceLine, ("description", "amount", "section", "quantity", "unit", "unit_price", "vat_rate"))
VAT: Final = Shape(VatAmount, ("rate", "taxable", "tax"))
PART: Final = Shape(Instalment, ("due_on", "amount"))
REGISTER: Final = Shape(Register, ("code", "role", "unit", "digits", "serial", "coefficient"))
SHOWN: Final = Shape(RegisterValue, ("register", "value"))
ROLES: Final = frozenset(get_args(RegisterRole))
ALLOCATION: Final = Shape(Allocation, ("invoice_number", "amount"))


def row_of(table: Table, record: MirrorRecord) -> Row:
    """The record as a row in the order of ``table.columns``; raises ``Misfit`` where it is not as promised."""
    row = PLAIN[table.kind].values(record)
    if isinstance(record, (CustomerRecord, SupplyRecord)):
        row += NO_ADDRESS if record.address is None else ADDRESS.values(record.address)
    elif isinstance(record, BillingAccountRecord):
        row += NO_ADDRESS if record.mailing_address is None else ADDRESS.values(record.mailing_address)
    elif isinstance(record, InvoiceRecord):
        row += (
            _codes(record.supply_codes),
            _objects("instalments", PART, record.instalments),
            _objects("lines", LINE, record.lines),
            _objects("vat", VAT, record.vat),
        )
        _payable(record.instalments or ())
    elif isinstance(record, MeterReadingRecord):
        row += (_objects("values", SHOWN, record.values),)
        _readable(record.values)
    elif isinstance(record, MeterRecord):
        row += (_objects("registers", REGISTER, record.registers),)
        _reckonable(record.registers)
    return row


def allocations_of(record: PaymentRecord) -> list[Row]:
    """Rows of payment, invoice and amount; parts that went to the same invoice are one."""
    parts = [ALLOCATION.values(allocation) for allocation in _list("allocations", record.allocations)]
    if len(parts) > 1 and len({number for number, _ in parts}) < len(parts):
        amounts: dict[str, Decimal] = {}
        for number, amount in parts:
            amounts[number] = amounts.get(number, Decimal(0)) + amount
        parts = list(amounts.items())
    return [(record.code, number, amount) for number, amount in parts]


def _list(name: str, value: object) -> tuple[Any, ...]:
    if type(value) is not tuple:
        raise Misfit(f"{label(name)} is not of the right type")
    if len(value) > LONGEST_LIST:
        raise Misfit(f"{label(name)} are too many")
    return value


def _readable(readings: tuple[RegisterValue, ...]) -> None:
    """Raises ``Misfit`` where one dial is said to show two things."""
    if len(readings) > 1 and len({reading.register for reading in readings}) < len(readings):
        raise Misfit("values name a register twice")


def _payable(parts: tuple[Instalment, ...]) -> None:
    """Raises ``Misfit`` where a page could not say when which part is to be paid."""
    if any(not 0 < part.amount <= LARGEST_PART or part.amount != round(part.amount, 2) for part in parts):
        raise Misfit("an instalment is not an amount of money")
    days = [part.due_on for part in parts]
    if days != sorted(set(days)):
        raise Misfit("instalments do not fall due one after the other")


def _reckonable(registers: tuple[Register, ...]) -> None:
    """Raises ``Misfit`` where a page could not show these dials or reckon with them."""
    if len({register.code for register in registers}) < len(registers):
        raise Misfit("registers have a code twice")
    for register in registers:
        if register.role not in ROLES:
            raise Misfit("role of a register is not a value that Sportello knows")
        if not register.code:
            raise Misfit("code of a register is missing")
        if max(map(len, (register.code, register.unit, register.serial))) > LONGEST_NAME:
            raise Misfit(f"a text of a register is longer than {LONGEST_NAME} characters")
        if register.digits is not None and not 0 < register.digits <= MOST_DIGITS:
            raise Misfit("digits of a register are out of range")
        if register.coefficient is not None and not 0 < register.coefficient <= LARGEST_COEFFICIENT:
            raise Misfit("coefficient of a register is out of range")


def _codes(value: object) -> str | None:
    """Codes as PostgreSQL writes an array."""
    if value is None:
        return None
    codes = _list("supply_codes", value)
    if not codes:
        return "{}"
    try:
        text = '","'.join(codes)
    except TypeError as error:
        raise Misfit("supply codes are not of the right type") from error
    if "\\" in text or text.count('"') > 2 * len(codes) - 2:
        text = '","'.join([code.replace("\\", "\\\\").replace('"', '\\"') for code in codes])
    return '{"' + text + '"}'


def _objects(name: str, shape: Shape, value: object) -> str | None:
    """Parts of a record as a JSON list of objects, decimals as text."""
    if value is None:
        return None
    try:
        return "[" + ", ".join([shape.written(thing) for thing in _list(name, value)]) + "]"
    except OutOfRange as error:
        raise Misfit(f"a number in {label(name)} is out of range") from error
    except HoldsControl as error:
        raise Misfit(f"{label(name)} hold control characters") from error
