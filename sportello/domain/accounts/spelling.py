"""One spelling for what people choose as their own: user names and addresses, so that no two look alike."""

import re

from sportello.domain.messages import addresses
from sportello.domain.messages.addresses import WrongAddress
from sportello.domain.people.models import normalise_username

USERNAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{1,58})[a-z0-9]")
LONGEST_EMAIL = 254  # characters, as the table holds it


class WrongName(ValueError):
    """Not a user name: too short or long, or with characters that others could be taken for."""


def checked_username(typed: str) -> str:
    """The user name in its one spelling. Raises WrongName.

    Plain letters, digits, dot, hyphen and underscore only: a Cyrillic а is no a, and an @ would make it an address.
    """
    name = normalise_username(typed)
    if not USERNAME.fullmatch(name):
        raise WrongName
    return name


def checked_email(typed: str) -> str:
    """The address in its one spelling, which is also the one that mails go to. Raises WrongAddress."""
    address = addresses.checked(addresses.checked(typed).lower())
    if len(address) > LONGEST_EMAIL or address != address.lower():
        raise WrongAddress("not an address that can be kept")
    return address
