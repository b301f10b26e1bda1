"""Passwords that are long enough and still the first that anybody would try."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from sportello.domain.people.models import User

ROWS = (
    "0123456789",
    "1234567890",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "qwertyuiopasdfghjklzxcvbnm",
)
FEWEST = 5  # different characters
WORDS = ("password", "passwordpassword", "sportello", "sportelloonline", "benvenuto", "welcome", "cambiami", "changeme")


class PredictableValidator:
    """Refuses the same few characters over and over, rows of the keyboard, and the company's name with a number."""

    def validate(self, password: str, user: User | None = None) -> None:
        text = password.casefold()
        letters = "".join(character for character in text if character.isalpha())
        company = "".join(character for character in settings.COMPANY_NAME.casefold() if character.isalpha())
        if len(set(text)) < FEWEST or in_a_row(text) or letters in (company, *WORDS):
            raise ValidationError(_("This password is among the first that anybody would try."), code="predictable")

    def get_help_text(self) -> str:
        return ""


def in_a_row(text: str) -> bool:
    """Whether it goes along a row, forwards or backwards, and perhaps begins anew at its end."""
    rows = [row * (len(text) // len(row) + 2) for row in ROWS]
    return any(text in row or text[::-1] in row for row in rows)
