"""Follows billing's feed of changes batch by batch, each written in one transaction with how far it reaches."""

import gc
import time
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from django.db import DatabaseError, InterfaceError, connection, connections, transaction
from django.db.models import F, Model, Value
from django.db.models.functions import Coalesce
from psycopg import sql

from sportello.billing.errors import Unavailable
from sportello.billing.port import BillingSystem
from sportello.billing.records import Batch
from sportello.domain.customers.alignment import aside
from sportello.domain.customers.alignment.failures import in_words
from sportello.domain.customers.alignment.mirror import TABLES
from sportello.domain.customers.alignment.portions import Portion, portions
from sportello.domain.customers.alignment.sealing import sealed
from sportello.domain.customers.alignment.writing import Written, write
from sportello.domain.customers.models import Allocation, Feed, Payment

LIMIT: Final = 20_000  # records of a batch: enough for sets to pay, few enough to hold in memory
LOCK: Final = 7_305_734_126  # any number that no other use of advisory locks takes
MANY: Final = 5_000  # rows of a table changed at once; what PostgreSQL knew of it before may then be of no use
SELDOM: Final = (100_000, 20, 20)  # for the garbage collector
Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What billing said: the batch, its records made ready to be written, and when it was asked."""

    batch: Batch
    portions: list[Portion]
    asked_at: datetime


class Overtaken(Exception):
    """Another alignment has written a batch meanwhile, which happens only where this one has lost its connection."""


@dataclass(slots=True)
class Alignment:
    """What an alignment has done so far. ``busy`` where another one is at work, which then has its changes to do."""

    busy: bool = False
    batches: int = 0
    written: Written = field(default_factory=Written)


def align(
    *,
    billing: BillingSystem,
    now: datetime,
    limit: int = LIMIT,
    from_start: bool = False,
    try_again: bool = False,
    progress: Callable[[Alignment], None] | None = None,
) -> Alignment:
    """Reads billing's changes from where the last alignment stopped until there are no more.

    It may be killed at any moment: what was not committed is read again, and reading again changes nothing.
    ``from_start`` reads everything again; ``try_again`` first tries all records that were set aside because of another
    one. ``progress`` is called after each batch. Raises ``Unavailable`` where billing is away, which is also written
    down. It must not be called inside a transaction.
    """
    clock = _clock_from(now)
    done = Alignment()
    with _alone() as alone:
        if not alone:
            return Alignment(busy=True)
        with _collecting_seldom():
            try:
                cursor = _start(billing.capabilities.name, from_start=from_start)
                if try_again:
                    done.written.add(_try_all_again(now=now, limit=limit))
                with closing(_answers(billing, cursor, limit=limit, clock=clock)) as answers:
                    for answer in answers:
                        done.written.add(_take(billing, answer, since=cursor, limit=limit))
                        done.batches += 1
                        cursor = answer.batch.cursor
                        if progress:
                            progress(done)
            except Overtaken:
                done.busy = True
            _get_acquainted(done.written)
    return done


def _get_acquainted(written: Written) -> None:
    """Has PostgreSQL look now at the tables of which as much is new as it knew of before. By itself it does so within a
    minute, and guesses until then: the first pages after a company has been read in would take several times as long."""
    for table in TABLES:
        if (changed := written.changed[table.kind]) >= MANY:
            _look_at(table.model, changed=changed)
            if table.model is Payment:
                _look_at(Allocation, changed=changed)


def _look_at(model: type[Model], *, changed: int) -> None:
    name = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = %s::regclass", [name])
        if changed >= cursor.fetchone()[0]:
            cursor.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(name)))


def _clock_from(now: datetime) -> Clock:
    started = time.monotonic()
    return lambda: now + timedelta(seconds=time.monotonic() - started)


@contextmanager
def _alone() -> Iterator[bool]:
    """Whether no other alignment is at work on this database, which is then so until the end of the block."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        alone = bool(cursor.fetchone()[0])
    try:
        yield alone
    finally:
        # A connection that is lost has taken the lock with it.
        with suppress(DatabaseError, InterfaceError):
            if alone:
                _unlock()


