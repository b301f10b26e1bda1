"""Copies the customers of a mirror many times, table by table, by COPY from one connection into another.

In copy ``k`` of a customer his number is ``k`` thousand higher, and so are the codes that hold it; numbers of a series go on
far above those of the originals, in the order of their days. Rows are written in that order too, as in life, so that
what one customer has lies all over a table.
"""

# ruff: noqa: S608 - names of tables and columns are those written here

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import chain
from typing import Any, Final

import psycopg
from psycopg import sql

from sportello.billing.records import Address, CustomerRecord
from sportello.demo.size.people import STRIDE, Original, copies
from sportello.domain.customers.alignment.mirror import TABLE_OF_KIND
from sportello.domain.customers.alignment.rows import row_of

GAP: Final = 1_000_000  # the first number of a copy; billing goes on numbering from where the originals end
Progress = Callable[[str, int, int], None]  # a table, how many of its rows have been written, and of how many


def renamed(column: str) -> str:
    """A code, or several, in which the customer's number stands."""
    return f"replace(b.{column}::text, b.customer_code, own.code)"


def numbered(column: str) -> str:
    """A number of a series, such as 2026/G/0001201."""
    return f"left(b.{column}, 7) || {counted(f'substr(b.{column}, 8)')}::text"


def counted(count: str) -> str:
    return f"({GAP} + {count}::bigint * {{stride}} + k)"


SLIP: Final = f"left(b.slip_code, 6) || lpad({counted('substr(b.slip_code, 7, 10)')}::text, 10, '0')"
# A POD or PDR that nobody else has; where it would end in a letter the copies are with another distributor.
POINT: Final = f"""CASE b.service
    WHEN 'gas' THEN '9999' || lpad({counted("b.place")}::text, 10, '0')
    WHEN 'electricity' THEN replace(left(b.point_code, 6), 'IT002E', 'IT001E') || (90000000 + {counted("b.place")})::text
    END"""
SERIAL: Final = """CASE WHEN b.serial ~ '^[0-9]{{4,15}}$'
    THEN lpad(((b.serial::bigint + k * 7919) % (10 ^ length(b.serial))::bigint)::text, length(b.serial), '0')
    ELSE b.serial END"""
OWNED: Final = {"customer_code": "own.code"}


@dataclass(frozen=True, slots=True)
class Table:
    """A table that is copied. ``came`` is the order in which its rows came, ``shifted`` what differs in a copy.

    ``more`` are columns that the shifting needs besides, of ``b`` and what ``joined`` brings.
    """

    name: str
    came: str
    shifted: Mapping[str, str]
    more: str = ""
    joined: str = ""
    but: Sequence[str] = field(default=())  # columns that are not copied


TABLES: Final = (
    Table(
        "customers_billingaccount",
        "code",
        {"code": renamed("code")},
    ),
    Table(
        "customers_directdebitmandate",
        "signed_on, code",
        {
            "code": renamed("code"),
            "account_code": renamed("account_code"),
            "from_invoice": numbered("from_invoice"),
        },
    ),
    Table(
        "customers_supply",
        "started_on, code",
        {"code": renamed("code"), "account_code": renamed("account_code"), "point_code": POINT},
        more="row_number() OVER (ORDER BY b.code) AS place",
    ),
    Table(
        "customers_meter",
        "installed_on, code",
        {"code": numbered("code"), "supply_code": renamed("supply_code"), "serial": SERIAL},
    ),
    Table(
        "customers_invoice",
        "issued_on, number",
        {
            "number": numbered("number"),
            "account_code": renamed("account_code"),
            "supply_codes": renamed("supply_codes"),
            "slip_code": f"{SLIP} || lpad((({SLIP})::bigint % 93)::text, 2, '0')",
        },
    ),
    Table(
        "customers_payment",
        "paid_on, code",
        {"code": numbered("code"), "account_code": renamed("account_code")},
    ),
    Table(
        "customers_allocation",
        "paid_on, payment_code, invoice_number",
        {"payment_code": numbered("payment_code"), "invoice_number": numbered("invoice_number")},
        more="paid.customer_code, paid.paid_on",
        joined="JOIN sized.customers_payment AS paid ON paid.code = b.payment_code",
        but=("id",),
    ),
    Table(
        "customers_meterreading",
        "read_on, code",
        {
            "code": numbered("code"),
            "supply_code": renamed("supply_code"),
            "meter_code": numbered("meter_code"),
            "superseded_by": numbered("superseded_by"),
            "invoice_number": numbered("invoice_number"),
            "key": "NULL",
        },
    ),
    Table(
        "customers_usage",
        "period_to, code",
        {"code": renamed("code"), "supply_code": renamed("supply_code")},
    ),
)
CUSTOMERS: Final = TABLE_OF_KIND["customer"]
NAMES: Final = ("customers_customer", *(table.name for table in TABLES))


