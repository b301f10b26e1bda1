"""Money, dates and numbers as the two languages write them; own code because these run hundreds of times a page."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import get_language, override

ROME = ZoneInfo("Europe/Rome")
MINUS = "−"
SPACE = "\u00a0"
_SWAP = str.maketrans(",.", ".,")


def is_italian() -> bool:
    return (get_language() or "it").startswith("it")


@dataclass(frozen=True, slots=True)
class Written:
    """Numbers as one language writes them."""

    italian: bool

    def number(self, value: Decimal | int, places: int | None = None) -> str:
        """1.234,56 in Italian, 1,234.56 in English; without ``places``, as many as the value needs."""
        if places is not None:
            text = f"{abs(value):,.{places}f}"
        elif isinstance(value, int):
            text = f"{abs(value):,}"
        else:
            whole, point, rest = f"{abs(value):,f}".partition(".")
            text = (whole + point + rest.rstrip("0")).rstrip(".")
        return (MINUS if value < 0 else "") + self._grouped(text)

    def money(self, value: Decimal) -> str:
        """Euro with two places: 1.234,56 € in Italian, €1,234.56 in English."""
        text = self._euro(f"{abs(value):,.2f}")
        return MINUS + text if value < 0 else text

    def price(self, value: Decimal) -> str:
        """A price of one unit: as many places as it has, two at least."""
        exponent = value.normalize().as_tuple().exponent
        places = max(2, -exponent if isinstance(exponent, int) else 0)
        return (MINUS if value < 0 else "") + self._euro(f"{abs(value):,.{places}f}")

    def _grouped(self, text: str) -> str:
        if not self.italian:
            return text
        return text.translate(_SWAP) if "," in text else text.replace(".", ",")

    def _euro(self, text: str) -> str:
        return f"{self._grouped(text)}{SPACE}€" if self.italian else f"€{text}"


ITALIAN, ENGLISH = Written(True), Written(False)


def present() -> Written:
    """As the language that is active writes them."""
    return ITALIAN if is_italian() else ENGLISH


def number(value: Decimal | int, places: int | None = None) -> str:
    return present().number(value, places)


def money(value: Decimal) -> str:
    return present().money(value)


def price(value: Decimal) -> str:
    return present().price(value)


@lru_cache(maxsize=4_000)  # the days of ten years
def day(value: date) -> str:
    """24/11/2026 in both languages."""
    return f"{value.day:02}/{value.month:02}/{value.year}"


def month(value: date) -> str:
    """nov in Italian, Nov in English."""
    return _month("it" if is_italian() else "en", value.month)


def weekday(value: date) -> str:
    """Lunedì in Italian, Monday in English."""
    return _weekday("it" if is_italian() else "en", value.weekday())


@cache
def _weekday(language: str, number: int) -> str:
    with override(language):
        return date_format(date(2026, 6, 1 + number), "l").capitalize()  # the first of June 2026 is a Monday


@cache
def _month(language: str, number: int) -> str:
    with override(language):
        return date_format(date(2026, number, 1), "b" if language == "it" else "M")


def clock(value: datetime) -> str:
    """10:42, in Rome."""
    local = value.astimezone(ROME)
    return f"{local.hour:02}:{local.minute:02}"


def rome_day(value: datetime) -> date:
    return value.astimezone(ROME).date()


def spaced(code: str, size: int = 4) -> str:
    """A long code in groups, to be read aloud and compared: IT60 X054 2811 …"""
    return " ".join(code[start : start + size] for start in range(0, len(code), size))
