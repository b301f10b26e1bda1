"""Has customers ask, and the office answer, what ``asked`` tells: by the product's own verbs, on days gone by."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from sportello.demo.drawing import picture_of
from sportello.domain.activities import following, handling, opening, proving, visiting
from sportello.domain.activities.kinds.base import RequestForm, RequestKind, Scope, scope_of
from sportello.domain.activities.kinds.catalogue import KINDS
from sportello.domain.activities.kinds.visitor import PREFIX, VisitorForm, clock
from sportello.domain.activities.models import Activity, ActivityKind, Channel
from sportello.domain.customers.models import Customer
from sportello.domain.files import attachments
from sportello.domain.files.attachments import Attached
from sportello.domain.ledger import sending
from sportello.domain.messages.models import Message
from sportello.domain.people.models import User

ROME = ZoneInfo("Europe/Rome")
MINUTE = timedelta(minutes=1)
BROWSER = "demo"  # of all visitors
READS_AND_TYPES = timedelta(minutes=2)
Typed = str | timedelta  # a timedelta is a day, counted from that of the request


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What was done so many days ago: a verb of ``handling``, or ``billing``, which is the worker's turn. ``by`` is an
    operator, "" for the customer. ``picture`` is what a photo shows that came along."""

    what: str
    days_ago: int
    at: str = "10:20"
    by: str = ""
    text: str = ""
    picture: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One request. ``who`` is a login, or a visitor's name; ``visitor`` says how that one wants to be answered. What has to
    be chosen and is not typed is the one that stands at ``pick`` on offer."""

    key: str
    who: str
    kind: ActivityKind
    days_ago: int
    at: str = "18:40"
    customer: str = ""
    typed: Mapping[str, Typed]
    pick: int = 0
    first_supply: bool = False  # about this one, where it need not be about any
    visitor: Mapping[str, str] | None = None
    picture: str = ""
    then: Sequence[Act] = ()


def moment(today: date, days_ago: int, at: str) -> datetime:
    return datetime.combine(today - timedelta(days=days_ago), time.fromisoformat(at), ROME)


@dataclass(frozen=True, slots=True, kw_only=True)
class Teller:
    """What has been looked up already: people, and what each customer may choose from."""

    today: date
    people: Mapping[str, User]
    scopes: dict[tuple[str, str], Scope] = field(default_factory=dict)

    def once_of(self, story: Story) -> str:
        carried = f"demo-{story.key}"
        return (
            opening.once_of(None, carried, BROWSER)
            if story.visitor
            else opening.once_of(self.people[story.who], carried)
        )

    def scope_of(self, story: Story, *, day: date) -> Scope:
        """Of the story's customer, or of the only one that its person has."""
        known = (story.who, story.customer)
        if known not in self.scopes:
            user = self.people[story.who]
            mine = Customer.objects.within_reach_of(user)
            customer = mine.get(code=story.customer) if story.customer else mine.get()
            self.scopes[known] = scope_of(user, customer, today=day)
        return replace(self.scopes[known], today=day)


def tell(stories: Sequence[Story], *, today: date) -> None:
    """The oldest first, so that their numbers follow one another; what has been told before is left alone."""
    teller = Teller(today=today, people={user.username: user for user in User.objects.filter(is_demo=True)})
    wanted = {teller.once_of(story): story for story in stories}
    told = set(Activity.objects.filter(once__in=wanted).values_list("once", flat=True))
    new = [story for once, story in wanted.items() if once not in told]
    for story in sorted(new, key=lambda each: (-each.days_ago, each.at, each.key)):
        tell_one(story, teller)


def tell_one(story: Story, teller: Teller) -> None:
    """Whole or not at all, but for billing's part, which workers would make up for."""
    acts = list(story.then)
    with transaction.atomic():
        activity = opened(story, teller)
        while acts and acts[0].what != "billing":
            act(activity, acts.pop(0), teller)
    for each in acts:
        if each.what == "billing":
            bill(activity, now=moment(teller.today, each.days_ago, each.at))
        else:
            act(activity, each, teller)


# --- it is asked -----------------------------------------------------------------------------------------------------


def opened(story: Story, teller: Teller) -> Activity:
    now = moment(teller.today, story.days_ago, story.at)
    kind = KINDS[story.kind]
    if story.visitor is not None:
        return visited(story, kind, now=now)
    user, scope = teller.people[story.who], teller.scope_of(story, day=now.date())
    form = filled(kind, scope, typed(story, kind.form(scope), now.date()), story)
    if form.is_valid() and form.needs_confirmation:
        form = filled(kind, scope, {**form.data, "confirmed": form.digest}, story)
    if form.errors:
        raise ValueError(f"{story.key}: {form.errors.as_json()}")
    return opening.open_request(kind, form, user=user, channel=Channel.PORTAL, now=now)


