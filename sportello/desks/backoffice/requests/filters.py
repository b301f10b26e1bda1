"""What the list of requests is narrowed to: kind, state, term, whose it is, who asks; and words to look for."""

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlencode

from django import forms
from django.core.paginator import Paginator
from django.db.models import IntegerField, Q, QuerySet, Subquery
from django.http import HttpRequest, QueryDict
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from sportello.desks.backoffice.requests.sorting import Order
from sportello.desks.backoffice.requests.targets import Targets
from sportello.domain.activities.finding import TooMany, asked_for
from sportello.domain.activities.kinds.catalogue import KINDS
from sportello.domain.activities.models import STOPPED, Activity, Attention, Channel, Status, wording
from sportello.domain.activities.models.activity import ActivityQuerySet
from sportello.domain.activities.models.heaps import APART
from sportello.domain.customers.models.parties import Service
from sportello.domain.people.models import User

NOT_ON_OFFER = gettext_lazy("This choice is not available. Choose one from the list.")
MOST = 1_000  # counted, and led to page by page; what is more wants to be narrowed
A_WEEK = timedelta(days=7)
STATES = [
    ("", gettext_lazy("Open")),
    *((status.value, status.label) for status in Status),
    ("all", gettext_lazy("Open and ended")),
]
TERMS = [
    ("", gettext_lazy("Any")),
    ("late", gettext_lazy("Late")),
    ("today", gettext_lazy("Due today")),
    ("week", gettext_lazy("Due within a week")),
]
WHOSE = [
    ("", gettext_lazy("Everybody's")),
    ("mine", gettext_lazy("Mine")),
    ("nobody", gettext_lazy("Nobody's")),
]
WHO = [
    ("", pgettext_lazy("who asks", "Everybody")),
    ("customers", gettext_lazy("Customers")),
    ("visitors", gettext_lazy("Visitors")),
    ("suspect", gettext_lazy("Perhaps from a machine")),
    ("all", gettext_lazy("Everybody, machines too")),
]
WHY = [
    ("", gettext_lazy("Any")),
    ("stopped", gettext_lazy("Stopped at billing")),
    ("wrote", gettext_lazy("The customer wrote")),
    ("unsure", gettext_lazy("Stopped or disputed")),
    ("automatic", gettext_lazy("Those that go by themselves too")),
]


# How it stands with the term: ours where the regulator sets none.
KEPT = [
    ("", gettext_lazy("Any")),
    ("kept", gettext_lazy("Ended in time")),
    ("broken", gettext_lazy("Ended late")),
]
DAY_WORDS = {"invalid": gettext_lazy("Enter a day, such as 24/11/2026.")}
MORE = ("words", "service", "channel", "since", "until", "term")  # what is less often asked for


WHY_WAITING = {"stopped": STOPPED, "wrote": (Attention.WROTE,), "unsure": (Attention.STOPPED,)}


if TYPE_CHECKING:
    Pages = Paginator[int]
else:
    Pages = Paginator


class Choice(forms.ChoiceField):
    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, error_messages={"invalid_choice": NOT_ON_OFFER}, **options)


