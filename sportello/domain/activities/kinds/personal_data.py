"""The holder's own data shall be corrected: name, tax codes, birth date, where he lives, how he is reached, and how electronic
invoices reach a business.

What an operator has to look at (a new name, tax code or VAT number, as Administration has set it for each field) sends the
whole request to one: half of it would be done otherwise, and nobody could tell which.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from stdnum.exceptions import ValidationError as WrongNumber

from sportello.billing.commands import ChangePersonalData, Command
from sportello.domain.activities.kinds import birth, electronic
from sportello.domain.activities.kinds.addresses import LONGEST, AddressForm, address_of, in_words
from sportello.domain.activities.kinds.bank_details import TaxCodeField
from sportello.domain.activities.kinds.base import MISSING, FieldMode, Line, RequestKind, Scope
from sportello.domain.activities.kinds.changing import NOT_GIVEN, NOTHING_NEW, ChangeForm, day
from sportello.domain.activities.kinds.emails import MailField
from sportello.domain.activities.kinds.fields import DAYS
from sportello.domain.activities.kinds.telephones import PhoneField
from sportello.domain.activities.models import Activity, ActivityKind
from sportello.domain.customers.models import Customer
from sportello.domain.customers.models.countries import ITALY
from sportello.domain.customers.models.parties import CustomerKind
from sportello.italy import codice_fiscale, partita_iva
from sportello.italy.names import fits_name

PERSON_ONLY = ("last_name", "first_name", "birth_date")
BUSINESS_ONLY = ("sdi_code", "pec")
ADDRESS = ("country", *LONGEST)
PLAIN = (
    "last_name", "first_name", "company_name", "tax_code", "vat_number", "phone", "email", "sdi_code", "pec",
)  # fmt: skip
ADULT = 18


def is_company(customer: Customer | None) -> bool:
    return customer is not None and customer.kind == CustomerKind.COMPANY


def is_business(customer: Customer | None) -> bool:
    """Whoever gets electronic invoices by a channel of his own: companies and bodies, and persons with a VAT number."""
    return is_company(customer) or bool(customer and customer.vat_number)


class VatField(forms.CharField):
    default_error_messages = {"invalid": _("This is not an Italian VAT number: it has eleven digits.")}

    def clean(self, value: Any) -> str:
        typed: str = super().clean(value)
        if not typed:
            return ""
        try:
            return partita_iva.validate(typed)
        except WrongNumber as error:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from error


class PersonalDataForm(ChangeForm, AddressForm):
    sections = [
        (
            _("Who holds the contract"),
            ["last_name", "first_name", "company_name", "tax_code", "vat_number", "birth_date"],
        ),
        (_("How we reach you about invoices"), ["phone", "email"]),
        (_("Where you live, or have your seat"), [*ADDRESS]),
        (_("Electronic invoices"), ["sdi_code", "pec"]),
        (_("Why"), ["reason"]),
    ]

    last_name = forms.CharField(label=_("Last name"), max_length=100)
    first_name = forms.CharField(
        label=_("First name"),
        max_length=100,
        required=False,
        help_text=_("Leave it empty if your papers have one name alone."),
    )
    company_name = forms.CharField(label=_("Company name"), max_length=200)
    tax_code = TaxCodeField(required=False)
    vat_number = VatField(label=_("VAT number"), max_length=20, required=False)
    birth_date = forms.DateField(
        label=_("Date of birth"),
        required=False,
        input_formats=DAYS,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "autocomplete": "bday"}),
        error_messages={"invalid": _("This is not a date: write day, month and year.")},
    )
    phone = PhoneField(required=False)
    email = MailField(
        required=False, help_text=_("Where billing writes. The address of your login is changed under My access.")
    )
    sdi_code = electronic.SdiCodeField(
        required=False, help_text=_("Seven letters and digits; six for public bodies, 0000000 for none.")
    )
    pec = MailField(label=_("PEC"), required=False, help_text=_("Instead of an SDI code."))
    reason = forms.CharField(
        label=_("What has changed, or was wrong"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, scope: Scope, data: Any = None, files: Any = None, **options: Any) -> None:
        super().__init__(scope, data, files, **options)
        company = is_company(scope.customer)
        for name in PERSON_ONLY if company else ("company_name",):
            del self.fields[name]
        for name in () if is_business(scope.customer) else BUSINESS_ONLY:
            del self.fields[name]
        if not company:
            self.fields["vat_number"].help_text = _("Only if you run a business of your own.")
        # Whoever has no address in billing may leave it so.
        if not self.known(scope)["street"]:
            for name in ADDRESS:
                self.fields[name].required = False

    @classmethod
    def known(cls, scope: Scope) -> dict[str, Any]:
        customer = scope.customer
        before: dict[str, Any] = {name: getattr(customer, name, None) or "" for name in (*PLAIN, *LONGEST)}
        before["birth_date"] = customer.birth_date if customer else None
        before["country"] = (customer and customer.country) or ITALY
        return before

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self._is_electronic_touched() and not {"sdi_code", "pec", "country"} & self.errors.keys():
            electronic.check(self, cleaned, known=self.known(self.scope))
        if self.is_typed():
            for name in ("street", "municipality"):
                if not cleaned.get(name) and name not in self.errors:
                    self.add_error(name, MISSING)
        self._check_birth(cleaned.get("birth_date"))
        if not self.errors:
            self._warn_of_tax_code(cleaned)
            if not self.changed():
                raise ValidationError(NOTHING_NEW, code="nothing_new")
        return cleaned

    def _is_electronic_touched(self) -> bool:
        return any(name in self.fields and not self.is_untouched(name) for name in BUSINESS_ONLY)

    def is_typed(self) -> bool:
        return not all(self.is_untouched(name) for name in ADDRESS)

    def _check_birth(self, born: date | None) -> None:
        today = self.scope.today
        if born is None:
            return
        if born > today:
            self.add_error("birth_date", _("This day has not come yet."))
        elif (today.year - born.year) - ((today.month, today.day) < (born.month, born.day)) < ADULT:
            self.add_error("birth_date", _("Only adults hold contracts: check the year."))

    def _warn_of_tax_code(self, cleaned: Mapping[str, Any]) -> None:
        """Names are written in many ways, and some codes are old: what does not fit may be confirmed."""
        code = cleaned.get("tax_code", "")
        touched = {name for name in ("tax_code", *PERSON_ONLY) if name in self.fields and not self.is_untouched(name)}
        if not code or not touched or not codice_fiscale.is_personal(code) or "last_name" not in cleaned:
            return
        if not fits_name(code, cleaned["last_name"], cleaned["first_name"]):
            self.warn("tax_code_name", _("The tax code does not fit the name: check both."))
        born = cleaned.get("birth_date")
        if born and not codice_fiscale.fits_birth_date(code, born):
            self.warn("tax_code_birth", _("The tax code does not fit the date of birth: check both."))
        if "tax_code" in touched:
            for doubt, said in birth.differences(code, self.known(self.scope)["tax_code"]):
                self.warn(doubt, said)

    def changed(self) -> dict[str, Any]:
        """The address as a whole."""
        new = super().changed()
        if new.keys() & set(ADDRESS):
            new |= {name: self.cleaned_data.get(name, "") for name in ADDRESS}
        return new

    def asked(self) -> dict[str, Any]:
        reason = self.cleaned_data.get("reason")
        return self.changed() | ({"reason": reason} if reason else {})

    @classmethod
    def lines(cls, asked: Mapping[str, Any]) -> list[Line]:
        """The address on one line, and what a new tax code says of whom it is of."""
        said = []
        for line in super().lines({name: value for name, value in asked.items() if name not in ADDRESS}):
            of_code = line.label == cls.base_fields["tax_code"].label and birth.in_words(asked["tax_code"])
            said.append(replace(line, value=f"{line.value} ({of_code})") if of_code else line)
        if "street" in asked:
            said.append(Line(_("Address"), in_words(address_of(asked)) or str(NOT_GIVEN)))
        return said


def commands(activity: Activity) -> Sequence[Command]:
    asked = activity.asked
    return (
        ChangePersonalData(
            customer_code=activity.customer_code,
            birth_date=day(asked.get("birth_date")),
            address=address_of(asked) if "street" in asked else None,
            **{name: asked[name] for name in PLAIN if name in asked},
        ),
    )


FIELDS = (
    FieldMode("name", _("Name"), automatic=False),
    FieldMode("tax_code", _("Tax code"), automatic=False),
    FieldMode("vat_number", _("VAT number"), automatic=False),
    FieldMode("birth_date", _("Date of birth"), automatic=True),
    FieldMode("phone", _("Telephone"), automatic=True),
    FieldMode("email", _("E-mail"), automatic=True),
    FieldMode("electronic", _("SDI code and PEC"), automatic=True),
    FieldMode("address", _("Address"), automatic=True),
)
OF_FIELD = {
    "last_name": "name", "first_name": "name", "company_name": "name", "sdi_code": "electronic", "pec": "electronic",
    **dict.fromkeys(ADDRESS, "address"),
}  # fmt: skip


def fields_in(asked: Mapping[str, Any]) -> set[str]:
    """The fields, as Administration knows them, that a request changes."""
    return {OF_FIELD.get(name, name) for name in asked if name not in ("reason", "by_hand")}


KIND = RequestKind(
    code=ActivityKind.PERSONAL_DATA,
    sentence=_("See and correct what we know of you: name, tax code, date of birth, telephone, e-mail, address."),
    form=PersonalDataForm,
    automatic=True,
    term="personal_data",
    commands=commands,
    fields=FIELDS,
    fields_in=fields_in,
    notice=True,
)
