"""Writes to whoever has a meter to read while its window is open: one mail for all of a person's supplies, once a window."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import transaction

from sportello.domain.accounts.notices import mailed
from sportello.domain.activities.kinds.self_reading import texts, windows
from sportello.domain.activities.kinds.self_reading.sheets import Sheet, sheets_of
from sportello.domain.activities.kinds.self_reading.telling import supply_in_words
from sportello.domain.activities.kinds.self_reading.windows import window_on
from sportello.domain.activities.models import ReadingRules, Reminded, ReminderChoice
from sportello.domain.customers.models import CustomerAccess, Supply
from sportello.domain.customers.models.parties import SupplyStatus
from sportello.domain.messages.links import Link
from sportello.domain.people.models import User

ROME = ZoneInfo("Europe/Rome")
FIRST_HOUR, LAST_HOUR = 8, 20  # in Italy; between them the job may still make up for a worker that was down
KIND = "reading"
PORTION = 100  # people looked at together; of more, PostgreSQL would rather read whole tables
MOST_NAMED = 8  # supplies in one mail; of more, how many


def remind(*, now: datetime) -> int:
    """Writes what has not been written yet; run again it writes nothing. Says how many mails."""
    local = now.astimezone(ROME)
    if not FIRST_HOUR <= local.hour < LAST_HOUR:
        return 0
    services = _open_services(local.date())
    if not services:
        return 0
    return sum(_remind_portion(people, services, today=local.date(), now=now) for people in _people())


def _open_services(today: date) -> list[str]:
    """Services that have a window, open today; what is never closed is no reason to write."""
    rules = {row.service: row for row in ReadingRules.objects.filter(valid_from__lte=today).order_by("valid_from")}
    windows = {
        service: window_on(today, opens_day=row.opens_day, closes_day=row.closes_day) for service, row in rules.items()
    }
    return [service for service, window in windows.items() if window.open and window.opens]


def _people() -> Iterator[Sequence[User]]:
    """Logins with an address who have not said that they do not want this, some at a time."""
    unwilling = ReminderChoice.objects.filter(kind=KIND, wanted=False).values("user")
    willing = User.objects.filter(is_active=True).exclude(email="").exclude(pk__in=unwilling).order_by("pk")
    last = 0
    while portion := list(willing.filter(pk__gt=last)[:PORTION]):
        yield portion
        last = portion[-1].pk


def _remind_portion(people: Sequence[User], services: Sequence[str], *, today: date, now: datetime) -> int:
    seen: defaultdict[str, list[int]] = defaultdict(list)
    for user, customer in CustomerAccess.objects.filter(user__in=people, ended_at=None).values_list(
        "user_id", "customer_id"
    ):
        seen[customer].append(user)
    supplies = Supply.objects.filter(
        customer__in=list(seen), service__in=services, status__in=[SupplyStatus.ACTIVE, SupplyStatus.SUSPENDED]
    )
    mine: defaultdict[int, list[Sheet]] = defaultdict(list)
    for sheet in sheets_of(list(supplies.order_by("code")), today=today):
        if is_wanted(sheet):
            for user in seen[sheet.supply.customer_id]:
                mine[user].append(sheet)
    return sum(_remind_one(person, mine[person.pk], now=now) for person in people if mine[person.pk])


def is_wanted(sheet: Sheet) -> bool:
    """A reading can be given, its window is open, and nobody has read the meter since; what waits counts as read."""
    if sheet.why_not or sheet.earlier is not None:
        return False
    return windows.is_wanted(sheet.window, last_read_on=max((known.read_on for known in sheet.known), default=None))


@transaction.atomic
def _remind_one(person: User, sheets: Sequence[Sheet], *, now: datetime) -> bool:
    User.objects.locked(person.pk)  # whoever else runs at this moment waits, and then finds it done
    codes = [sheet.supply.code for sheet in sheets]
    done = set(Reminded.objects.filter(user=person, supply_code__in=codes).values_list("supply_code", "opens"))
    new = [sheet for sheet in sheets if (sheet.supply.code, sheet.window.opens) not in done]
    if not new:
        return False
    Reminded.objects.bulk_create(
        Reminded(user=person, supply_code=sheet.supply.code, opens=sheet.window.opens, at=now)
        for sheet in new
        if sheet.window.opens
    )
    until = min(sheet.window.closes for sheet in new if sheet.window.closes)
    return mailed(
        texts.REMINDER,
        to=person.email,
        name=person.get_full_name(),
        language=person.language,
        values={"supplies": _named(new, language=person.language), "until": f"{until:%d/%m/%Y}"},
        now=now,
        page=Link("readings"),
        about=("user", str(person.pk)),
    )


def _named(sheets: Sequence[Sheet], *, language: str) -> str:
    names = [supply_in_words(sheet.supply, language=language) for sheet in sheets[:MOST_NAMED]]
    rest = len(sheets) - MOST_NAMED
    return "; ".join([*names, *([f"+ {rest}"] if rest > 0 else [])])
