"""What a request tells billing: its commands as rows of the ledger, and what has become of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal

from django.conf import settings

from sportello.billing.commands import Command
from sportello.billing.loading import connector
from sportello.domain.activities.models import Activity
from sportello.domain.ledger import writing
from sportello.domain.ledger.models import LedgerRow, State

FOLLOWS: Final = "activities.settle"
EXECUTE: Final = "x"  # what executes it when billing has done it all
AT_ONCE: Final = "a"  # what goes along with its opening
AT_END: Final = "e"  # what goes along with its end
Sort = Literal["x", "a", "e"]


def are_taken(commands: Sequence[Command]) -> bool:
    """Whether billing executes all of these; what it does not is an operator's work."""
    taken = connector(settings.BILLING_CONNECTOR).capabilities.commands
    return all(type(each).__name__ in taken for each in commands)


def send(activity: Activity, commands: Sequence[Command], *, sort: Sort, now: datetime) -> None:
    """Puts those that billing takes into the ledger; each time as commands of their own. In the caller's transaction."""
    begun = LedgerRow.objects.about("activity", activity.number).count()
    for number, command in enumerate([each for each in commands if are_taken([each])], start=begun + 1):
        # Not the number alone: after a restore from a backup the same one may be given again, to another request.
        key = f"request-{activity.number}-{(activity.once or '')[:8]}-{sort}{number}"
        writing.enqueue(command, key=key, about=("activity", activity.number), follows=FOLLOWS, now=now)


def rows(activity: Activity, sort: Sort) -> list[LedgerRow]:
    """Its commands of this sort, the oldest first."""
    mine = LedgerRow.objects.about("activity", activity.number).order_by("pk")
    return [row for row in mine if row.key.rpartition("-")[2].startswith(sort)]


def under_way(activity: Activity) -> list[LedgerRow]:
    """Those that shall execute it and that billing has not done, nor refused for good."""
    return [row for row in rows(activity, EXECUTE) if row.state in (State.QUEUED, State.SENT, State.HELD)]


def take_back(activity: Activity, *, now: datetime) -> bool:
    """Takes back what shall execute it; False where a worker has had any of it in hand already."""
    waiting = under_way(activity)
    if any(row.attempts for row in waiting) or len(waiting) < len(rows(activity, EXECUTE)):
        return False
    return all(writing.cancel(row.key, now=now) for row in waiting)
