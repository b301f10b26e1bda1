"""What the list of requests is narrowed to: kind, state, term, whose it is, who asks; and words to look for."""

from datetime import date, timedelta
from typing import Any, cast
from urllib.parse import urlencode

from django import forms
from django.db.models import Count, Q
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from sportello.domain.activities.kinds.catalogue import KINDS
from sportello.domain.activities.models import STOPPED, Activity, Status
from sportello.domain.activities.models.activity import ActivityQuerySet
from sportello.domain.people.models import User

SUSPECT = Q(asked__has_key="suspect")  # its visitor behaved like a machine
NOT_ON_OFFER = gettext_lazy("This choice is not available. Choose one from the list.")
MOST_WORDS = 5
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
    ("automatic", gettext_lazy("Those that go by themselves too")),
]


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
        there is none at the end; what may have ended, the newest first."""
        found = Activity.objects.filter(kind__in=KINDS)
        found = found.with_the_desks_page() if self.chosen("why") == "automatic" else found.for_the_desk()
        state = self.chosen("state")
        found = found.open() if not state else found if state == "all" else found.filter(status=state)
        found = found.filter(self._term(today), self._whose(user), self._who())
        if self.chosen("why") == "stopped":
            found = found.filter(attention__in=STOPPED)
        if kind := self.chosen("kind"):
            found = found.filter(kind=kind)
        for word in self.chosen("q").split()[:MOST_WORDS]:
            found = found.filter(_named(word))
        return found.order_by("-id") if state else found.order_by("due_on", "opened_at", "id")

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


def _named(word: str) -> Q:
    names = ("number", "customer__code", "customer__first_name", "customer__last_name", "customer__company_name")
    found = Q(visitor__name__icontains=word)
    for name in names:
        found |= Q(**{f"{name}__icontains": word})
    return found


def counted(user: User, *, today: date) -> dict[str, int]:
    """How many open ones there are in each heap: one reading of the open ones, however many have ended."""
    real = Q(~SUSPECT)
    waiting = Activity.objects.filter(kind__in=KINDS).for_the_desk().open()
    return waiting.aggregate(
        open=Count("pk", filter=real),
        mine=Count("pk", filter=real & Q(owner=user)),
        nobody=Count("pk", filter=real & Q(owner=None)),
        late=Count("pk", filter=real & Q(due_on__lt=today)),
        week=Count("pk", filter=real & Q(due_on__gte=today, due_on__lte=today + A_WEEK)),
        stopped=Count("pk", filter=real & Q(attention__in=STOPPED)),
        suspect=Count("pk", filter=SUSPECT),
    )


def kept(request: HttpRequest) -> str:
    """The list's own questions of this page's address, so that one comes back to the same list."""
    names = (*RequestFilter.base_fields, "page")
    asked = {name: request.GET[name] for name in names if request.GET.get(name)}
    return f"?{urlencode(asked)}" if asked else ""
