"""Which invoices, and of which time, a person wants to see; lists and downloads share it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.db.models import Max, Min
from django.utils.translation import gettext_lazy as _

from sportello.domain.customers.models import Customer, Supply
from sportello.domain.customers.models.invoices import STATUS_CONDITIONS, InvoiceQuerySet, InvoiceStatus

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

NOT_AVAILABLE = {"invalid_choice": _("This choice is not available. Choose one from the list.")}


def years_of(invoices: InvoiceQuerySet) -> list[int]:
    """Years in which any of these invoices was issued, the newest first; gaps are not looked for."""
    ends: dict[str, date | None] = invoices.aggregate(first=Min("issued_on"), last=Max("issued_on"))
    return years_between(ends["first"], ends["last"])


def years_between(first: date | None, last: date | None) -> list[int]:
    """The years from one day to another, the newest first."""
    return list(range(last.year, first.year - 1, -1)) if first and last else []


class InvoiceFilter(forms.Form):
    """A choice that is not on offer is told beside its field and left out; the others still hold."""

    customer = forms.ChoiceField(label=_("Customer"), required=False, error_messages=NOT_AVAILABLE)
    supply = forms.ChoiceField(label=_("Supply"), required=False, error_messages=NOT_AVAILABLE)
    year = forms.TypedChoiceField(
        label=_("Year"), required=False, coerce=int, empty_value=None, error_messages=NOT_AVAILABLE
    )
    status = forms.ChoiceField(
        label=_("Status"),
        required=False,
        choices=[("", _("Any status")), ("open", _("To be paid")), *InvoiceStatus.choices],
        error_messages=NOT_AVAILABLE,
    )
    q = forms.CharField(label=_("Invoice number"), required=False, max_length=60)

    def __init__(
        self,
        data: Mapping[str, Any],
        *,
        customers: Sequence[Customer],
        supplies: Sequence[Supply],
        years: Sequence[int],
    ) -> None:
        super().__init__(data, auto_id="filter-%s")
        self.set_choices("customer", _("All customers"), [(customer.code, customer.name) for customer in customers])
        self.set_choices("supply", _("All supplies"), [(supply.code, supply_label(supply)) for supply in supplies])
        self.set_choices("year", _("All years"), [(str(year), str(year)) for year in years])

    def set_choices(self, name: str, everything: "StrOrPromise", choices: list[tuple[str, str]]) -> None:
        field = cast(forms.ChoiceField, self.fields[name])
        field.choices = [("", everything), *choices]

    def chosen(self, name: str) -> Any:
        """What was chosen, None where nothing was or where the choice is not on offer."""
        self.is_valid()
        return self.cleaned_data.get(name) or None

    def any_chosen(self) -> bool:
        return any(self.chosen(name) for name in self.fields)

    def apply(self, invoices: InvoiceQuerySet) -> InvoiceQuerySet:
        """Narrows invoices that are already within reach."""
        if customer := self.chosen("customer"):
            invoices = invoices.filter(customer_id=customer)
        if supply := self.chosen("supply"):
            invoices = invoices.of_supply(supply)
        if year := self.chosen("year"):
            invoices = invoices.filter(issued_on__gte=date(year, 1, 1), issued_on__lte=date(year, 12, 31))
        status = self.chosen("status")
        if status == "open":
            invoices = invoices.open()
        elif status in STATUS_CONDITIONS:
            invoices = invoices.in_status(status)
        if q := self.chosen("q"):
            invoices = invoices.filter(number__icontains=q)
        return invoices


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

    period = forms.ChoiceField(label=_("Period"), required=False, error_messages=NOT_AVAILABLE)

    def __init__(self, data: Mapping[str, Any], *, days: Iterable[date], today: date) -> None:
        super().__init__(data, auto_id="filter-%s")
        self.today = today
        years = sorted({day.year for day in days}, reverse=True)
        field = cast(forms.ChoiceField, self.fields["period"])
        field.choices = [
            ("", _("Last 12 months")),
            *((str(year), str(year)) for year in years),
            (self.EVERYTHING, _("All years")),
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
    parts = [str(supply.get_service_display()), supply.short_address or supply.code]
    return ", ".join(parts)
