"""Which invoices of those within reach a person wants to see; the list and the download of PDFs share it."""

from collections.abc import Mapping, Sequence
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


def supply_label(supply: Supply) -> str:
    """Gas, Via Grandi 39, Concordia sulla Secchia."""
    parts = [str(supply.get_service_display()), supply.short_address or supply.code]
    return ", ".join(parts)
