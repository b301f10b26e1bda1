"""A supply shall end: on which day, what the meter shows, where the last invoice goes, whom to call for the appointment."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from sportello.billing.commands import CloseSupply, Command
from sportello.billing.records import RegisterValue
from sportello.domain.activities.kinds.addresses import LONGEST, AddressForm, address_of, in_words
from sportello.domain.activities.kinds.base import LONGEST_TEXT, Line, RequestKind, Scope
from sportello.domain.activities.kinds.fields import DayField
from sportello.domain.activities.kinds.self_reading import wording
from sportello.domain.activities.kinds.self_reading.forms import Typed, error_of
from sportello.domain.activities.kinds.self_reading.judging import KEPT, REPLACES, judge
from sportello.domain.activities.kinds.self_reading.sheets import Sheet, sheet_of
from sportello.domain.activities.kinds.telephones import PhoneField
from sportello.domain.activities.kinds.words import supply_in_words
from sportello.domain.activities.models import Activity, ActivityKind, Bound, Bounding
from sportello.domain.customers.models import Supply
from sportello.domain.customers.models.meters import RegisterRole
from sportello.domain.customers.models.parties import SupplyStatus

NO_READING: Final = _(
    "You have given no last reading: the distributor reads the meter, or it is estimated. To give it, choose “Change it”."
)
MAY_BE_READ: Final = ("", "window")  # a last reading counts on any day of the month


def living(supply: Supply) -> bool:
    return supply.status in (SupplyStatus.ACTIVE, SupplyStatus.SUSPENDED) and supply.ended_on is None


def supplies_on_offer(scope: Scope) -> list[tuple[str, str]]:
    return [(each.code, supply_in_words(each)) for each in scope.supplies if living(each)]


class SupplyClosureForm(AddressForm):
    """The dials of the chosen supply's meter are fields as soon as it is known which one it is: at once where there is but
    one, else when the form comes back; then it is shown again, and asks for them."""

    about = "supply"
    sections = (
        (
            _("Where the last invoice goes"),
            ["country", *LONGEST],
        ),
        (_("Appointment"), ["phone", "text"]),
    )

    ends_on = DayField(label=_("Last day of the supply"))
    phone = PhoneField(label=_("Telephone for the appointment"))
    text = forms.CharField(
        label=_("Anything we should know"),
        help_text=_("For example how to get to the meter."),
        required=False,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, scope: Scope, *arguments: Any, **options: Any) -> None:
        super().__init__(scope, *arguments, **options)
        for dial in self.sheet.dials if self.sheet else ():
            self.fields[dial.field] = Typed(dial)
        self.order_fields(["supply", "ends_on", *self.readings])

    def on_offer(self) -> Sequence[tuple[str, str]]:
        return supplies_on_offer(self.scope)

    @cached_property
    def sheet(self) -> Sheet | None:
        """What is known of the chosen supply's meter; None where it cannot be read, or no supply has been chosen yet."""
        code = self.data.get(self.add_prefix("supply")) if self.is_bound else self.initial.get("supply")
        chosen = next((each for each in self.scope.supplies if each.code == code and living(each)), None)
        sheet = sheet_of(chosen, today=self.scope.today) if chosen else None
        return sheet if sheet and sheet.why_not in MAY_BE_READ else None

    @property
    def readings(self) -> list[str]:
        """The names of the dials' fields."""
        return [dial.field for dial in self.sheet.dials] if self.sheet else []

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        self._check_day(cleaned.get("ends_on"))
        if self.sheet and not set(self.readings) & set(self.errors):
            self._check_reading(self.sheet, cleaned)
        if self.supply:
            self.warn_of_another(ActivityKind.SUPPLY_CLOSURE)
        return cleaned

    def _check_day(self, ends_on: date | None) -> None:
        if ends_on is None:
            return
        today, service = self.scope.today, self.supply.service if self.supply else ""
        first = today + timedelta(days=Bound.objects.in_force(Bounding.CLOSING_NOTICE, today, service=service))
        last = today + timedelta(days=Bound.objects.in_force(Bounding.CLOSING_AHEAD, today, service=service))
        if ends_on < first:
            said = _("The supply can end on %(day)s at the earliest: the distributor needs some days.")
            self.add_error("ends_on", said % {"day": f"{first:%d/%m/%Y}"})
        elif ends_on > last:
            self.add_error("ends_on", _("The supply can end on %(day)s at the latest.") % {"day": f"{last:%d/%m/%Y}"})

    def _check_reading(self, sheet: Sheet, cleaned: dict[str, Any]) -> None:
        """As a reading of today; left out altogether, the distributor reads the meter."""
        values: dict[str, Decimal | None] = {dial.code: cleaned.get(dial.field) for dial in sheet.dials}
        if all(value is None for value in values.values()):
            self.warn("no_reading", NO_READING)
            return
        open_sheet = replace(sheet, why_not="")
        judged = judge(open_sheet, read_on=self.scope.today, values=values, today=self.scope.today)
        for field, problems in judged.errors.items():
            for problem in problems:
                # The day is not typed here: what is wrong with it is wrong with the first dial.
                self.add_error(field if field in self.fields else self.readings[0], error_of(problem))
        for reason in judged.reasons if not judged.errors else ():
            if reason != REPLACES:
                told = self.doubt if reason in KEPT else self.warn
                told(reason, wording.WARNINGS[reason])

    def asked(self) -> dict[str, Any]:
        """With ``meter``, and of each dial that was read its code, role, unit and value."""
        asked = {name: value for name, value in super().asked().items() if not name.startswith("value_")}
        if self.sheet is None or self.sheet.meter is None:
            return asked
        read = [
            {"register": dial.code, "role": dial.role, "unit": dial.unit, "value": str(self.cleaned_data[dial.field])}
            for dial in self.sheet.dials
            if self.cleaned_data.get(dial.field) is not None
        ]
        return {**asked, "meter": self.sheet.meter.code, "read": read} if read else asked

    @classmethod
    def lines(cls, asked: Mapping[str, Any]) -> list[Line]:
        dials = [
            Line(
                _("Last reading, %(dial)s") % {"dial": RegisterRole(each["role"]).label},
                f"{each['value']} {each['unit']}",
            )
            for each in asked.get("read", ())
        ]
        beside = {name: value for name, value in asked.items() if name not in {"country", "ends_on", *LONGEST}}
        place = [Line(_("Where the last invoice goes"), in_words(address_of(asked)))] if "street" in asked else []
        return [*super().lines({"ends_on": asked.get("ends_on")}), *dials, *place, *super().lines(beside)]


def closed(activity: Activity) -> Sequence[Command]:
    asked = activity.asked
    return [
        CloseSupply(
            customer_code=activity.customer_code,
            supply_code=activity.supply_id or "",
            ends_on=date.fromisoformat(asked["ends_on"]),
            forwarding=address_of(asked),
            meter_code=asked.get("meter", ""),
            values=[
                RegisterValue(register=each["register"], value=Decimal(each["value"])) for each in asked.get("read", ())
            ],
        )
    ]


KIND = RequestKind(
    code=ActivityKind.SUPPLY_CLOSURE,
    sentence=_("You move out, or need a supply no more? Tell us until when, and what the meter shows."),
    form=SupplyClosureForm,
    then=_(
        "The last invoice comes within six weeks of the last day and counts up to the last reading. A security deposit that "
        "you have paid is given back with it."
    ),
    term="supply_closure",
    commands=closed,
    offered=lambda scope: any(living(each) for each in scope.supplies),
)
