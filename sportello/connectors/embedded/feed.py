"""The change feed: what has changed since a cursor, with nothing lost and nothing before what it refers to.

A change is not "later" because its number or clock is higher: a transaction may commit after one that began later.
So a cursor holds a whole snapshot of the database (which transactions were visible), and a **window** is what lies
between two of them: rows that existed in the new snapshot and were changed by a transaction not visible in the old
one. A transaction that commits late is in no snapshot until it has committed, and then falls into the next window.

Within a window rows come table by table (in the order of ``KINDS``, then what was removed, children first) and by
code. A snapshot is consistent, so whatever a row refers to is in the same window or was in an earlier one: on a first
read, the window from nothing, a customer comes before his invoices however late he was changed. A window is read in as
many pages as the caller's limit makes of it; the cursor then holds both snapshots and the last key. A row that changes
while its window is being read comes with its present content, and again in the next.

It rests on two things that the verbs keep: a row never changes what it refers to, and a payment's allocations are
made with it. (A reading names the invoice that used it and the reading that took its place; both by value in the port.)

Transactions are counted by one database server. On another (a restored dump) the numbers in the rows mean nothing:
all rows are then stamped again, and a cursor of another server, or of a later time than now, starts from everything.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, cast

from django.db import connections, transaction
from django.db.models import F

from sportello.billing.codes import Removable
from sportello.billing.records import Batch, Record, Removed
from sportello.connectors.embedded import models, rows
from sportello.connectors.embedded.mandate_rows import mandate_record
from sportello.connectors.embedded.routing import ALIAS
from sportello.prepared import AnyOf

STATEMENT_TIMEOUT = 30_000  # milliseconds; a first reading of everything takes pages of thousands on a busy machine
KINDS: tuple[Removable, ...] = (
    "customer",
    "billing_account",
    "mandate",
    "supply",
    "meter",
    "invoice",
    "payment",
    "meter_reading",
    "usage",
)
TABLES = (
    "embedded_customer",
    "embedded_account",
    "embedded_mandate",
    "embedded_supply",
    "embedded_meter",
    "embedded_invoice",
    "embedded_payment",
    "embedded_meterreading",
    "embedded_usage",
)
CODES = f"code__{AnyOf.lookup_name}"
STAMPS = ("created_in", "changed_in")
HOLDER = "supply__account__customer_id"
LAST_RANK = 2 * len(KINDS) - 1  # that of removed customers
RANK = rf"(-1|\d{{1,2}})/{len(KINDS)}"
SNAPSHOT = re.compile(r"\d{1,19}:\d{1,19}:[\d,]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """``since`` is the snapshot up to which all is read, "" for nothing; ``until`` that of a window half read, after
    ``rank`` and ``code``.

    A rank is written with the number of kinds there are: "3/9". Ranks of a time when there were others mean nothing now.
    """

    system: str
    since: str = ""
    until: str = ""
    rank: int = -1
    code: str = ""

    def __str__(self) -> str:
        return "|".join((self.system, self.since, self.until, f"{self.rank}/{len(KINDS)}", self.code))

    @classmethod
    def read(cls, text: str, *, system: str, now: str) -> "Cursor":
        """The cursor written as ``text``, or one that starts from everything where it is not of this database."""
        parts = text.split("|", 4)
        everything = cls(system=system)
        rank = re.fullmatch(RANK, parts[3]) if len(parts) == 5 and parts[0] == system else None
        if rank is None or int(rank[1]) > LAST_RANK:
            return everything
        for snapshot in filter(None, parts[1:3]):
            if not SNAPSHOT.fullmatch(snapshot) or newest(snapshot) > newest(now):
                return everything
        return cls(system=system, since=parts[1], until=parts[2], rank=int(rank[1]), code=parts[4])


def newest(snapshot: str) -> int:
    """The first transaction that had not begun at ``snapshot``."""
    return int(snapshot.split(":")[1])


def oldest(snapshot: str) -> int:
    """The first transaction that may not be visible in ``snapshot``; whatever an index can tell by."""
    return int(snapshot.split(":")[0] or 0)


@contextmanager
def reading() -> Iterator[None]:
    """One consistent view of the database for all that is read inside, and a limit to how long it may take."""
    nested = connections[ALIAS].in_atomic_block
    with transaction.atomic(using=ALIAS):
        if not nested:
            with connections[ALIAS].cursor() as cursor:
                cursor.execute(
                    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY; "
                    f"SET LOCAL statement_timeout = {STATEMENT_TIMEOUT}"
                )
        yield


def changes(since: str, limit: int) -> Batch:
    """See ``BillingSystem.changes``."""
    settle_in()
    with reading():
        system, now = here()
        cursor = Cursor.read(since, system=system, now=now)
        window = replace(cursor, until=cursor.until or now)
        keys = window_keys(window, limit)
        records = [record for rank in range(len(KINDS)) for record in records_of(rank, keys)] + removed(keys)
    if len(keys) == limit:
        rank, code = keys[-1]
        return Batch(records=records, cursor=str(replace(window, rank=rank, code=code)), more=True)
    if not records and cursor.since and not cursor.until:
        return Batch(records=(), cursor=str(cursor), more=False)
    return Batch(records=records, cursor=str(Cursor(system=system, since=window.until)), more=False)


def here() -> tuple[str, str]:
    """The server's own identifier, and the present snapshot."""
    with connections[ALIAS].cursor() as cursor:
        cursor.execute("SELECT system_identifier::text, pg_current_snapshot()::text FROM pg_control_system()")
        return cast(tuple[str, str], cursor.fetchone())


