"""How the mirror is, for who watches over it: cheap to ask however much there is, so no more than MOST rows are counted."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import connection
from django.db.models import Max

from sportello.billing.port import BillingSystem
from sportello.domain.customers.alignment.failures import UNKNOWN
from sportello.domain.customers.models import Feed, Refresh

MOST: Final = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Alignment:
    """``as_of`` is when billing was last read with success, ``failing_since`` since when that fails. Where billing has no
    feed, ``failing_customers`` is how many of them could not be read when they were last asked for."""

    connector: str
    as_of: datetime | None
    failing_since: datetime | None
    failing_customers: int


def alignment(*, billing: BillingSystem) -> Alignment:
    name = billing.capabilities.name
    if billing.capabilities.feed:
        feed = Feed.objects.filter(id=1, connector=name).first() or Feed()
        return Alignment(connector=name, as_of=feed.as_of, failing_since=feed.failing_since, failing_customers=0)
    failing = Refresh.objects.filter(failing_since__isnull=False).exclude(failure=UNKNOWN)
    return Alignment(
        connector=name,
        as_of=Refresh.objects.aggregate(newest=Max("as_of"))["newest"],
        failing_since=failing.order_by("failing_since").values_list("failing_since", flat=True).first(),
        failing_customers=failing[:MOST].count(),
    )


_SET_ASIDE = """
    SELECT kind, count(*) FROM (SELECT kind FROM customers_setaside LIMIT %(most)s) AS kept GROUP BY kind
"""


def set_aside() -> dict[str, int]:
    """How many records that failed a check are kept aside, by kind."""
    with connection.cursor() as cursor:
        cursor.execute(_SET_ASIDE, {"most": MOST})
        return dict(cursor.fetchall())
