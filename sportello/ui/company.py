"""How the company shows itself: name, colour, numbers to call, where to pay."""

from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings


@dataclass(frozen=True, slots=True)
class EmergencyNumber:
    service: str  # a service's code, "" for all
    number: str

    @property
    def dial(self) -> str:
        return "".join(character for character in self.number if character.isdigit() or character == "+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    name: str
    initials: str
    iban: str
    payment_page: str
    postal_account: str
    customer_service: str
    emergency_numbers: tuple[EmergencyNumber, ...]


def emergency_numbers(text: str) -> tuple[EmergencyNumber, ...]:
    """From "gas=800 900 999;electricity=800 900 998"."""
    numbers = []
    for part in text.split(";"):
        service, _, number = part.rpartition("=")
        if number.strip():
            numbers.append(EmergencyNumber(service.strip(), number.strip()))
    return tuple(numbers)


def company() -> Company:
    return _company(
        settings.COMPANY_NAME,
        settings.COMPANY_IBAN,
        settings.COMPANY_PAYMENT_PAGE,
        settings.COMPANY_POSTAL_ACCOUNT,
        settings.COMPANY_CUSTOMER_SERVICE,
        settings.COMPANY_EMERGENCY_NUMBERS,
    )


@lru_cache(maxsize=8)
def _company(
    name: str, iban: str, payment_page: str, postal_account: str, customer_service: str, emergency: str
) -> Company:
    words = [word for word in name.split() if word[0].isalnum()]
    return Company(
        name=name,
        initials="".join(word[0] for word in words[:2]).upper(),
        iban=iban,
        payment_page=payment_page,
        postal_account=postal_account,
        customer_service=customer_service,
        emergency_numbers=emergency_numbers(emergency),
    )