def keep_originals(connection: psycopg.Connection, copies_of: Mapping[str, int]) -> None:
    """Puts the rows there are aside, in a schema ``sized``, with how many copies of which customer there are to be."""
    connection.execute("CREATE SCHEMA sized")
    for name in NAMES:
        connection.execute(f"CREATE TABLE sized.{name} AS TABLE {name}")
    connection.execute("CREATE TABLE sized.original (code varchar PRIMARY KEY, number integer, copies integer)")
    with connection.cursor().copy("COPY sized.original (code, number, copies) FROM STDIN") as target:
        for code, count in copies_of.items():
            target.write_row((code, int(code), count))
    connection.execute("ANALYZE")


def forget_originals(connection: psycopg.Connection) -> None:
    connection.execute("DROP SCHEMA sized CASCADE")


def copy_customers(source: psycopg.Connection, target: psycopg.Connection, *, today: date, progress: Progress) -> None:
    """The customers first: each copy is somebody else."""
    columns = sql.SQL(", ").join(map(sql.Identifier, CUSTOMERS.columns))
    found = source.execute(
        sql.SQL(
            "SELECT coalesce(copies, 0), {} FROM sized.customers_customer AS b LEFT JOIN sized.original USING (code)"
            " ORDER BY b.code"
        ).format(columns)
    ).fetchall()
    originals = [Original(record=_record(row[1:]), copies=row[0]) for row in found]
    total = sum(1 + original.copies for original in originals)
    made = chain(
        (original.record for original in originals),
        (one for original in originals for one in copies(original, today=today)),
    )
    with target.transaction():
        target.execute("TRUNCATE customers_customer")
        statement = sql.SQL("COPY customers_customer ({}) FROM STDIN (FREEZE)").format(columns)
        with target.cursor().copy(statement) as writer:
            for count, record in enumerate(made, start=1):
                writer.write_row(row_of(CUSTOMERS, record))
                if count % 20_000 == 0:
                    progress("customers_customer", count, total)
    progress("customers_customer", total, total)


def _record(row: Sequence[Any]) -> CustomerRecord:
    """The record that this row of the mirror was made from."""
    plain = dict(zip(CUSTOMERS.plain, row, strict=False))
    street, number, postcode, municipality, province, country = row[len(CUSTOMERS.plain) :]
    address = Address(
        street=street, number=number, postcode=postcode, municipality=municipality, province=province, country=country
    )
    return CustomerRecord(**plain, address=address if street else None)


def copy_table(table: Table, source: psycopg.Connection, target: psycopg.Connection, *, progress: Progress) -> None:
    """Writes a table anew: the originals and after them the copies."""
    columns = [name for name in _columns(source, table.name) if name not in table.but]
    stride = _one(source, "SELECT max(copies) + 1 FROM sized.original")
    total = _one(source, f"SELECT count(*) FROM sized.{table.name}") + _one(
        source, f"SELECT coalesce(sum(copies), 0)::bigint FROM ({_originals(table)}) AS b"
    )
    done = 0
    with target.transaction():
        target.execute(f"TRUNCATE {table.name}")
        with target.cursor().copy(f"COPY {table.name} ({_names(columns)}) FROM STDIN (FREEZE)") as writer:
            for query in (f"SELECT {_names(columns)} FROM sized.{table.name}", _copies(table, columns, stride)):
                for data in _rows(source, query):
                    writer.write(data)
                    done += 1
                    if done % 100_000 == 0:
                        progress(table.name, done, total)
    progress(table.name, done, total)


def _rows(source: psycopg.Connection, query: str) -> Iterator[bytes | bytearray | memoryview]:
    with source.cursor().copy(f"COPY ({query}) TO STDOUT") as reader:
        yield from reader


def _originals(table: Table) -> str:
    owner = "paid.customer_code" if table.joined else "b.customer_code"
    more = f", {table.more}" if table.more else ""
    return f"""
        SELECT b.*{more}, original.number AS customer_number, original.copies FROM sized.{table.name} AS b {table.joined}
        JOIN sized.original ON original.code = {owner} ORDER BY {table.came}
    """


def _copies(table: Table, columns: Sequence[str], stride: int) -> str:
    shifted = {**OWNED, **table.shifted}
    values = ", ".join(shifted.get(name, f'b."{name}"') for name in columns).format(stride=stride)
    return f"""
        SELECT {values} FROM ({_originals(table)}) AS b
        CROSS JOIN LATERAL generate_series(1, b.copies) AS copy (k)
        CROSS JOIN LATERAL (SELECT (b.customer_number + {STRIDE} * k)::text AS code) AS own
    """


def _columns(connection: psycopg.Connection, table: str) -> list[str]:
    found = connection.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
        [table],
    )
    return [name for (name,) in found]


def _names(columns: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in columns)


def _one(connection: psycopg.Connection, query: str) -> int:
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0
