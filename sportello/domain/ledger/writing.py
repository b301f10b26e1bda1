"""Puts a command into the ledger in the transaction that causes it, so that both happen or neither."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection, transaction

from sportello.billing.commands import Command
from sportello.domain.ledger import jobs
from sportello.domain.ledger.encoding import encode, secrets
from sportello.domain.ledger.models import LedgerRow, State
from sportello.domain.ledger.settling import settle

PORTION = 1_000
REPLACED: Final = "another one took its place"


class KeyTaken(ValueError):
    """This key belongs to another command."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One command to be written; see ``enqueue``."""

    command: Command
    key: str
    about: tuple[str, str]
    follows: str = ""


@transaction.atomic
def enqueue(
    command: Command, *, key: str, about: tuple[str, str], follows: str, now: datetime, instead: bool = False
) -> LedgerRow:
    """Writes a command and defers the job that sends it; the same key again gives the same row.

    ``about`` is kind and key of what it is of: it waits for an earlier one about the same. ``instead``: it takes the place
    of earlier ones about the same that were never sent, or are dead. ``follows`` is a job that gets ``customer_codes``, a
    list, once billing has answered or the row is dead; "" for none. Raises KeyTaken.
    """
    # The job first: then the numbers of a customer's rows are in the order in which they are committed.
    jobs.defer_sending([command.customer_code])
    row = _row(Entry(command=command, key=key, about=about, follows=follows), now)
    if instead:
        _make_way([row], now=now)
    LedgerRow.objects.bulk_create([row], ignore_conflicts=True)
    kept = LedgerRow.objects.get(key=key)
    # Secrets may be gone from it by now.
    if kept.name != row.name or not kept.command.items() <= row.command.items():
        raise KeyTaken
    return kept


@transaction.atomic
def enqueue_many(entries: Sequence[Entry], *, now: datetime) -> None:
    """Writes thousands of commands that nobody waits for, each ``instead`` of earlier ones; they go when nothing else does.

    A key that is there already is left as it is.
    """
    for start in range(0, len(entries), PORTION):
        rows = [_row(each, now) for each in entries[start : start + PORTION]]
        jobs.defer_sending([row.customer_code for row in rows], priority=jobs.WHEN_IDLE)
        _make_way(rows, now=now)
        LedgerRow.objects.bulk_create(rows, ignore_conflicts=True)


@transaction.atomic
def cancel(key: str, *, now: datetime) -> bool:
    """Takes back a command that no worker has had in hand yet; True if it will never reach billing."""
    customer_code = LedgerRow.objects.filter(key=key).values_list("customer_code", flat=True).first()
    if customer_code is None:
        return True
    jobs.defer_sending([customer_code])  # another row may have waited for it
    row = LedgerRow.objects.select_for_update().get(key=key)
    if row.state in (State.QUEUED, State.HELD) and not row.attempts:
        settle(row, State.CANCELLED, now=now)
        return True
    return row.state == State.CANCELLED and not row.attempts


_MAKE_WAY = """
    UPDATE ledger_ledgerrow
    SET state = 'cancelled', settled_at = %(now)s, taken_until = NULL, reason = %(reason)s,
        command = command - %(secrets)s::text[]
    WHERE about_kind = %(kind)s AND about_key = ANY(%(keys)s) AND name = %(name)s
        AND (state = 'dead' OR state IN ('queued', 'held') AND attempts = 0)
"""


def _make_way(rows: Sequence[LedgerRow], *, now: datetime) -> None:
    there = set(LedgerRow.objects.filter(key__in=[row.key for row in rows]).values_list("key", flat=True))
    new = [row for row in rows if row.key not in there]
    for name, kind in {(row.name, row.about_kind) for row in new}:
        keys = [row.about_key for row in new if (row.name, row.about_kind) == (name, kind)]
        values: dict[str, Any] = {
            "now": now,
            "reason": REPLACED,
            "secrets": [*secrets(name)],
            "kind": kind,
            "keys": keys,
            "name": name,
        }
        with connection.cursor() as cursor:
            cursor.execute(_MAKE_WAY, values)


def _row(entry: Entry, now: datetime) -> LedgerRow:
    kind, key = entry.about
    return LedgerRow(
        key=entry.key,
        name=type(entry.command).__name__,
        command=encode(entry.command),
        customer_code=entry.command.customer_code,
        about_kind=kind,
        about_key=key,
        follows=entry.follows,
        queued_at=now,
        next_attempt_at=now,
    )
