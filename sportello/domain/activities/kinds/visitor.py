"""The part of a form that says who asks, for people whom nobody knows: a name, and the way by which he wants to be answered.

Nothing of it is looked up, so that it tells nobody whether a customer number or an address is known here.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Final

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from stdnum.exceptions import InvalidComponent
from stdnum.exceptions import ValidationError as WrongNumber

from sportello.domain.activities.kinds.addresses import take_apart
from sportello.domain.activities.kinds.base import MISSING, NOT_ON_OFFER
from sportello.domain.activities.models import AnswerBy, Visitor
from sportello.domain.customers.models import Place
from sportello.domain.customers.models.countries import ITALY, countries_now
from sportello.domain.messages import addresses
from sportello.domain.messages.addresses import WrongAddress
from sportello.domain.messages.cleaning import one_line
from sportello.italy import cap, telephone
from sportello.italy.provinces import PROVINCES

PREFIX: Final = "visitor"
QUICKEST = 4.0  # seconds in which nobody reads a form, writes his name and a question, and sends it
SALT = "sportello.visitor"
TRAP = "homepage"  # a field that nobody sees
# What belongs to each way, and what of it must be there.
FIELDS: Final[dict[str, Sequence[str]]] = {
    AnswerBy.PHONE: ("phone",),
    AnswerBy.EMAIL: ("email",),
    AnswerBy.POST: ("country", "street", "street_number", "postcode", "municipality", "province"),
}
MAY_BE_EMPTY: Final = frozenset({"country", "street_number", "postcode", "province"})

CHOOSE = _("Choose how you want to be answered.")
NO_NAME = _("Write your name.")
NO_TELEPHONE = _("This is not a telephone number, like 0535 661234, 333 1234567 or +33 1 23456789.")
NO_LINE = _("We cannot call a number of a service. Give the number of a telephone of yours.")
NO_EMAIL = _("This is not an e-mail address, like name@example.it.")
NO_CAP = _("An Italian postcode has five digits, like 41033.")
NO_PROVINCE = _("The province has two letters, like MO.")


class OneLine(forms.CharField):
    """Without what could break a line or turn the reading order round."""

    def to_python(self, value: Any) -> str:
        return one_line(super().to_python(value) or "")


class VisitorForm(forms.Form):
    """Only the fields of the way that was chosen are asked for, checked and kept."""

    sometimes: ClassVar[frozenset[str]] = frozenset(name for names in FIELDS.values() for name in names) - {
        "street_number"
    }

    name = OneLine(label=_("Your name, or your company's"), max_length=200, error_messages={"required": NO_NAME})
    answer_by = forms.ChoiceField(
        label=_("How do you want to be answered?"),
        choices=AnswerBy.choices,
        widget=forms.RadioSelect,
        error_messages={"required": CHOOSE, "invalid_choice": CHOOSE},
    )
    phone = OneLine(label=_("Telephone number"), required=False, max_length=40)
    email = OneLine(
        label=_("E-mail address"),
        required=False,
        max_length=addresses.LONGEST,
        widget=forms.TextInput(attrs={"inputmode": "email", "autocapitalize": "none", "spellcheck": "false"}),
    )
    country = forms.ChoiceField(
        label=_("Country"),
        choices=countries_now,
        required=False,
        initial=ITALY,
        error_messages={"invalid_choice": NOT_ON_OFFER},
    )
    street = OneLine(label=_("Street or square"), required=False, max_length=200)
    street_number = OneLine(label=_("House number"), required=False, max_length=20)
    postcode = OneLine(
        label=_("Postcode"), required=False, max_length=12, widget=forms.TextInput(attrs={"inputmode": "numeric"})
    )
    municipality = OneLine(label=_("Town"), required=False, max_length=100)
    province = OneLine(
        label=_("Province"), help_text=_("Two letters. You may leave it to us."), required=False, max_length=10
    )
    customer_code = OneLine(
        label=_("Customer number"),
        help_text=_("If you are a customer of ours: it stands on the first page of your bills."),
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    shown = forms.Field(required=False, widget=forms.HiddenInput)

    def __init__(
        self, data: Any = None, *, now: datetime, in_writing: bool = False, initial: dict[str, Any] | None = None
    ) -> None:
        """``now`` is when the form is shown, or was sent. ``in_writing``: he cannot choose to be answered by telephone."""
        self.now = now
        super().__init__(data, prefix=PREFIX, initial={"shown": clock(now), **(initial or {})})
        if in_writing:
            ways: Any = self.fields["answer_by"]
            ways.choices = [(way, words) for way, words in AnswerBy.choices if way != AnswerBy.PHONE]

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if not any(character.isalnum() for character in name):
            raise ValidationError(NO_NAME)
        return name

    def clean(self) -> dict[str, Any]:
        """What belongs to the other ways is neither wrong nor kept."""
        cleaned = self.cleaned_data
        chosen = cleaned.get("answer_by", "")
        italian = cleaned.get("country") in ("", ITALY)
        if cleaned.get("municipality") and italian:
            take_apart(cleaned)
        for way, names in FIELDS.items():
            for name in names:
                if way != chosen:
                    self.errors.pop(name, None)
                    cleaned[name] = ""
                elif name not in self.errors:
                    self._check(name, CHECKS if italian else CHECKS_ABROAD)
        if chosen == AnswerBy.POST and italian and cleaned.get("municipality"):
            self._fill_in(cleaned)
        return cleaned

    def _fill_in(self, cleaned: dict[str, Any]) -> None:
        """What follows from the municipality need not be written; what does not is asked for."""
        province, postcode = cleaned.get("province", ""), cleaned.get("postcode", "")
        found = [each for each in Place.objects.named(cleaned["municipality"]) if province in ("", each.province)]
        found = [each for each in found if not postcode or postcode in each.postcodes]
        if len(found) == 1 and not {"province", "postcode"} & self.errors.keys():
            known = found[0].postcodes
            cleaned["province"], cleaned["postcode"] = (
                found[0].province,
                postcode or (known[0] if len(known) == 1 else ""),
            )
        if not cleaned.get("postcode") and "postcode" not in self.errors:
            self.add_error("postcode", MISSING)

    def _check(self, name: str, checks: Mapping[str, Callable[[str], str]]) -> None:
        value = self.cleaned_data[name]
        if not value:
            if name not in MAY_BE_EMPTY:
                self.add_error(name, MISSING)
            return
        try:
            self.cleaned_data[name] = checks[name](value) if name in checks else value
        except ValidationError as error:
            self.add_error(name, error)

    def visitor(self, language: str) -> Visitor:
        """Not saved, and of no request yet."""
        given = {name: self.cleaned_data[name] for names in FIELDS.values() for name in names}
        if self.cleaned_data["answer_by"] == AnswerBy.POST:
            given["country"] = given["country"] or ITALY
        return Visitor(
            name=self.cleaned_data["name"],
            answer_by=self.cleaned_data["answer_by"],
            customer_code=self.cleaned_data["customer_code"],
            language=language,
            **given,
        )

    def suspicions(self) -> list[str]:
        """What a machine does and a person hardly ever: signs to sort by, never a reason to refuse."""
        found = ["trap"] if self.data.get(self.add_prefix(TRAP)) else []
        try:
            shown = float(signing.loads(self.data.get(self.add_prefix("shown"), ""), salt=SALT))
        except (signing.BadSignature, TypeError, ValueError):
            return [*found, "clock"]
        return [*found, "quick"] if self.now.timestamp() - shown < QUICKEST else found


def clock(now: datetime) -> str:
    """When the form was shown, signed."""
    return signing.dumps(now.timestamp(), salt=SALT)


def checked_phone(typed: str) -> str:
    try:
        return telephone.validate(typed)
    except WrongNumber as error:
        raise ValidationError(NO_LINE if isinstance(error, InvalidComponent) else NO_TELEPHONE) from error


def checked_email(typed: str) -> str:
    try:
        return addresses.checked(typed)
    except WrongAddress as error:
        raise ValidationError(NO_EMAIL) from error


def checked_cap(typed: str) -> str:
    try:
        return cap.validate(typed)
    except WrongNumber as error:
        raise ValidationError(NO_CAP) from error


def checked_province(typed: str) -> str:
    if typed.upper() not in PROVINCES:
        raise ValidationError(NO_PROVINCE)
    return typed.upper()


CHECKS: Final[dict[str, Callable[[str], str]]] = {
    "phone": checked_phone,
    "email": checked_email,
    "postcode": checked_cap,
    "province": checked_province,
}
CHECKS_ABROAD: Final = {name: check for name, check in CHECKS.items() if name not in ("postcode", "province")}
