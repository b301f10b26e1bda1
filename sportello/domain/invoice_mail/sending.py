"""Sends what waits in the lanes of invoices: many mails at a time over one connection, by several workers at once.

Each worker has a place, which PostgreSQL takes from it the moment its connection ends: where a worker is killed another
one goes on within seconds, and its mails in hand follow when their lease is over.
"""

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Value
from django.db.models.functions import Coalesce

from sportello.domain.invoice_mail import jobs, lanes
from sportello.domain.invoice_mail.looking_again import look_again, sendings_of
from sportello.domain.invoice_mail.models import Rate, Run, Sending, Timetable
from sportello.domain.invoice_mail.timing import is_quiet
from sportello.domain.messages import bulk, transport
from sportello.domain.messages.bulk import BATCH, Batch, Recorded
from sportello.domain.messages.composing import sender
from sportello.domain.messages.models import OPEN, Message
from sportello.domain.messages.pipeline import Parcel, Pipe, Unreachable
from sportello.domain.messages.sending import Clock, Failure
from sportello.domain.messages.transport import NotSent

log = structlog.get_logger("sportello.invoice_mail")

AT_LAST: Final = 1.0  # seconds after which what the server has said is written down, though the batch is not over
_LOCK: Final = 0x1FA77E  # of PostgreSQL's advisory locks, the first half of ours


class Poster:
    """Sends batch after batch over one connection. ``close`` when done."""

    def __init__(self, *, clock: Clock) -> None:
        self.clock = clock
        self.batch: Batch | None = None
        self.gate: Gate | None = None
        server = transport.server()
        self.pipe = Pipe(server, sender=sender(), tick=self._tick) if server else None

    def __enter__(self) -> "Poster":
        return self

    def __exit__(self, *_: object) -> None:
        if self.pipe:
            self.pipe.close()

    def _tick(self) -> None:
        if self.batch:
            self.batch.tick()

    def send_some(self) -> int:
        """Sends what is due, a batch at most; says how many mails it had in hand. Raises ``Unreachable``, with nothing lost."""
        batch = self.batch = self._next()
        if not batch.messages:
            return 0
        try:
            self._send(batch)
        except Unreachable as error:
            _trouble(batch, error.reason, now=self.clock())
            raise
        finally:
            self.batch = None
        return len(batch.messages)

    def _next(self) -> Batch:
        """Once a second it is looked whether anybody has stopped the run, and what somebody wants sent at once goes first."""
        if self.gate is None or time.monotonic() - self.gate.read > AT_LAST:
            self.gate = _gate(self.clock())
            if (batch := bulk.claim({lanes.AT_ONCE: BATCH}, clock=self.clock)).messages:
                return batch
        return _claimed(self.gate, clock=self.clock)

    def _send(self, batch: Batch) -> None:
        sendings = sendings_of(batch.messages)
        ready = look_again(batch, sendings)
        log_of = _Log(batch, sendings, clock=self.clock)
        if ready.withdrawn:
            log_of.withdraw(ready.withdrawn)
        for number, failure in ready.failures.items():
            log_of.add(number, failure)
        try:
            for number, error in self._outcomes(ready.parcels, batch):
                log_of.add(number, error)
        finally:
            log_of.write()
        bulk.release(batch, at=self.clock())

    def _outcomes(self, parcels: list[Parcel], batch: Batch) -> Iterator[tuple[int, NotSent | None]]:
        if self.pipe is not None:
            for outcome in self.pipe.hand_over(parcels, is_mine=batch.is_mine):
                yield outcome.key, outcome.error
        elif settings.DEMO:  # it keeps its mails to be read
            yield from ((each.key, None) for each in parcels)
        elif parcels:
            raise Unreachable("no mail server is set (MAIL_URL)")


class _Log:
    """Writes down what has become of a batch's mails, a second's worth at a time."""

    def __init__(self, batch: Batch, sendings: dict[int, Sending], *, clock: Clock) -> None:
        self.batch = batch
        self.sendings = sendings
        self.clock = clock
        self.errors: dict[int, NotSent | Failure | None] = {}
        self.written = time.monotonic()

    def add(self, number: int, error: NotSent | Failure | None) -> None:
        self.errors[number] = error
        if time.monotonic() - self.written > AT_LAST:
            self.write()

    def write(self) -> None:
        """The messages, the runs' counts and the jobs that follow, in one transaction."""
        self.written = time.monotonic()
        if not self.errors:
            return
        errors, self.errors = self.errors, {}
        with transaction.atomic():
            done = bulk.record(self.batch, errors=errors, now=self.clock())
            for run, numbers in self._by_run(errors).items():
                _count(run, done, numbers)
            if done.failed:
                jobs.defer_settling(done.failed)

    def withdraw(self, reasons: dict[int, str]) -> None:
        with transaction.atomic():
            done = bulk.withdraw(self.batch, reasons, now=self.clock())
            for run, numbers in self._by_run(done).items():
                Run.objects.filter(pk=run).update(withdrawn=F("withdrawn") + len(numbers))

    def _by_run(
        self, numbers: "Iterator[int] | dict[int, NotSent | Failure | None] | list[int]"
    ) -> dict[int, set[int]]:
        found: dict[int, set[int]] = {}
        for number in numbers:
            if run := self.sendings[number].run_id:
                found.setdefault(run, set()).add(number)
        return found


