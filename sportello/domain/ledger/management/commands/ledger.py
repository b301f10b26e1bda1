"""Shows what goes to billing and what has become of it, and lets a person hold, release, send again or give up a row."""

from collections.abc import Callable, Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Count
from django.utils import timezone

from sportello.domain.ledger import by_hand
from sportello.domain.ledger.models import LedgerRow, Outage, State

MOST = 200
# Of a command only what says which reading it is; everything else may be personal or secret.
SHOWN = ("supply_code", "meter_code", "read_on", "values", "replaces", "approved", "expires_on")
LATER = {
    State.HELD: "It is held: release it first, or cancel it.",
    State.SENT: "A worker has it in hand in this moment: try again in two minutes.",
    State.QUEUED: "It waits to be sent.",
    State.DEAD: "It is dead: replay it, or cancel it.",
    State.ACKNOWLEDGED: "Billing has done it.",
    State.REFUSED: "Billing has refused it: it can only be replayed.",
    State.CANCELLED: "It was cancelled.",
}


class Command(BaseCommand):
    help = "What goes to billing: one row a command, in order for each customer."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        rows = verbs.add_parser("list", help="how many there are in each state, and the newest that match")
        rows.add_argument("--state", choices=State.values, help="only those in this state")
        rows.add_argument("--customer", metavar="CODE", help="only those of this customer")
        for verb, text in (
            ("show", "all about one row"),
            ("hold", "keep a waiting row back"),
            ("release", "let a held row go"),
            ("replay", "send a refused or dead row again, with the same key"),
            ("cancel", "give up a row that waits, is held or dead"),
        ):
            one = verbs.add_parser(verb, help=text)
            one.add_argument("key")
            if verb in ("release", "replay"):
                one.add_argument("--force", action="store_true", help="though a later one about the same has gone")
            if verb == "cancel":
                one.add_argument("--why", default="", help="goes into the journal: no personal data")

    def handle(self, *, verb: str, key: str = "", **options: Any) -> None:
        if verb == "list":
            self.lines(listed(state=options["state"], customer_code=options["customer"]))
        elif verb == "show":
            self.lines(shown(self.row(key)))
        elif verb == "hold":
            self.act(by_hand.hold, key)
            self.stdout.write(f"{key} is held; rows about the same wait for it.")
        elif verb == "release":
            self.act(by_hand.release, key, force=options["force"])
            self.stdout.write(f"{key} is let go.")
        elif verb == "replay":
            self.act(by_hand.replay, key, force=options["force"])
            self.stdout.write(f"{key} is sent again.")
        else:
            row = self.act(by_hand.give_up, key, why=options["why"])
            tried = " It had been tried: look whether billing has done it." if row.attempts else ""
            self.stdout.write(f"{key} is cancelled.{tried}")

    def lines(self, lines: Iterator[str]) -> None:
        for line in lines:
            self.stdout.write(line)

    def row(self, key: str) -> LedgerRow:
        row = LedgerRow.objects.filter(key=key).first()
        if row is None:
            raise CommandError(f"No row has the key {key}.")
        return row

    def act(self, verb: Callable[..., LedgerRow], key: str, **options: Any) -> LedgerRow:
        try:
            return verb(key, now=timezone.now(), **options)
        except by_hand.NoSuchRow:
            raise CommandError(f"No row has the key {key}.") from None
        except by_hand.NotInThisState as error:
            raise CommandError(f"Nothing was changed. {LATER[State(error.state)]}") from None
        except by_hand.Overtaken as error:
            raise CommandError(
                f"Nothing was changed. {error.key} is about the same and came later; with --force it goes all the same."
            ) from None
        except by_hand.Forgotten:
            raise CommandError("Nothing was changed. The code in it was forgotten: issue a new one.") from None


def listed(*, state: str | None, customer_code: str | None) -> Iterator[str]:
    rows = LedgerRow.objects.all()
    if customer_code:
        rows = rows.filter(customer_code=customer_code)
    counts = dict(rows.values_list("state").annotate(count=Count("pk")).order_by())
    yield ", ".join(f"{counts[each]} {each}" for each in State.values if each in counts) or "There is nothing."
    for outage in Outage.objects.all():
        yield f"Billing has not answered since {_time(outage.since)}, {outage.failures} times in a row."
    if state:
        rows = rows.filter(state=state)
    for row in rows.order_by("-pk")[:MOST]:
        reason = f"  {row.reason}" if row.reason else ""
        yield f"{row.key}  {row.state}  {row.name}  {row.customer_code}  {_time(row.queued_at)}{reason}"


def shown(row: LedgerRow) -> Iterator[str]:
    facts = {
        "state": row.state,
        "command": row.name,
        "customer": row.customer_code,
        "about": f"{row.about_kind} {row.about_key}".strip(),
        "queued": _time(row.queued_at),
        "attempts": f"{row.attempts}, {row.errors} unforeseen errors" if row.errors else row.attempts,
        "last sent": _time(row.sent_at),
        "next attempt": _time(row.next_attempt_at) if row.state == State.QUEUED else "",
        "in hand until": _time(row.taken_until),
        "settled": _time(row.settled_at),
        "billing's reference": row.reference,
        "done before": "yes, with the same key" if row.duplicate else "",
        "reason": row.reason,
        "field": row.field,
        **{f"  {name}": _value(row.command[name]) for name in SHOWN if row.command.get(name) not in (None, False)},
    }
    yield row.key
    for name, value in facts.items():
        if value != "":
            yield f"  {name}: {value}"


def _value(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(f"{each.get('register')} {each.get('value')}" for each in value if isinstance(each, dict))
    return str(value)


def _time(moment: Any) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M:%S}" if moment else ""