def settle_in() -> None:
    """Stamps every row anew where the rows were counted on another server than this one."""
    same = "SELECT EXISTS (SELECT 1 FROM embedded_home, pg_control_system() WHERE system = system_identifier::text)"
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(same)
        if cursor.fetchone() == (True,):
            return
    with transaction.atomic(using=ALIAS), connections[ALIAS].cursor() as cursor:
        cursor.execute("LOCK TABLE embedded_home IN EXCLUSIVE MODE")
        cursor.execute(same)
        if cursor.fetchone() == (True,):
            return
        for table in TABLES:
            cursor.execute(STAMP.format(table=table))
        cursor.execute("UPDATE embedded_removal SET changed_in = pg_current_xact_id()::text::bigint")
        cursor.execute("DELETE FROM embedded_home")
        cursor.execute("INSERT INTO embedded_home (system) SELECT system_identifier::text FROM pg_control_system()")


STAMP = "UPDATE {table} SET created_in = pg_current_xact_id()::text::bigint"
VISIBLE = "pg_visible_in_snapshot({column}::text::xid8, %(until)s::pg_snapshot)"
UNSEEN = "changed_in >= %(oldest)s AND NOT pg_visible_in_snapshot(changed_in::text::xid8, %(since)s::pg_snapshot)"
KEYS_OF_TABLE = """
(SELECT {rank} AS rank, code FROM {table} WHERE {condition} AND code > %(code_{rank})s ORDER BY code LIMIT %(limit)s)
"""
KEYS_OF_REMOVED = """
(SELECT * FROM (
    SELECT {ranks} - array_position(%(kinds)s::text[], kind::text) AS rank, code FROM embedded_removal WHERE {condition}
) AS removal WHERE (rank, code) > (%(rank)s, %(code)s) ORDER BY rank, code LIMIT %(limit)s)
"""
KEYS = "SELECT rank, code FROM ({parts}) AS keys ORDER BY rank, code LIMIT %(limit)s"


