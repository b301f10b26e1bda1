"""Takes out of the mirror what billing no longer has, and never leaves a row that refers to one that is gone.

Allocations go with their payment or invoice. A supply, an account or a customer goes only when nothing hangs on it any
more: billing names each record that it removes, so what is still here is still there.
"""

from collections import Counter
from collections.abc import Collection
from datetime import datetime
from typing import Final

from django.db import IntegrityError, transaction
from django.db.backends.utils import CursorWrapper
from psycopg import sql

from sportello.domain.customers.alignment.checks import STILL_NEEDED, STILL_USED, Faults
from sportello.domain.customers.alignment.mirror import TABLE_OF_KIND, Table
from sportello.domain.customers.models import Allocation, Customer, CustomerAccess, Invoice, Payment
from sportello.domain.journal.models import record

# Which rows hang on a row: kind of these, and the condition.
HANGING: Final[dict[str, dict[str, str]]] = {
    "supply": {
        "invoice": "other.customer_code = this.customer_code AND other.supply_codes @> ARRAY[this.code]",
        **dict.fromkeys(("meter", "meter_reading", "usage"), "other.supply_code = this.code"),
    },
    "billing_account": dict.fromkeys(("mandate", "supply", "invoice", "payment"), "other.account_code = this.code"),
    "customer": dict.fromkeys(
        ("billing_account", "mandate", "supply", "meter", "invoice", "payment", "meter_reading", "usage"),
        "other.customer_code = this.code",
    ),
}


def owners_of(table: Table, codes: Collection[str]) -> dict[str, str]:
    """Whose these rows of the mirror are; a code that is not here is left out."""
    return dict(table.model._default_manager.filter(pk__in=codes).values_list("pk", table.owner_attribute))


def remove(cursor: CursorWrapper, table: Table, codes: Collection[str], *, now: datetime) -> tuple[int, Faults]:
    """Takes these rows out of the mirror. Returns how many went, and what is wrong with those that must stay."""
    stuck = _still_needed(cursor, table, codes)
    gone, used = _delete(cursor, table, [code for code in codes if code not in stuck], now=now)
    return gone, stuck | dict.fromkeys(used, STILL_USED)


def _still_needed(cursor: CursorWrapper, table: Table, codes: Collection[str]) -> Faults:
    stuck: Faults = {}
    for kind, condition in HANGING.get(table.kind, {}).items():
        cursor.execute(
            sql.SQL(
                """
                SELECT this.code FROM {} AS this
                WHERE this.code = ANY(%s) AND EXISTS (SELECT FROM {} AS other WHERE {})
                """
            ).format(table.mirror, TABLE_OF_KIND[kind].mirror, sql.SQL(condition)),
            [list(codes)],
        )
        stuck |= {code: STILL_NEEDED for (code,) in cursor.fetchall()}
    return stuck


def _delete(cursor: CursorWrapper, table: Table, codes: list[str], *, now: datetime) -> tuple[int, list[str]]:
    """Returns how many rows went, and the codes of those that another room holds fast, found by halves."""
    if not codes:
        return 0, []
    try:
        with transaction.atomic():
            _delete_parts(table, codes, now=now)
            _, counts = table.model._default_manager.filter(pk__in=codes).delete()
            # At once rather than at the end of the transaction, where a row that is still used would fail everything.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    except IntegrityError:
        if len(codes) == 1:
            return 0, codes
        middle = len(codes) // 2
        halves = [_delete(cursor, table, half, now=now) for half in (codes[:middle], codes[middle:])]
        return sum(gone for gone, _ in halves), [code for _, used in halves for code in used]
    return counts.get(table.model._meta.label, 0), []


def _delete_parts(table: Table, codes: list[str], *, now: datetime) -> None:
    if table.model is Payment:
        Allocation.objects.filter(payment__in=codes).delete()
    if table.model is Invoice:
        Allocation.objects.filter(invoice__in=codes).delete()
    if table.model is Customer:
        # The logins' access goes with the customer, and leaves a trace that they had it.
        reached = CustomerAccess.objects.filter(customer__in=codes, ended_at=None).values_list("customer_id", flat=True)
        for code, logins in Counter(reached).items():
            record("customers.removed", now=now, about=("customer", code), customer_code=code, logins=logins)
