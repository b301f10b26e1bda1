"""Fields of a postal address: an Italian one fits the table of places, a foreign one is as its country writes it."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from sportello.billing.records import Address
from sportello.domain.activities.kinds.base import MISSING, RequestForm
from sportello.domain.customers.models import Place
from sportello.domain.customers.models.places import spelt
from sportello.italy import cap
from sportello.italy.provinces import PROVINCES

ITALY = "IT"
LONGEST = {"street": 200, "street_number": 20, "postcode": 12, "municipality": 100, "province": 10}
# Of Babel's territories those that are no countries.
NO_COUNTRIES = frozenset({"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"})


@cache
def countries(language: str) -> list[tuple[str, str]]:
    """All countries by their two letters, in this language, Italy first."""
    from babel import Locale

    names = Locale(language).territories
    known = {
        code: name for code, name in names.items() if len(code) == 2 and code.isalpha() and code not in NO_COUNTRIES
    }
    return [(ITALY, known.pop(ITALY)), *sorted(known.items(), key=lambda country: spelt(country[1]))]


def countries_now() -> list[tuple[str, str]]:
    return countries((get_language() or "it")[:2])


UNKNOWN_PLACE = _("We do not find this municipality. Check how it is written, or confirm it below.")
OTHER_POSTCODE = _("%(place)s has the postcode %(postcodes)s. Check it, or confirm it below.")
OTHER_PROVINCE = _("%(place)s is in the province %(province)s.")


class AddressForm(RequestForm):
    """A form with an address; ``address`` after it is valid. What the table of places does not know goes to an operator."""

    country = forms.ChoiceField(label=_("Country"), choices=countries_now, initial=ITALY)
    street = forms.CharField(label=_("Street or square"), max_length=LONGEST["street"])
    street_number = forms.CharField(label=_("Number"), max_length=LONGEST["street_number"], required=False)
    postcode = forms.CharField(label=_("Postcode"), max_length=LONGEST["postcode"])
    municipality = forms.CharField(label=_("Municipality"), max_length=LONGEST["municipality"])
    province = forms.CharField(
        label=_("Province"),
        max_length=LONGEST["province"],
        required=False,
        help_text=_("Two letters. You may leave it to us."),
    )

    @property
    def address(self) -> Address:
        cleaned = self.cleaned_data
        return Address(
            street=cleaned["street"],
            number=cleaned["street_number"],
            postcode=cleaned["postcode"],
            municipality=cleaned["municipality"],
            province=cleaned["province"],
            country=cleaned["country"],
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("country") == ITALY:
            self._clean_italian(cleaned)
        return cleaned

    def _clean_italian(self, cleaned: dict[str, Any]) -> None:
        postcode = cleaned.get("postcode", "")
        if postcode and not cap.is_valid(postcode):
            self.add_error("postcode", _("An Italian postcode has five digits."))
            postcode = ""
        cleaned["province"] = province = (cleaned.get("province") or "").strip().upper()
        if province and province not in PROVINCES:
            self.add_error("province", _("This is not a province: write its two letters, as MO."))
        elif cleaned.get("municipality"):
            self._fit(Place.objects.named(cleaned["municipality"]), cleaned, postcode)

    def _fit(self, places: Sequence[Place], cleaned: dict[str, Any], postcode: str) -> None:
        """Names are written as their municipality writes them; what does not fit together is told."""
        if not places:
            self.doubt("place", UNKNOWN_PLACE)
            if not cleaned["province"]:
                self.add_error("province", MISSING)
            return
        here = [each for each in places if not cleaned["province"] or each.province == cleaned["province"]]
        if not here:
            told = {"place": places[0].name, "province": ", ".join(each.province for each in places)}
            self.add_error("province", ValidationError(OTHER_PROVINCE, code="other_province", params=told))
            return
        place = next((each for each in here if postcode in each.postcodes), here[0])
        cleaned["municipality"], cleaned["province"] = place.name, place.province
        if postcode and place.postcodes and postcode not in place.postcodes:
            self.doubt("postcode", OTHER_POSTCODE % {"place": place.name, "postcodes": _spoken(place.postcodes)})


def _spoken(postcodes: Sequence[str]) -> str:
    few = sorted(postcodes)
    return few[0] if len(few) == 1 else f"{few[0]}–{few[-1]}"


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
    country = "" if address.country == ITALY else dict(countries_now()).get(address.country, address.country)
    return ", ".join(part for part in (f"{address.street} {address.number}".strip(), place, country) if part)