def window_keys(window: Cursor, limit: int) -> Sequence[tuple[int, str]]:
    """The next keys of a window, at most ``limit``: the rank of the table (for removed records, those that follow) and the
    code."""
    unseen = f"{UNSEEN} AND " if window.since else ""
    parts = [
        KEYS_OF_TABLE.format(rank=rank, table=table, condition=unseen + VISIBLE.format(column="created_in"))
        for rank, table in enumerate(TABLES)
        if rank >= window.rank
    ]
    parts.append(KEYS_OF_REMOVED.format(ranks=2 * len(KINDS), condition=unseen + VISIBLE.format(column="changed_in")))
    values: dict[str, Any] = {f"code_{rank}": window.code if rank == window.rank else "" for rank in range(len(TABLES))}
    values |= {
        "since": window.since,
        "oldest": oldest(window.since),
        "until": window.until,
        "rank": window.rank,
        "code": window.code,
        "limit": limit,
        "kinds": list(KINDS),
    }
    # All rows of all tables are in a window from nothing: there the tables are asked in turn, until there are enough.
    together = [parts] if window.since else [[part] for part in parts]
    keys: list[tuple[int, str]] = []
    with connections[ALIAS].cursor() as cursor:
        for some in together:
            if len(keys) < limit:
                cursor.execute(KEYS.format(parts=" UNION ALL ".join(some)), values | {"limit": limit - len(keys)})
                keys += cursor.fetchall()
    return keys


def removed(keys: Sequence[tuple[int, str]]) -> list[Record]:
    return [Removed(kind=KINDS[LAST_RANK - rank], code=code) for rank, code in keys if rank >= len(KINDS)]


def records_of(rank: int, keys: Sequence[tuple[int, str]]) -> list[Record]:
    codes = [code for key_rank, code in keys if key_rank == rank]
    # As one array: thousands of values take longer to put into a query than PostgreSQL to find the rows.
    return READERS[rank](**{CODES: codes}) if codes else []


def found(
    model: type[models.Changing], wanted: Mapping[str, Any], *, but: Collection[str] = (), **more: str
) -> Iterable[Any]:
    """The rows of ``model`` that are wanted, by code: all its columns ``but`` some, and ``more`` by name and path."""
    columns = [
        field.attname for field in model._meta.concrete_fields if field.name not in STAMPS and field.name not in but
    ]
    query = model._default_manager.filter(**wanted).annotate(**{name: F(path) for name, path in more.items()})
    return query.order_by("code").values_list(*columns, *more, named=True)


def customers(**wanted: Any) -> list[Record]:
    return [rows.customer_record(row) for row in found(models.Customer, wanted)]


def accounts(**wanted: Any) -> list[Record]:
    return [rows.account_record(row) for row in found(models.Account, wanted)]


def mandates(**wanted: Any) -> list[Record]:
    but = ("signatory", "bank", "moved_at")
    rows_of = found(models.Mandate, wanted, but=but, holder_code="account__customer_id")
    return [mandate_record(row) for row in rows_of]


def supplies(**wanted: Any) -> list[Record]:
    but = ("forwarding",)
    return [rows.supply_record(row) for row in found(models.Supply, wanted, but=but, holder="account__customer_id")]


def meters(**wanted: Any) -> list[Record]:
    return [rows.meter_record(row) for row in found(models.Meter, wanted, holder=HOLDER)]


def invoices(**wanted: Any) -> list[Record]:
    holder = {"holder": "account__customer_id", "holder_kind": "account__customer__kind"}
    but = ("corrects",)
    return [rows.invoice_record(row) for row in found(models.Invoice, wanted, but=but, **holder)]


def payments(**wanted: Any) -> list[Record]:
    paid = list(found(models.Payment, wanted, but=("credit_note",), holder="account__customer_id"))
    parts = defaultdict(list)
    allocations = models.Allocation.objects.filter(**{f"payment__{CODES}": [row.code for row in paid]}).order_by(
        "invoice"
    )
    for payment, invoice, amount in allocations.values_list("payment", "invoice", "amount"):
        parts[payment].append((invoice, amount))
    return [rows.payment_record(row, parts[row.code]) for row in paid]


def readings(**wanted: Any) -> list[Record]:
    but = ("received_at", "judged_at")
    return [rows.reading_record(row) for row in found(models.MeterReading, wanted, but=but, holder=HOLDER)]


def usage(**wanted: Any) -> list[Record]:
    return [rows.usage_record(row) for row in found(models.Usage, wanted, holder=HOLDER)]


READERS: tuple[Callable[..., list[Record]], ...] = (
    customers,
    accounts,
    mandates,
    supplies,
    meters,
    invoices,
    payments,
    readings,
    usage,
)
