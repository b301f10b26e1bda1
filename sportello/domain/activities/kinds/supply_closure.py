"""A supply shall end: on which day, what the meter shows, where the last invoice goes, whom to call for the appointment."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _
from stdnum.exceptions import ValidationError as WrongCode

from sportello.billing.commands import CloseSupply, Command
from sportello.billing.records import Address, RegisterValue
from sportello.domain.activities.kinds.base import (
    LONGEST_TEXT,
    Line,
    RequestForm,
    RequestKind,
    Scope,
    supply_in_words,
)
from sportello.domain.activities.kinds.fields import DayField, PhoneField
from sportello.domain.activities.kinds.self_reading import wording
from sportello.domain.activities.kinds.self_reading.forms import Typed, error_of
from sportello.domain.activities.kinds.self_reading.judging import REPLACES, judge
from sportello.domain.activities.kinds.self_reading.sheets import Sheet, sheet_of
from sportello.domain.activities.models import Activity, ActivityKind, Bound, Bounding
from sportello.domain.customers.models import Supply
from sportello.domain.customers.models.meters import RegisterRole
from sportello.domain.customers.models.parties import SupplyStatus
from sportello.italy import cap

ITALY: Final = "IT"
MAY_BE_READ: Final = ("", "window")  # a last reading counts on any day of the month


def living(supply: Supply) -> bool:
    return supply.status in (SupplyStatus.ACTIVE, SupplyStatus.SUSPENDED) and supply.ended_on is None


def supplies_on_offer(scope: Scope) -> list[tuple[str, str]]:
    return [(each.code, supply_in_words(each)) for each in scope.supplies if living(each)]


class SupplyClosureForm(RequestForm):
    """The dials of the chosen supply's meter are fields as soon as it is known which one it is: at once where there is but
    one, else when the form comes back; then it is shown again, and asks for them."""

    about = "supply"
    sections = (
        (
            _("Where the last invoice goes"),
            ["street", "street_number", "postcode", "municipality", "province", "country"],
        ),
        (_("Appointment"), ["phone", "text"]),
    )

    ends_on = DayField(label=_("Last day of the supply"))
    street = forms.CharField(label=_("Street"), max_length=200)
    street_number = forms.CharField(label=_("House number"), max_length=20, required=False)
    postcode = forms.CharField(label=_("Postcode"), max_length=12)
    municipality = forms.CharField(label=_("Municipality"), max_length=100)
    province = forms.CharField(
        label=_("Province"), help_text=_("Two letters, in Italy."), max_length=10, required=False
    )
    country = forms.RegexField(
        r"^\s*[A-Za-z]{2}\s*$",
        label=_("Country"),
        help_text=_("Two letters: IT for Italy."),
        initial=ITALY,
        max_length=10,
        error_messages={"invalid": _("Enter the two letters of the country, like IT, CH or DE.")},
    )
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
        if self.readings:
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

    def clean_country(self) -> str:
        country: str = self.cleaned_data["country"].strip().upper()
        return country

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        self._check_day(cleaned.get("ends_on"))
        if cleaned.get("country") == ITALY:
            self._check_place(cleaned)
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

    def _check_place(self, cleaned: dict[str, Any]) -> None:
        if "postcode" in cleaned:
            try:
                cleaned["postcode"] = cap.validate(cleaned["postcode"])
            except WrongCode:
                self.add_error("postcode", _("An Italian postcode has five digits."))
        province = cleaned.get("province", "").upper()
        if not (len(province) == 2 and province.isascii() and province.isalpha()):
            self.add_error("province", _("Enter the two letters of the province, like MO."))
        cleaned["province"] = province

    def _check_reading(self, sheet: Sheet, cleaned: dict[str, Any]) -> None:
        """As a reading of today; left out altogether, the distributor reads the meter."""
        values: dict[str, Decimal | None] = {dial.code: cleaned.get(dial.field) for dial in sheet.dials}
        if all(value is None for value in values.values()):
            self.warn("no_reading", _("Without a last reading the distributor reads the meter, or it is estimated."))
            return
        open_sheet = replace(sheet, why_not="")
        judged = judge(open_sheet, read_on=self.scope.today, values=values, today=self.scope.today)
        for field, problems in judged.errors.items():
            for problem in problems:
                # The day is not typed here: what is wrong with it is wrong with the first dial.
                self.add_error(field if field in self.fields else self.readings[0], error_of(problem))
        for reason in judged.reasons if not judged.errors else ():
            if reason != REPLACES:
                self.warn(reason, wording.WARNINGS[reason])

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
        lines = super().lines(asked)
        return [*lines[:1], *dials, *lines[1:]]


def closed(activity: Activity) -> Sequence[Command]:
    asked = activity.asked
    return [
        CloseSupply(
            customer_code=activity.customer_code,
            supply_code=activity.supply_id or "",
            ends_on=date.fromisoformat(asked["ends_on"]),
            forwarding=Address(
                street=asked["street"],
                number=asked["street_number"],
                postcode=asked["postcode"],
                municipality=asked["municipality"],
                province=asked["province"],
                country=asked["country"],
            ),
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
    term="supply_closure",
    commands=closed,
    offered=lambda scope: any(living(each) for each in scope.supplies),
)
