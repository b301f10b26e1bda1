"""What a person may do to a row: hold it back, let it go, send it again, give it up. Each act goes into the journal."""

from datetime import datetime
from typing import Final

from django.db import transaction

from sportello.domain.journal.models import record
from sportello.domain.ledger import jobs
from sportello.domain.ledger.encoding import secrets
from sportello.domain.ledger.models import LedgerRow, State
from sportello.domain.ledger.settling import settle

GIVEN_UP: Final = "given up by hand"
PENDING: Final = (State.QUEUED, State.DEAD, State.HELD)
REPLAYED: Final = (State.REFUSED, State.DEAD)


class NoSuchRow(Exception):
    """No row has this key."""


class NotInThisState(Exception):
    """The row is not in a state in which this can be done; ``state`` is the one it is in."""

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self.state = state


class Overtaken(Exception):
    """A later row about the same, ``key``, has gone to billing or waits to: what was sent now would undo it."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


class Forgotten(Exception):
    """What was secret in the command was taken out at its end; it cannot be sent again."""


@transaction.atomic
def hold(key: str, *, now: datetime, actor_id: int | None = None) -> LedgerRow:
    """Keeps a waiting row back until it is released. Raises NoSuchRow, and NotInThisState where a worker has it."""
    row = _locked(key)
    _must_be(row, State.QUEUED)
    LedgerRow.objects.filter(pk=row.pk).update(state=State.HELD)
    return _recorded("ledger.held", row, now=now, actor_id=actor_id)


@transaction.atomic
def release(key: str, *, now: datetime, force: bool = False, actor_id: int | None = None) -> LedgerRow:
    """Lets a held row go, at once. Raises NoSuchRow, NotInThisState, and Overtaken unless ``force``."""
    row = _locked(key)
    _must_be(row, State.HELD)
    return _queued("ledger.released", row, now=now, force=force, actor_id=actor_id)


@transaction.atomic
def replay(key: str, *, now: datetime, force: bool = False, actor_id: int | None = None) -> LedgerRow:
    """Sends a refused or dead row again, with the same key. Raises NoSuchRow, NotInThisState, Forgotten, and Overtaken
    unless ``force``."""
    row = _locked(key)
    _must_be(row, *REPLAYED)
    if secrets(row.name) - row.command.keys():
        raise Forgotten
    return _queued("ledger.replayed", row, now=now, force=force, actor_id=actor_id)


@transaction.atomic
def give_up(key: str, *, now: datetime, why: str = "", actor_id: int | None = None) -> LedgerRow:
    """Cancels a row that waits, is dead or held; where it has been tried, billing may have done it all the same.

    Raises NoSuchRow, and NotInThisState where a worker has it or it has come to its end.
    """
    row = _locked(key)
    _must_be(row, *PENDING)
    settle(row, State.CANCELLED, now=now, reason=why or GIVEN_UP)
    return _recorded("ledger.cancelled", row, now=now, actor_id=actor_id, tried=row.attempts, why=why)


def _locked(key: str) -> LedgerRow:
    customer_code = LedgerRow.objects.filter(key=key).values_list("customer_code", flat=True).first()
    if customer_code is None:
        raise NoSuchRow
    # The job first, as everywhere: this row, or one that waits for it, may go now.
    jobs.defer_sending([customer_code])
    return LedgerRow.objects.select_for_update().get(key=key)


def _must_be(row: LedgerRow, *states: State) -> None:
    if row.state not in states:
        raise NotInThisState(row.state)


def _queued(name: str, row: LedgerRow, *, now: datetime, force: bool, actor_id: int | None) -> LedgerRow:
    if not force and (later := _later(row)):
        raise Overtaken(later.key)
    LedgerRow.objects.filter(pk=row.pk).update(
        state=State.QUEUED, next_attempt_at=now, settled_at=None, errors=0, reason="", field=""
    )
    return _recorded(name, row, now=now, actor_id=actor_id, forced=force)


def _later(row: LedgerRow) -> LedgerRow | None:
    if not row.about_key:
        return None
    later = LedgerRow.objects.about(row.about_kind, row.about_key).filter(pk__gt=row.pk)
    return later.exclude(state__in=[State.REFUSED, State.CANCELLED]).order_by("-pk").first()


def _recorded(
    name: str, row: LedgerRow, *, now: datetime, actor_id: int | None, **detail: str | int | bool
) -> LedgerRow:
    record(
        name,
        now=now,
        actor_id=actor_id,
        about=("ledger", row.key),
        customer_code=row.customer_code,
        was=row.state,
        **detail,
    )
    if row.follows:
        jobs.defer_follow(row.follows, customer_code=row.customer_code)
    row.refresh_from_db()
    return row