def _count(run: int, done: Recorded, numbers: set[int]) -> None:
    counts = {name: len(numbers.intersection(getattr(done, name))) for name in ("sent", "twice", "failed")}
    changes = {name: F(name) + count for name, count in counts.items() if count}
    mended = {"trouble": "", "trouble_since": None} if counts["sent"] else {}
    if changes:
        Run.objects.filter(pk=run).update(**changes, **mended)


def _trouble(batch: Batch, why: str, *, now: datetime) -> None:
    """Nothing was tried: all goes back, and what is wrong stands where administrators look."""
    log.warning("mail_server_away", why=why)
    with transaction.atomic():
        bulk.release(batch, why=why, at=now)
        Run.objects.under_way().update(trouble=why[:200], trouble_since=Coalesce(F("trouble_since"), Value(now)))


# --- what may go -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Gate:
    """What may go, as it was read at ``read``: how many a minute together, and by domain; ``open`` or not."""

    read: float
    is_open: bool
    together: int | None
    rates: dict[str, int]


def _gate(now: datetime) -> Gate:
    timetable = Timetable.objects.in_force(now)
    return Gate(
        read=time.monotonic(),
        is_open=may_send(now, timetable),
        together=timetable.per_minute,
        rates=Rate.objects.in_force(now),
    )


def _claimed(gate: Gate, *, clock: Clock) -> Batch:
    """The next mails that may go now: no more than their domains, and all together, take at present."""
    if not gate.is_open:
        return bulk.claim({}, clock=clock)
    if gate.together is None and not gate.rates:
        return bulk.claim({lanes.COMMON: BATCH}, clock=clock)  # one statement, which is its own transaction
    return _claimed_within_bounds(gate, clock=clock)


@transaction.atomic
def _claimed_within_bounds(gate: Gate, *, clock: Clock) -> Batch:
    now, together = clock(), gate.together
    most = lanes.take(lanes.TOGETHER, per_minute=together, wanted=BATCH, now=now) if together else BATCH
    if not most:
        return bulk.claim({}, clock=clock)
    wanted = _shares(gate.rates, most, now=now)
    batch = bulk.claim(wanted, clock=clock)
    got = dict.fromkeys(wanted, 0)
    for message in batch.messages.values():
        got[message.lane] += 1
    for lane, count in wanted.items():
        if lane != lanes.COMMON:
            lanes.give_back(lane.removeprefix(lanes.OF_DOMAIN), count - got[lane])
    if together:
        lanes.give_back(lanes.TOGETHER, most - len(batch.messages))
    return batch


def _shares(rates: dict[str, int], most: int, *, now: datetime) -> dict[str, int]:
    """How many of each lane; bounded domains first, in any order, for they cannot make up for what they leave."""
    found: dict[str, int] = {}
    for domain in random.sample(sorted(rates), len(rates)):
        lane = f"{lanes.OF_DOMAIN}{domain}"
        if left := most - sum(found.values()):
            wanted = min(left, Message.objects.filter(**_due(lane, now))[:left].count())
            found[lane] = lanes.take(domain, per_minute=rates[domain], wanted=wanted, now=now) if wanted else 0
    return {**{lane: count for lane, count in found.items() if count}, lanes.COMMON: most - sum(found.values())}


def _due(lane: str, now: datetime) -> dict[str, object]:
    return {"lane": lane, "channel": "mail", "state__in": OPEN, "next_attempt_at__lte": now}


def may_send(now: datetime, timetable: Timetable) -> bool:
    """Nobody has stopped a run, and it is no quiet hour."""
    return not is_quiet(now, timetable) and not Run.objects.under_way().filter(stopped_at__isnull=False).exists()


def is_due(now: datetime) -> bool:
    """Whether there is something that may go now, or could but for the domains' bounds."""
    names = [lanes.AT_ONCE]
    if may_send(now, Timetable.objects.in_force(now)):
        names += [lanes.COMMON, *(f"{lanes.OF_DOMAIN}{domain}" for domain in Rate.objects.in_force(now))]
    return any(Message.objects.filter(**_due(lane, now)).exists() for lane in names)


# --- who sends -------------------------------------------------------------------------------------------------------


@contextmanager
def place(number: int) -> Iterator[bool]:
    """Whether this worker has the place, until it ends; of each place there is one in all the house."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [_LOCK, number])
        (got,) = cursor.fetchone() or (False,)
    try:
        yield bool(got)
    finally:
        if got:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_LOCK, number])


def send_for(seconds: float, *, clock: Clock) -> bool:
    """Sends for so long, or until nothing is left that may go now; says whether something is left."""
    until = time.monotonic() + seconds
    with Poster(clock=clock) as poster:
        while time.monotonic() < until:
            try:
                if not poster.send_some():
                    return False
            except Unreachable:
                return False
    return True