class RequestFilter(forms.Form):
    """Whatever is not on offer narrows nothing, and is told beside its field."""

    q = forms.CharField(label=gettext_lazy("Number, customer or name"), required=False, max_length=100)
    kind = Choice(label=gettext_lazy("Kind"))
    state = Choice(label=pgettext_lazy("of a request", "State"), choices=STATES)
    due = Choice(label=gettext_lazy("Due"), choices=TERMS)
    whose = Choice(label=gettext_lazy("In charge"), choices=WHOSE)
    office = Choice(label=gettext_lazy("Office"))
    who = Choice(label=gettext_lazy("Who asks"), choices=WHO)
    why = Choice(label=gettext_lazy("How it goes"), choices=WHY)
    words = forms.CharField(label=gettext_lazy("Words in it"), required=False, max_length=100)
    service = Choice(label=gettext_lazy("Service"), choices=[("", gettext_lazy("All services")), *Service.choices])
    channel = Choice(label=gettext_lazy("Channel"), choices=[("", gettext_lazy("Any")), *Channel.choices])
    since = forms.DateField(label=gettext_lazy("Received from"), required=False, error_messages=DAY_WORDS)
    until = forms.DateField(label=gettext_lazy("Received until"), required=False, error_messages=DAY_WORDS)
    term = Choice(label=gettext_lazy("Term"), choices=KEPT)

    def __init__(self, data: QueryDict, colleagues: Targets) -> None:
        super().__init__(data, auto_id="filter-%s")
        cast(forms.ChoiceField, self.fields["whose"]).choices = [*WHOSE, *colleagues.whose()]
        offices = [(str(each.pk), each.name) for each in colleagues.offices]
        cast(forms.ChoiceField, self.fields["office"]).choices = [("", _("Any")), ("none", _("None")), *offices]
        kinds = [(code, kind.title) for code, kind in KINDS.items()]
        cast(forms.ChoiceField, self.fields["kind"]).choices = [("", _("All kinds")), *kinds]
        self.is_valid()

    def chosen(self, name: str) -> str:
        return str(self.cleaned_data.get(name) or "")

    @property
    def narrows(self) -> bool:
        return any(self.chosen(name) for name in self.fields)

    def of(self, user: User, *, today: date) -> ActivityQuerySet:
        """The requests that are wanted, in ``order``."""
        found = Activity.objects.for_staff(user, today)
        found = found.with_the_desks_page() if self.chosen("why") == "automatic" else found.for_the_desk()
        state = self.chosen("state")
        found = found.open() if not state else found if state == "all" else found.filter(status=state)
        found = found.filter(self._term(today), self._whose(user), self._office(), self._who())
        if why := WHY_WAITING.get(self.chosen("why")):
            found = found.filter(attention__in=why)
        if kind := self.chosen("kind"):
            found = found.filter(kind=kind)
        found = self._more(found)
        if typed := self.chosen("q").strip():
            try:
                found = asked_for(found, typed, today=today)
            except TooMany:
                self.add_error("q", _("Too many people are called so. Type more of the name, or the number."))
                found = found.none()
        return self.order.of(found)

    def _more(self, found: ActivityQuerySet) -> ActivityQuerySet:
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        if since:  # nothing is received after it has been written down
            found = found.filter(Q(received_on=None) | Q(received_on__gte=since), opened_at__gte=start_of(since))
        if until:
            written = Q(received_on=None, opened_at__lt=start_of(until + timedelta(days=1)))
            found = found.filter(written | Q(received_on__lte=until))
        if service := self.chosen("service"):
            found = found.filter(supply__service=service)
        if channel := self.chosen("channel"):
            found = found.filter(channel=channel)
        if term := self.chosen("term"):
            found = found.ended_in_time() if term == "kept" else found.ended_late()
        if typed := self.chosen("words").strip():
            whose = self.chosen("whose")
            owner = int(whose) if whose.isdecimal() else None
            query = wording.asked_for(typed, owner_id=owner, since=since, until=until)
            found = found.filter(words=query) if query is not None else found.none()
        return found

    @property
    def asks_more(self) -> bool:
        return any(self[name].value() for name in MORE)

    @property
    def order(self) -> Order:
        """That in which they are to be worked on: the oldest term first, where there is none at the end; what may have ended,
        the newest or the latest term first."""
        if not self.chosen("state"):
            return Order(column="due", backwards=False)
        return Order(column="due" if self.chosen("due") else "number", backwards=True)

    def _term(self, today: date) -> Q:
        return {
            "late": Q(due_on__lt=today),
            "today": Q(due_on=today),
            "week": Q(due_on__gte=today, due_on__lte=today + A_WEEK),
        }.get(self.chosen("due"), Q())

    def _whose(self, user: User) -> Q:
        whose = self.chosen("whose")
        if whose.isdecimal():
            return Q(owner=int(whose))
        return {"mine": Q(owner=user), "nobody": Q(owner=None)}.get(whose, Q())

    def _office(self) -> Q:
        office = self.chosen("office")
        if office.isdecimal():
            return Q(office=int(office))
        return Q(office=None) if office == "none" else Q()

    def _who(self) -> Q:
        """What may come from a machine stands apart, so that it is in nobody's way, until somebody takes it in charge."""
        return {
            "customers": Q(customer__isnull=False),
            "visitors": Q(customer=None) & ~APART,
            "suspect": APART,
            "all": Q(),
        }.get(self.chosen("who"), ~APART)


class Amount(Subquery):
    """How many rows a query gives."""

    template = "(SELECT count(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()


class Counted(Pages):
    """Counts no further than MOST, whatever there is; what lies behind is found by narrowing the list."""

    @cached_property
    def reached(self) -> int:
        return up_to(cast("QuerySet[Any, Any]", self.object_list))

    @property
    def is_more(self) -> bool:
        return self.reached > MOST

    @cached_property
    def count(self) -> int:
        return min(self.reached, MOST)


def start_of(day: date) -> datetime:
    """Its first moment, in Italy."""
    return timezone.make_aware(datetime.combine(day, time()))


def up_to(found: QuerySet[Any, Any]) -> int:
    """How many there are, MOST + 1 where there are more than MOST."""
    return found[: MOST + 1].count()


def counted(user: User, *, today: date) -> dict[str, int]:
    """How many open ones there are in each heap, counted by an index and no further than MOST + 1: one query for all."""
    waiting = Activity.objects.for_staff(user, today).for_the_desk().open()
    real = waiting.exclude(APART)
    heaps = {
        "open": real,
        "mine": real.filter(owner=user),
        "nobody": real.filter(owner=None),
        "late": real.filter(due_on__lt=today),
        "week": real.filter(due_on__gte=today, due_on__lte=today + A_WEEK),
        "wrote": real.filter(attention=Attention.WROTE),
        "stopped": real.filter(attention__in=STOPPED),
        "unsure": real.filter(attention=Attention.STOPPED),
        "suspect": waiting.filter(APART),
    }
    asked = {name: Amount(heap.order_by().values("pk")[: MOST + 1]) for name, heap in heaps.items()}
    counts: dict[str, Any] = dict(User.objects.filter(pk=user.pk).values(**asked).get())
    return counts


def kept(request: HttpRequest, **changes: str) -> str:
    """The list's own questions of this page's address, so that one comes back to the same list; ``changes`` instead of them."""
    names = (*RequestFilter.base_fields, "sort", "page")
    asked = {name: changes.get(name, request.GET.get(name, "")) for name in names}
    found = {name: value for name, value in asked.items() if value}
    return f"?{urlencode(found)}" if found else ""
