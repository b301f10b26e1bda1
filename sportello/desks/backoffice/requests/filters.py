"""What the list of requests is narrowed to: kind, state, term, whose it is, who asks; and words to look for."""

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlencode

from django import forms
from django.core.paginator import Paginator
from django.db.models import IntegerField, Q, QuerySet, Subquery
from django.http import HttpRequest, QueryDict
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from sportello.domain.activities.finding import TooMany, asked_for
from sportello.domain.activities.kinds.catalogue import KINDS
from sportello.domain.activities.models import STOPPED, Activity, Attention, Status
from sportello.domain.activities.models.activity import SUSPECT, ActivityQuerySet
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
    ("", gettext_lazy("Customers and visitors")),
    ("customers", gettext_lazy("Customers")),
    ("visitors", gettext_lazy("Visitors")),
    ("suspect", gettext_lazy("Perhaps from a machine")),
]
WHY = [
    ("", gettext_lazy("Any")),
    ("stopped", gettext_lazy("Stopped at billing")),
    ("wrote", gettext_lazy("The customer wrote")),
    ("unsure", gettext_lazy("Stopped by who was told of it")),
    ("automatic", gettext_lazy("Those that go by themselves too")),
]


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
    due = Choice(label=gettext_lazy("Term"), choices=TERMS)
    whose = Choice(label=gettext_lazy("In charge"), choices=WHOSE)
    who = Choice(label=gettext_lazy("Who asks"), choices=WHO)
    why = Choice(label=gettext_lazy("How it goes"), choices=WHY)

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data, auto_id="filter-%s")
        kinds = [(code, kind.title) for code, kind in KINDS.items()]
        cast(forms.ChoiceField, self.fields["kind"]).choices = [("", _("All kinds")), *kinds]
        self.is_valid()

    def chosen(self, name: str) -> str:
        return str(self.cleaned_data.get(name, ""))

    @property
    def narrows(self) -> bool:
        return any(self.chosen(name) for name in self.fields)

    def of(self, user: User, *, today: date) -> ActivityQuerySet:
        """The requests that are wanted, in the order in which they are to be worked on: the oldest term first, where
        there is none at the end; what may have ended, the newest or the latest term first."""
        found = Activity.objects.all()
        found = found.with_the_desks_page() if self.chosen("why") == "automatic" else found.for_the_desk()
        state = self.chosen("state")
        found = found.open() if not state else found if state == "all" else found.filter(status=state)
        found = found.filter(self._term(today), self._whose(user), self._who())
        if why := WHY_WAITING.get(self.chosen("why")):
            found = found.filter(attention__in=why)
        if kind := self.chosen("kind"):
            found = found.filter(kind=kind)
        if typed := self.chosen("q").strip():
            try:
                found = asked_for(found, typed, today=today)
            except TooMany:
                self.add_error("q", _("Too many people are called so. Type more of the name, or the number."))
                found = found.none()
        if not state:
            return found.order_by("due_on", "opened_at", "id")
        return found.order_by("-due_on", "-id") if self.chosen("due") else found.order_by("-id")

    def _term(self, today: date) -> Q:
        return {
            "late": Q(due_on__lt=today),
            "today": Q(due_on=today),
            "week": Q(due_on__gte=today, due_on__lte=today + A_WEEK),
        }.get(self.chosen("due"), Q())

    def _whose(self, user: User) -> Q:
        return {"mine": Q(owner=user), "nobody": Q(owner=None)}.get(self.chosen("whose"), Q())

    def _who(self) -> Q:
        """What may come from a machine stands apart, so that it is in nobody's way."""
        return {
            "customers": Q(customer__isnull=False),
            "visitors": Q(customer=None) & ~SUSPECT,
            "suspect": SUSPECT,
        }.get(self.chosen("who"), ~SUSPECT)


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


def up_to(found: QuerySet[Any, Any]) -> int:
    """How many there are, MOST + 1 where there are more than MOST."""
    return found[: MOST + 1].count()


def counted(user: User, *, today: date) -> dict[str, int]:
    """How many open ones there are in each heap, counted by an index and no further than MOST + 1: one query for all."""
    waiting = Activity.objects.for_the_desk().open()
    real = waiting.exclude(SUSPECT)
    heaps = {
        "open": real,
        "mine": real.filter(owner=user),
        "nobody": real.filter(owner=None),
        "late": real.filter(due_on__lt=today),
        "week": real.filter(due_on__gte=today, due_on__lte=today + A_WEEK),
        "wrote": real.filter(attention=Attention.WROTE),
        "stopped": real.filter(attention__in=STOPPED),
        "unsure": real.filter(attention=Attention.STOPPED),
        "suspect": waiting.filter(SUSPECT),
    }
    asked = {name: Amount(heap.order_by().values("pk")[: MOST + 1]) for name, heap in heaps.items()}
    counts: dict[str, Any] = dict(User.objects.filter(pk=user.pk).values(**asked).get())
    return counts


def kept(request: HttpRequest) -> str:
    """The list's own questions of this page's address, so that one comes back to the same list."""
    names = (*RequestFilter.base_fields, "page")
    asked = {name: request.GET[name] for name in names if request.GET.get(name)}
    return f"?{urlencode(asked)}" if asked else ""
