"""How old what a page shows is, and the request for something newer where billing has no feed of changes."""

import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol, cast

from django.db import connection
from django.db.models import Subquery

from sportello.billing.port import BillingSystem
from sportello.domain.customers.alignment.failures import UNKNOWN
from sportello.domain.customers.models import Customer, Feed, Refresh
from sportello.domain.customers.models.parties import CustomerQuerySet
from sportello.domain.customers.tasks import ask_for_refresh
from sportello.prepared import Prepared

LONGEST_WAIT: Final = 0.8  # seconds that the very first view of a customer waits for billing
GLANCE: Final = 0.04  # seconds between two looks whether it has come
MOST: Final = 20  # customers that one page has read anew


FEED: Final = Prepared(lambda: Feed.objects.filter(id=1).values_list("as_of", "failing_since"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """How old the data of some customers are.

    ``as_of``: what is shown is at least as new as this; None where somebody among them was never read.
    ``changed_at``: when a reading last brought anything new; None where billing has a feed, or nothing is known.
    ``away``: billing cannot be reached at present. ``refreshing``: something newer has been asked for.
    """

    as_of: datetime | None
    changed_at: datetime | None = None
    away: bool = False
    refreshing: bool = False


def data_as_of(customer_codes: Collection[str], *, billing: BillingSystem) -> Freshness:
    """How old the mirror's data of these customers are, in one query."""
    if billing.capabilities.feed:
        return _of_feed()
    return _of(_readings(customer_codes), customer_codes)


def with_feed(customers: CustomerQuerySet) -> CustomerQuerySet:
    """These customers, each with how old the feed's data are: who reads them for a page has no need to ask once more."""
    feed = Feed.objects.filter(id=1)
    return customers.annotate(
        feed_as_of=Subquery(feed.values("as_of")), feed_failing_since=Subquery(feed.values("failing_since"))
    )


def look(
    customer_codes: Collection[str], *, billing: BillingSystem, now: datetime, read: Customer | None = None
) -> Freshness:
    """The same for a page about to be shown; where billing has no feed, it also has old data read anew.

    The page does not wait for that, but for the very first view of a customer, and then 0.8 s at most.
    ``read`` is a customer that was read ``with_feed``.
    """
    if billing.capabilities.feed:
        return _of_feed(read)
    readings = _readings(customer_codes)
    oldest = now - timedelta(seconds=billing.capabilities.fresh_for)
    stale = _stale(readings, customer_codes, before=oldest)
    if not stale:
        return _of(readings, customer_codes)
    first_seen = [code for code in stale if code not in readings]
    # From now on these customers are no longer seen for the first time, whether a worker comes or not.
    Refresh.objects.bulk_create([Refresh(customer_code=code) for code in first_seen], ignore_conflicts=True)
    ask_for_refresh(customer_codes=stale, now=now)
    if first_seen:
        _wait_for(first_seen)
        readings = _readings(customer_codes)
        stale = _stale(readings, customer_codes, before=oldest)
    return _of(readings, customer_codes, refreshing=bool(stale))


class WithFeed(Protocol):
    """What a customer that was read ``with_feed`` has besides."""

    feed_as_of: datetime | None
    feed_failing_since: datetime | None


def _read_with(customer: Customer) -> tuple[datetime | None, datetime | None]:
    read = cast(WithFeed, customer)
    return read.feed_as_of, read.feed_failing_since


def _of_feed(read: Customer | None = None) -> Freshness:
    rows = FEED() if read is None else [_read_with(read)]
    for as_of, failing_since in rows:
        return Freshness(as_of=as_of, away=failing_since is not None)
    return Freshness(as_of=None)


def _readings(customer_codes: Collection[str]) -> dict[str, Refresh]:
    return Refresh.objects.in_bulk(customer_codes)


def _of(readings: dict[str, Refresh], customer_codes: Collection[str], *, refreshing: bool = False) -> Freshness:
    times = [reading.as_of for reading in readings.values() if reading.as_of]
    changes = [reading.changed_at for reading in readings.values() if reading.changed_at]
    return Freshness(
        as_of=min(times) if times and len(times) == len(set(customer_codes)) else None,
        changed_at=max(changes, default=None),
        away=any(reading.failing_since and reading.failure != UNKNOWN for reading in readings.values()),
        refreshing=refreshing,
    )


def _stale(readings: dict[str, Refresh], customer_codes: Collection[str], *, before: datetime) -> list[str]:
    """Customers whose data are from ``before`` then, the oldest first, not more than one page may have read."""
    ages = {code: readings[code].as_of if code in readings else None for code in dict.fromkeys(customer_codes)}
    never = [code for code, as_of in ages.items() if as_of is None]
    old = sorted((as_of, code) for code, as_of in ages.items() if as_of is not None and as_of < before)
    return [*never, *(code for _, code in old)][:MOST]


def _wait_for(customer_codes: Collection[str]) -> None:
    """Waits until each of these customers has been read, or could not be, but not long."""
    if connection.in_atomic_block:
        return  # nobody sees what was asked for before this transaction ends
    end = time.monotonic() + LONGEST_WAIT
    waiting = Refresh.objects.filter(customer_code__in=customer_codes, as_of=None, failing_since=None)
    while waiting.exists() and time.monotonic() + GLANCE < end:
        time.sleep(GLANCE)
