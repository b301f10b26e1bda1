"""Fields of a postal address: an Italian one fits the table of places, a foreign one is as its country writes it."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from stdnum.exceptions import ValidationError as WrongNumber

from sportello.billing.records import Address
from sportello.domain.activities.kinds.base import MISSING, RequestForm
from sportello.domain.customers.models import Place
from sportello.domain.customers.models.countries import ITALY, abroad, countries_now
from sportello.italy import cap
from sportello.italy.provinces import PROVINCES

LONGEST = {"street": 200, "street_number": 20, "municipality": 100, "postcode": 12, "province": 10}
UNKNOWN_PLACE = _("We do not find this municipality. Check how it is written, or confirm it below.")
PERHAPS = _("We do not find this municipality. Do you mean %(places)s? Correct it, or confirm it below.")
DO_YOU_MEAN = _("Do you mean %(places)s? If not, write its postcode and province too.")
OTHER_POSTCODE = _("%(place)s has the postcode %(postcodes)s. Check it, or confirm it below.")
OTHER_PROVINCE = _("%(place)s is in the province %(province)s.")
SEVERAL_PLACES = _("There are several: %(places)s. Write the province too.")
SEVERAL_POSTCODES = _("%(place)s has several postcodes, %(postcodes)s: write yours.")
# As a list of places gives it: Samone (TN), 38059 Samone, Samone (TN) 38059.
CHOSEN = re.compile(
    r"(?:(?P<before>\d{5})\s+)?(?P<name>.*?)(?:\s*\((?P<province>[A-Za-z]{2})\))?(?:\s+(?P<after>\d{5}))?", re.ASCII
)


class AddressForm(RequestForm):
    """A form with an address; ``address`` after it is valid. What the table of places does not know goes to an operator.

    A municipality may be written with its province and postcode, as lists of places give it; what follows from it need not
    be written.
    """

    sometimes = frozenset({"postcode", "province"})

    country = forms.ChoiceField(label=_("Country"), choices=countries_now, initial=ITALY)
    street = forms.CharField(label=_("Street or square"), max_length=LONGEST["street"])
    street_number = forms.CharField(label=_("Number"), max_length=LONGEST["street_number"], required=False)
    municipality = forms.CharField(
        label=_("Municipality"),
        help_text=_("Write how it begins, or its postcode, and choose it from the list."),
        max_length=LONGEST["municipality"],
    )
    postcode = forms.CharField(label=_("Postcode"), max_length=LONGEST["postcode"], required=False)
    province = forms.CharField(
        label=_("Province"),
        max_length=LONGEST["province"],
        required=False,
        help_text=_("Two letters. You may leave it to us."),
    )

    @property
    def address(self) -> Address:
        return address_of(self.cleaned_data)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("country") == ITALY and cleaned.get("municipality") and self.is_typed():
            self._clean_italian(cleaned)
        return cleaned

    def is_typed(self) -> bool:
        """Whether the address has to be looked at: it was typed, and is not only what is known already."""
        return True

    def _clean_italian(self, cleaned: dict[str, Any]) -> None:
        take_apart(cleaned)
        postcode, province = cleaned.get("postcode", ""), cleaned.get("province", "").strip().upper()
        cleaned["province"] = province
        if postcode:
            try:
                cleaned["postcode"] = postcode = cap.validate(postcode)
            except WrongNumber:
                self.add_error("postcode", _("An Italian postcode has five digits."))
                postcode = ""
        if province and province not in PROVINCES:
            self.add_error("province", _("This is not a province: write its two letters, as MO."))
        else:
            self._fit(cleaned, postcode)

    def _fit(self, cleaned: dict[str, Any], postcode: str) -> None:
        """Names are written as their municipality writes them; what does not fit together is told."""
        places = Place.objects.named(cleaned["municipality"])
        if not places:
            self._know_nothing_of(cleaned)
            return
        here = [each for each in places if cleaned["province"] in ("", each.province)]
        if not here:
            told = {"place": places[0].name, "province": ", ".join(each.province for each in places)}
            self.add_error("province", ValidationError(OTHER_PROVINCE, code="other_province", params=told))
            return
        fitting = [each for each in here if postcode in each.postcodes]
        if len(here) > 1 and len(fitting) != 1:
            told = {"places": ", ".join(each.in_words for each in here)}
            self.add_error("province", ValidationError(SEVERAL_PLACES, code="several", params=told))
            return
        place = (fitting or here)[0]
        cleaned["municipality"], cleaned["province"] = place.name, place.province
        self._fit_postcode(place, cleaned, postcode)

    def _fit_postcode(self, place: Place, cleaned: dict[str, Any], postcode: str) -> None:
        """One that follows from the municipality is filled in."""
        if "postcode" in self.errors:
            return
        told = {"place": place.name, "postcodes": _spoken(place.postcodes)}
        if not postcode and len(place.postcodes) == 1:
            cleaned["postcode"] = place.postcodes[0]
        elif not postcode:
            self.add_error("postcode", ValidationError(SEVERAL_POSTCODES if place.postcodes else MISSING, params=told))
        elif place.postcodes and postcode not in place.postcodes:
            self.doubt("postcode", OTHER_POSTCODE % told)

    def _know_nothing_of(self, cleaned: dict[str, Any]) -> None:
        alike = ", ".join(each.in_words for each in Place.objects.alike(cleaned["municipality"]))
        self.doubt("place", PERHAPS % {"places": alike} if alike else UNKNOWN_PLACE)
        missing = [name for name in ("province", "postcode") if not cleaned.get(name) and name not in self.errors]
        if missing and alike:
            told = ValidationError(DO_YOU_MEAN, code="place", params={"places": alike})
            self.add_error("municipality", told)
            return
        for name in missing:
            self.add_error(name, MISSING)


def take_apart(cleaned: dict[str, Any]) -> None:
    """Province and postcode that were written with the municipality go where they belong, unless others stand there."""
    found = CHOSEN.fullmatch(cleaned["municipality"].strip())
    if found is None or not found["name"]:
        return
    written = {"province": found["province"], "postcode": found["before"] or found["after"]}
    cleaned["municipality"] = found["name"]
    for name, value in written.items():
        if value:
            cleaned[name] = value


def _spoken(postcodes: Sequence[str]) -> str:
    few = sorted(postcodes)
    if len(few) < 2:
        return "".join(few)
    return gettext("%(first)s to %(last)s") % {"first": few[0], "last": few[-1]}


def address_of(asked: Mapping[str, Any]) -> Address:
    """The address that was asked for, as billing takes it."""
    return Address(
        street=asked["street"],
        number=asked["street_number"],
        postcode=asked["postcode"],
        municipality=asked["municipality"],
        province=asked["province"],
        country=asked["country"],
    )


def in_words(address: Address) -> str:
    """On one line: Via Grandi 39, 41033 Concordia sulla Secchia (MO), and the country where it is not Italy."""
    place = f"{address.postcode} {address.municipality}".strip()
    place += f" ({address.province})" if address.province else ""
    parts = (f"{address.street} {address.number}".strip(), place, abroad(address.country))
    return ", ".join(part for part in parts if part)
