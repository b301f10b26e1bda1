"""Which invoices, and of which time, a person wants to see; lists and downloads share it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple, cast

from django import forms
from django.db.models import Max, Min
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from sportello.domain.customers.models import Customer, Supply
from sportello.domain.customers.models.invoices import STATUS_CONDITIONS, InvoiceQuerySet, InvoiceStatus
from sportello.domain.customers.models.parties import Service
from sportello.labels import labels

NOT_AVAILABLE = {"invalid_choice": gettext_lazy("This choice is not available. Choose one from the list.")}


def years_of(invoices: InvoiceQuerySet) -> list[int]:
    """Years in which any of these invoices was issued, the newest first; gaps are not looked for."""
    ends: dict[str, date | None] = invoices.aggregate(first=Min("issued_on"), last=Max("issued_on"))
    return years_between(ends["first"], ends["last"])


def years_between(first: date | None, last: date | None) -> list[int]:
    """The years from one day to another, the newest first."""
    return list(range(last.year, first.year - 1, -1)) if first and last else []


NUMBER = forms.CharField(required=False, max_length=60)


@dataclass(slots=True)
class Choice:
    """One of the things by which a list is narrowed. ``options``: value and label, "" for all of them; none for free text."""

    name: str
    label: str
    given: str
    options: Sequence[tuple[str, str]] = ()
    errors: Sequence[str] = ()

    @property
    def id(self) -> str:
        return f"filter-{self.name}"

    @property
    def chosen(self) -> str:
        """ "" where nothing was chosen, or nothing that is on offer."""
        return "" if self.errors else self.given


class Words(NamedTuple):
    """What the filter says in one language. ``choices``: name, label, and the option that leaves everything in."""

    choices: Sequence[tuple[str, str, tuple[str, str]]]
    states: Sequence[tuple[str, str]]
    number: str


@lru_cache(maxsize=8)
def _words(language: str | None) -> Words:
    return Words(
        choices=(
            ("customer", _("Customer"), ("", _("All customers"))),
            ("supply", _("Supply"), ("", _("All supplies"))),
            ("year", _("Year"), ("", _("All years"))),
            ("status", _("Status"), ("", _("Any status"))),
        ),
        states=[("open", _("To be paid")), *labels(InvoiceStatus).items()],
        number=_("Invoice number"),
    )


class InvoiceFilter:
    """A choice that is not on offer is told beside its field and left out; the others still hold.

    Not a form: it stands on the most visited page, where a form takes a tenth of the time, and nothing is written by it.
    """

    def __init__(
        self,
        data: Mapping[str, Any],
        *,
        customers: Sequence[Customer],
        supplies: Sequence[Supply],
        years: Sequence[int],
    ) -> None:
        words = _words(get_language())
        options = {
            "customer": [(customer.code, customer.name) for customer in customers],
            "supply": [(supply.code, supply_label(supply)) for supply in supplies],
            "year": [(str(year), str(year)) for year in years],
            "status": words.states,
        }
        choices = (
            *(_choice(data, name, label, [every, *options[name]]) for name, label, every in words.choices),
            _text(data, "q", words.number),
        )
        self.choices = {choice.name: choice for choice in choices}

    def __getitem__(self, name: str) -> Choice:
        return self.choices[name]

    @property
    def errors(self) -> dict[str, Sequence[str]]:
        return {name: choice.errors for name, choice in self.choices.items() if choice.errors}

    def chosen(self, name: str) -> str | None:
        """What was chosen, None where nothing was or where the choice is not on offer."""
        return self.choices[name].chosen or None

    def any_chosen(self) -> bool:
        return any(choice.chosen for choice in self.choices.values())

    def apply(self, invoices: InvoiceQuerySet) -> InvoiceQuerySet:
        """Narrows invoices that are already within reach."""
        if customer := self.chosen("customer"):
            invoices = invoices.filter(customer_id=customer)
        if supply := self.chosen("supply"):
            invoices = invoices.of_supply(supply)
        if chosen := self.chosen("year"):
            year = int(chosen)
            invoices = invoices.filter(issued_on__gte=date(year, 1, 1), issued_on__lte=date(year, 12, 31))
        status = self.chosen("status")
        if status == "open":
            invoices = invoices.open()
        elif status in STATUS_CONDITIONS:
            invoices = invoices.in_status(status)
        if q := self.chosen("q"):
            invoices = invoices.filter(number__icontains=q)
        return invoices


def _choice(data: Mapping[str, Any], name: str, label: str, options: Sequence[tuple[str, str]]) -> Choice:
    given = str(data.get(name, ""))
    on_offer = not given or any(given == value for value, _label in options)
    return Choice(name, label, given, options, () if on_offer else (str(NOT_AVAILABLE["invalid_choice"]),))


def _text(data: Mapping[str, Any], name: str, label: str) -> Choice:
    given = str(data.get(name, "")).strip()
    try:
        NUMBER.clean(given)
    except forms.ValidationError as error:
        return Choice(name, label, given, errors=error.messages)
    return Choice(name, label, given)


@dataclass(frozen=True, slots=True)
class Span:
    """Some days, both ends among them; None where there is no end."""

    first: date | None = None
    last: date | None = None

    def covers(self, day: date) -> bool:
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)


class PeriodChoice(forms.Form):
    """The last twelve months, a year of those that there are, or all; what is not on offer counts as nothing chosen."""

    EVERYTHING = "all"

    period = forms.ChoiceField(label=gettext_lazy("Period"), required=False, error_messages=NOT_AVAILABLE)

    def __init__(self, data: Mapping[str, Any], *, days: Iterable[date], today: date) -> None:
        super().__init__(data, auto_id="filter-%s")
        self.today = today
        years = sorted({day.year for day in days}, reverse=True)
        field = cast(forms.ChoiceField, self.fields["period"])
        field.choices = [
            ("", gettext_lazy("Last 12 months")),
            *((str(year), str(year)) for year in years),
            (self.EVERYTHING, gettext_lazy("All years")),
        ]

    @property
    def chosen(self) -> str:
        self.is_valid()
        return self.cleaned_data.get("period") or ""

    @property
    def span(self) -> Span:
        if self.chosen == self.EVERYTHING:
            return Span()
        if self.chosen:
            return Span(date(int(self.chosen), 1, 1), date(int(self.chosen), 12, 31))
        months = self.today.year * 12 + self.today.month - 12  # since the year 0, of the month eleven months ago
        return Span(date(months // 12, months % 12 + 1, 1), self.today)


def supply_label(supply: Supply) -> str:
    """Gas, Via Grandi 39, Concordia sulla Secchia."""
    parts = [labels(Service)[supply.service], supply.short_address or supply.code]
    return ", ".join(parts)