@contextmanager
def _collecting_seldom() -> Iterator[None]:
    """Records hold no circles: to look for some among hundreds of thousands takes a third of the time of reading them."""
    before = gc.get_threshold()
    gc.set_threshold(*SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _unlock() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def _start(connector: str, *, from_start: bool) -> str:
    """The cursor to go on from. One that another connector gave means nothing to this one."""
    with transaction.atomic(durable=True):
        feed, _ = Feed.objects.select_for_update().get_or_create(id=1, defaults={"connector": connector})
        if feed.connector != connector:
            feed.connector, feed.cursor, feed.as_of = connector, "", None
        if from_start:
            feed.cursor = ""
        feed.save()
    return feed.cursor


def _answers(billing: BillingSystem, cursor: str, *, limit: int, clock: Clock) -> Generator[Answer, None, None]:
    """Billing's answers until it has no more. While one is written, the next one is read in a thread."""
    answer = _noted(lambda: _ask(billing, cursor, limit=limit, clock=clock), clock=clock)
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="align") as reader:
        while answer.batch.more:
            ahead = reader.submit(_ask_ahead, billing, answer.batch.cursor, limit=limit, clock=clock)
            yield answer
            answer = _noted(ahead.result, clock=clock)
        yield answer


def _ask(billing: BillingSystem, cursor: str, *, limit: int, clock: Clock) -> Answer:
    asked_at = clock()
    batch = billing.changes(cursor, limit)
    if batch.more and batch.cursor == cursor:
        raise Unavailable("billing has more changes but does not say from where")
    return Answer(batch=batch, portions=list(portions(sealed(batch.records))), asked_at=asked_at)


def _ask_ahead(billing: BillingSystem, cursor: str, *, limit: int, clock: Clock) -> Answer:
    try:
        return _ask(billing, cursor, limit=limit, clock=clock)
    finally:
        connections.close_all()  # a connector may have opened some for this thread


def _noted(ask: Callable[[], Answer], *, clock: Clock) -> Answer:
    """Billing's answer; where there is none, that is written down and raised."""
    try:
        return ask()
    except Exception as error:
        _note_failure(error, now=clock())
        raise


def _note_failure(error: Exception, *, now: datetime) -> None:
    Feed.objects.filter(id=1).update(failing_since=Coalesce(F("failing_since"), Value(now)), failure=in_words(error))


def _take(billing: BillingSystem, answer: Answer, *, since: str, limit: int) -> Written:
    """Writes a batch and the cursor behind it, in one transaction."""
    batch, now = answer.batch, answer.asked_at
    with transaction.atomic(durable=True):
        feed = Feed.objects.select_for_update().get(id=1)
        if (feed.connector, feed.cursor) != (billing.capabilities.name, since):
            raise Overtaken
        written = Written()
        left = 0
        if batch.records:
            written = write(answer.portions, now=now)
            left = _try_again(written, now=now, limit=limit)
        feed.cursor = batch.cursor
        feed.as_of = feed.as_of if batch.more else now
        feed.failing_since, feed.failure = None, ""
        feed.save()
    if left:
        written.add(_try_all_again(now=now, limit=limit))
    return written


def _try_again(written: Written, *, now: datetime, limit: int) -> bool:
    """Tries the records set aside of the customers who were just written. Returns whether some may be left."""
    waiting, last = aside.curable(customers=written.customers, limit=limit)
    if waiting:
        written.add(write(portions(waiting), now=now, again=True))
    return last is not None


def _try_all_again(*, now: datetime, limit: int) -> Written:
    """Tries all records set aside because of another one, as long as this brings anything into the mirror."""
    total = Written()
    while True:
        written = Written()
        after: int | None = 0
        while after is not None:
            after = _try_some_again(written, after=after, now=now, limit=limit)
        total.add(written)
        if not written.anything:
            return total


def _try_some_again(written: Written, *, after: int, now: datetime, limit: int) -> int | None:
    """Returns the number of the last record tried, None where none is left."""
    with transaction.atomic(durable=True):
        # No batch may come between reading these records and writing them, or they might replace newer ones.
        Feed.objects.select_for_update().get(id=1)
        waiting, last = aside.curable(after=after, limit=limit)
        if waiting:
            written.add(write(portions(waiting), now=now, again=True))
    return last