def typed(story: Story, form: RequestForm, day: date) -> dict[str, Any]:
    """What stands in the form when it is sent: what it began with, and what was typed."""
    if story.first_supply:
        form = type(form)(form.scope, initial={"supply": form.on_offer()[0][0]})
    data = {name: "" if value is None else str(value) for name, value in form.initial.items()}
    data |= {name: in_a_field(value, day) for name, value in story.typed.items()}
    if form.about and form.about not in story.typed and not form.optional_about:
        data[form.about] = form.on_offer()[story.pick][0]
    return {**data, "once": f"demo-{story.key}"}


def in_a_field(value: Typed, day: date) -> str:
    return (day + value).isoformat() if isinstance(value, timedelta) else value


def filled(kind: RequestKind, scope: Scope, data: Mapping[str, Any], story: Story) -> RequestForm:
    return kind.form(scope, data, {"files": [upload(story.picture)]} if story.picture else {})


def visited(story: Story, kind: RequestKind, *, now: datetime) -> Activity:
    said = {"name": story.who, **(story.visitor or {}), "shown": clock(now - READS_AND_TYPES)}
    person = VisitorForm({f"{PREFIX}-{name}": value for name, value in said.items()}, now=now)
    scope = Scope(customer=None, today=now.date())
    form = filled(kind, scope, {**story.typed, "once": f"demo-{story.key}"}, story)
    if not person.is_valid():
        raise ValueError(f"{story.key}: {person.errors.as_json()}")
    return visiting.open_visit(kind, form, person, browser=BROWSER, language="it", now=now)


# --- what comes of it ------------------------------------------------------------------------------------------------


def act(activity: Activity, each: Act, teller: Teller) -> None:
    now = moment(teller.today, each.days_ago, each.at)
    once = f"demo-{activity.number}-{each.what}-{now.isoformat()}"[:40]
    written = {"text": each.text, "files": files(each), "now": now, "once": once}
    if not each.by:
        by_customer(activity, each.what, written, now=now)
        return
    by = teller.people[each.by]
    seen = Activity.objects.values_list("version", flat=True).get(pk=activity.pk)
    verbs: Mapping[str, Callable[..., Activity]] = {
        "take": handling.take,
        "note": handling.note,
        "answer": handling.answer,
        "ask": handling.ask,
        "execute": handling.execute,
        "refuse": handling.refuse,
    }
    ends: dict[str, Any] = {"answer": each.text, "now": now} if each.what in ("execute", "refuse") else written
    what: dict[str, Any] = {"now": now} if each.what == "take" else ends
    verbs[each.what](activity.number, seen=seen, by=by, **what)


def by_customer(activity: Activity, what: str, written: Mapping[str, Any], *, now: datetime) -> None:
    """By who asked; by nobody where that was a visitor."""
    if what == "confirm":
        confirm(activity, written["text"], now=now)
    elif what == "cancel" and activity.opened_by:
        handling.cancel(activity.number, by=activity.opened_by, now=now)
    elif what == "reopen":
        handling.reopen(activity.number, by=activity.opened_by, **written)
    else:
        handling.say(activity.number, by=activity.opened_by, **written)


def confirm(activity: Activity, address: str, *, now: datetime) -> None:
    """Whoever reads the address opens the link in the mail and presses the button."""
    mails = Message.objects.filter(customer_code=activity.customer_code, address=address, kind="prove_invoice_address")
    token: str = (mails.latest("pk").link_arguments or {})["token"]
    proving.prove(token, now=now)


def bill(activity: Activity, *, now: datetime) -> None:
    """The workers' turn: what waits of this customer goes to billing, and the request is where billing's answer brings it."""
    sending.send(activity.customer_code, clock=lambda: now)
    following.follow([activity.customer_code], now=now + MINUTE)


def files(each: Act) -> Sequence[Attached]:
    return [attachments.checked(upload(each.picture))] if each.picture else []


def upload(picture: str) -> SimpleUploadedFile:
    """``picture`` is the file's name and what it shows, line by line."""
    name, *lines = picture.split("\n")
    return SimpleUploadedFile(f"{name}.jpg", picture_of(lines), "image/jpeg")
