"""What a person's tax code says of his birth, to be compared with what is known and to be read by whom it is of."""

from collections.abc import Iterator

from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy
from django.utils.translation import gettext_lazy as _

from sportello.domain.customers.models import Place
from sportello.italy import codice_fiscale

ABROAD = "Z"  # how the codes of countries begin
SAID = {
    ("M", True): gettext_lazy("a man born on %(day)s in %(place)s"),
    ("F", True): gettext_lazy("a woman born on %(day)s in %(place)s"),
    ("M", False): gettext_lazy("a man born on %(day)s"),
    ("F", False): gettext_lazy("a woman born on %(day)s"),
}


def differences(code: str, known: str) -> Iterator[tuple[str, str | Promise]]:
    """In what a valid code is of somebody else than the known one: sex and place of birth are known by that alone."""
    if not (codice_fiscale.is_personal(code) and codice_fiscale.is_personal(known)):
        return
    if codice_fiscale.sex(code) != codice_fiscale.sex(known):
        yield "tax_code_sex", _("The new tax code is of a man and the old one of a woman, or the reverse: check it.")
    if codice_fiscale.place(code) != codice_fiscale.place(known):
        yield "tax_code_place", _("The new tax code says another place of birth than the old one: check it.")


def in_words(code: str) -> str:
    """A woman born on 15/03/88 in Modena; "" for a body's code. The code has two digits of the year, and so has this."""
    if not codice_fiscale.is_personal(code):
        return ""
    day = codice_fiscale.birthday(code)
    place = place_of(code)
    return SAID[codice_fiscale.sex(code), bool(place)] % {"day": day, "place": place}


def place_of(code: str) -> str:
    """The municipality as it is called today, "" for one that is no more."""
    place = codice_fiscale.place(code)
    if place.startswith(ABROAD):
        return gettext("a country abroad")
    found = Place.objects.filter(code=place).first()
    return found.in_words if found else ""
