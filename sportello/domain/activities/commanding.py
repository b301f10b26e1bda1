"""What a request tells billing: its commands as rows of the ledger, and what has become of them."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Final, Literal

from django.conf import settings

from sportello.billing.commands import Command
from sportello.billing.loading import connector
from sportello.domain.activities.models import Activity, IllegalMove
from sportello.domain.ledger import by_hand, writing
from sportello.domain.ledger.encoding import encode
from sportello.domain.ledger.models import LedgerRow, State

FOLLOWS: Final = "activities.settle"
EXECUTE: Final = "x"  # what executes it when billing has done it all
AT_ONCE: Final = "a"  # what goes along with its opening
AT_END: Final = "e"  # what goes along with its end
Sort = Literal["x", "a", "e"]
TAIL: Final = re.compile(r"(?P<sort>[xae])\d+(?:r(?P<round>\d+))?(?:t(?P<try>\d+))?")  # of a key


def are_taken(commands: Sequence[Command]) -> bool:
    """Whether billing executes all of these; what it does not is an operator's work."""
    capabilities = connector(settings.BILLING_CONNECTOR).capabilities
    return all(capabilities.takes(each) for each in commands)


def send(activity: Activity, commands: Sequence[Command], *, sort: Sort, now: datetime) -> None:
    """Puts those that billing takes into the ledger; each time as commands of their own. In the caller's transaction."""
    begun = LedgerRow.objects.about("activity", activity.number).count()
    mark = _mark(activity, sort)
    for number, command in enumerate([each for each in commands if are_taken([each])], start=begun + 1):
        # Not the number alone: after a restore from a backup the same one may be given again, to another request.
        key = f"request-{activity.number}-{(activity.once or '')[:8]}-{sort}{number}{mark}"
        writing.enqueue(command, key=key, about=("activity", activity.number), follows=FOLLOWS, now=now)


def send_again(activity: Activity, commands: Sequence[Command], *, by_id: int, now: datetime) -> None:
    """Of ``commands``, those that billing has not done yet in this round: what is dead with the same key, for it may have
    got there, what was refused as a new one. Raises IllegalMove."""
    dead = [row for row in standing(activity) if row.state == State.DEAD]
    if dead:
        for row in dead:
            # The rows that wait behind it are of the same request: they overtake nothing.
            _as_operator(partial(by_hand.replay, row.key, now=now, force=True, actor_id=by_id))
        return
    done = [row for row in standing(activity) if row.state == State.ACKNOWLEDGED]
    send(activity, [each for each in commands if not any(_is_of(row, each) for row in done)], sort=EXECUTE, now=now)


def rows(activity: Activity, sort: Sort) -> list[LedgerRow]:
    """Its commands of this sort, the oldest first; of what shall execute it, those of the present round."""
    mine = LedgerRow.objects.about("activity", activity.number).order_by("pk")
    tails = [(row, TAIL.fullmatch(row.key.rpartition("-")[2])) for row in mine]
    of_round = str(activity.round) if sort == EXECUTE else None
    return [
        row
        for row, tail in tails
        if tail and tail["sort"] == sort and (of_round is None or (tail["round"] or "0") == of_round)
    ]


def standing(activity: Activity) -> list[LedgerRow]:
    """Those that say how its execution stands: without what was refused and has been sent anew since."""
    mine = rows(activity, EXECUTE)
    last = max((_try_of(row) for row in mine), default=0)
    return [row for row in mine if row.state == State.ACKNOWLEDGED or _try_of(row) == last]


def under_way(activity: Activity) -> list[LedgerRow]:
    """Those that shall execute it and that billing has not done, nor refused for good."""
    return [row for row in rows(activity, EXECUTE) if row.state in (State.QUEUED, State.SENT, State.HELD)]


def take_back(activity: Activity, *, now: datetime) -> bool:
    """Takes back what shall execute it; False where a worker has had any of it in hand already."""
    waiting = under_way(activity)
    if any(row.attempts for row in waiting) or len(waiting) < len(rows(activity, EXECUTE)):
        return False
    return all(writing.cancel(row.key, now=now) for row in waiting)


def give_up(activity: Activity, *, by_id: int | None, now: datetime) -> None:
    """What could not be sent will not be sent any more. Raises IllegalMove."""
    for row in rows(activity, EXECUTE):
        if row.state == State.DEAD:
            _as_operator(partial(by_hand.give_up, row.key, now=now, actor_id=by_id))


def _mark(activity: Activity, sort: Sort) -> str:
    """What tells the rows of a later round, and of a later try, from those before."""
    if sort != EXECUTE:
        return ""
    tries = [_try_of(row) for row in rows(activity, EXECUTE)]
    again = f"t{max(tries) + 1}" if tries else ""
    return (f"r{activity.round}" if activity.round else "") + again


def _try_of(row: LedgerRow) -> int:
    tail = TAIL.fullmatch(row.key.rpartition("-")[2])
    return int(tail["try"] or 0) if tail else 0


def _is_of(row: LedgerRow, command: Command) -> bool:
    """Secrets may be gone from the row by now."""
    return row.name == type(command).__name__ and row.command.items() <= encode(command).items()


def _as_operator(verb: Callable[[], LedgerRow]) -> None:
    try:
        verb()
    except (by_hand.NotInThisState, by_hand.Overtaken, by_hand.Forgotten) as error:
        raise IllegalMove("its command cannot be touched any more") from error
