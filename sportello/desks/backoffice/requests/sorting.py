"""By which column the list of requests is sorted: by number and by term however long it is, by the others where it is short."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, F, IntegerField, Value, When
from django.db.models.functions import Concat, Lower
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from sportello.domain.activities.kinds.catalogue import KINDS
from sportello.domain.activities.models import Status
from sportello.domain.activities.models.activity import ActivityQuerySet

COLUMNS: dict[str, str | Promise] = {
    "number": gettext_lazy("Number"),
    "kind": gettext_lazy("Kind"),
    "customer": gettext_lazy("Customer"),
    "status": pgettext_lazy("of a request", "State"),
    "owner": gettext_lazy("In charge"),
    "due": gettext_lazy("Due"),
}
INDEXED = ("number", "due")


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """As it is written in an address: "kind", or "-kind" where the last come first."""

    column: str
    backwards: bool

    @property
    def code(self) -> str:
        return f"-{self.column}" if self.backwards else self.column

    @property
    def turned(self) -> str:
        return self.column if self.backwards else f"-{self.column}"

    def of(self, found: ActivityQuerySet) -> ActivityQuerySet:
        """``found`` in this order; what is alike in that of its terms, and always the same."""
        keys = [*_keys(self.column), F("id")]
        return found.order_by(*(key.desc() if self.backwards else key.asc() for key in keys))


def wanted(typed: str, *, short: bool, otherwise: Order) -> Order:
    """What was asked for; ``otherwise`` where that is no column, or one that a list that is not ``short`` is not sorted by."""
    column = typed.removeprefix("-")
    if column not in (COLUMNS if short else INDEXED):
        return otherwise
    return Order(column=column, backwards=typed.startswith("-"))


def choices(*, short: bool) -> Iterator[tuple[str, str]]:
    """Both ways of each column, in words."""
    for column, label in COLUMNS.items():
        if short or column in INDEXED:
            yield column, str(label)
            yield f"-{column}", _("%(column)s, the last first") % {"column": label}


def _keys(column: str) -> list[Any]:
    if column == "number":
        return []
    if column == "due":
        return [F("due_on"), F("opened_at")]
    return [_key(column), F("due_on")]


def _key(column: str) -> Any:
    if column == "kind":
        titles = sorted(KINDS, key=lambda code: str(KINDS[code].title).casefold())
        return _rank("kind", titles)
    if column == "status":
        return _rank("status", Status.values)
    if column == "owner":
        return Lower("owner__last_name")
    return Lower(
        Case(
            When(customer=None, then=F("visitor__name")),
            When(customer__company_name="", then=Concat("customer__last_name", Value(" "), "customer__first_name")),
            default=F("customer__company_name"),
        )
    )


def _rank(field: str, values: list[str]) -> Case:
    """The place of a value among these."""
    places = [When(**{field: value}, then=Value(place)) for place, value in enumerate(values)]
    return Case(*places, default=Value(len(places)), output_field=IntegerField())
