"""Who did what to a request, in words: what its journal says, the newest first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from sportello.domain.journal.models import Event
from sportello.domain.people.models import Office, User
from sportello.ui.formats import day

MOST = 100
WORDS: dict[str, str | Promise] = {
    "opened": gettext_lazy("Received"),
    "new": gettext_lazy("Given back"),
    "taken": gettext_lazy("Taken in charge"),
    "handed_over": gettext_lazy("Taken over"),
    "waiting": gettext_lazy("Asked the customer for something"),
    "exported": gettext_lazy("Arrived at billing"),
    "assigned": gettext_lazy("Given to %(who)s"),
    "moved": gettext_lazy("Moved to %(who)s, because who had it is away"),
    "assignment_undone": gettext_lazy("Undone: with %(who)s again"),
    "said_done": gettext_lazy("Said that it is done"),
    "said_missing": gettext_lazy("Said that something is missing"),
    "agent_granted": gettext_lazy("The agent sees the customer as long as he has it"),
    "by_post": gettext_lazy("Answers leave as letters"),
    "by_mail": gettext_lazy("Answers leave by e-mail"),
    "executed": gettext_lazy("Executed"),
    "refused": pgettext_lazy("request", "Refused"),
    "cancelled": gettext_lazy("Cancelled"),
    "reopened": gettext_lazy("Reopened"),
    "waits_kept": gettext_lazy("Kept to be looked at"),
    "waits_refused": gettext_lazy("Refused by billing"),
    "waits_dead": gettext_lazy("Could not be sent to billing"),
    "waits_settled": gettext_lazy("The invoice has been paid or withdrawn meanwhile"),
    "waits_collection": gettext_lazy("Billing has not suspended or resumed the collection"),
    "waits_stopped": gettext_lazy("Waits until an operator has made sure"),
    "stopped_by_link": gettext_lazy("Stopped by who was told of it"),
    "objected_by_link": gettext_lazy("Disputed by who was told of it"),
    "carried_on": gettext_lazy("Goes on: an operator has made sure"),
    "stays_stopped": gettext_lazy("Stays cancelled"),
    "made_sure": gettext_lazy("It was the customer's own: an operator has made sure"),
    "seen_to": gettext_lazy("Message read, nothing to answer"),
    "goes_on": gettext_lazy("Goes on"),
    "sent": gettext_lazy("Sent to billing"),
    "message": gettext_lazy("The customer wrote"),
    "answer": gettext_lazy("Answered"),
    "note": gettext_lazy("Took a note"),
    "caller_identified": gettext_lazy("Asked by telephone, the caller identified"),
    "cleared": gettext_lazy("Not from a machine"),
}


GIVEN = ("assigned", "moved", "assignment_undone")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """``what`` is the event's last word, ``by`` "" for what happened by itself or was done by a visitor."""

    what: str
    words: str | Promise
    by: str
    by_id: int | None
    at: datetime


def story_of(number: str) -> list[Told]:
    """Looks at the page are not in it."""
    events = Event.objects.about("activity", number).filter(name__startswith="activities.")
    found = list(events.select_related("actor").order_by("-at", "-id")[:MOST])
    names = _names(found)
    return [_told(each, names) for each in found]


def _names(events: Sequence[Event]) -> Mapping[tuple[str, int], str]:
    """Of the people and offices that they name by number."""
    people = {each.detail.get("owner") for each in events} - {None, 0}
    offices = {each.detail.get("office") for each in events} - {None, 0}
    known: dict[tuple[str, int], str] = {}
    if people:
        known |= {("owner", each.pk): each.get_full_name() for each in User.objects.filter(pk__in=people)}
    if offices:
        known |= {("office", each.pk): each.name for each in Office.objects.filter(pk__in=offices)}
    return known


def _given(event: Event, words: str | Promise, names: Mapping[tuple[str, int], str]) -> str:
    """With whom it was given to, and the day."""
    found = (names.get((name, event.detail.get(name, 0))) for name in ("owner", "office"))
    given = str(words) % {"who": ", ".join(dict.fromkeys(filter(None, found))) or _("nobody")}
    due_on = event.detail.get("due_on", "")
    return f"{given}, {_due_changed(event).lower()}" if due_on else given


def since(story: Sequence[Told], changes: int) -> Sequence[Told]:
    """What happened in the last ``changes`` changes: each of them has one line."""
    return story[: max(changes, 1)]


def _told(event: Event, names: Mapping[tuple[str, int], str]) -> Told:
    what = _what(event.name)
    words = WORDS.get(what, what)
    if what in GIVEN:
        words = _given(event, words, names)
    if what == "due_changed":
        words = _due_changed(event)
    if what == "taken" and event.actor is not None and not event.actor.roles:
        words = _("The customer has answered; it goes on")
    by = event.actor.get_full_name() or event.actor.get_username() if event.actor else ""
    return Told(what=what, words=words, by=by, by_id=event.actor_id, at=event.at)


def _what(name: str) -> str:
    """Of activities.information_handed_over what happened, whatever the kind is called."""
    known = [what for what in (*WORDS, "due_changed") if name.endswith((f"_{what}", f".{what}"))]
    return max(known, key=len, default=name)


def _due_changed(event: Event) -> str:
    due_on = event.detail.get("due_on", "")
    if not due_on:
        return _("No day by which it is due any more")
    words = {"day": day(date.fromisoformat(due_on))}
    if event.detail.get("past_the_limit"):
        return _("Due by %(day)s, later than the regulator allows") % words
    return _("Due by %(day)s") % words


def acted(story: Sequence[Told], user: User, *what: str) -> bool:
    """Whether the last thing that happened is one of these, by this person."""
    return bool(story) and story[0].by_id == user.pk and story[0].what in what
