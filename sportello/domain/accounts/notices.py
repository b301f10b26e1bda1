"""Telling a person of what was changed in his access, at every address he has or lately had."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sportello.domain.accounts.models import FormerEmail
from sportello.domain.customers.models import Customer, CustomerAccess
from sportello.domain.customers.models.countries import abroad
from sportello.domain.customers.models.parties import Addressed
from sportello.domain.messages.addresses import WrongAddress
from sportello.domain.messages.kinds import Kind
from sportello.domain.messages.links import Link as Page
from sportello.domain.messages.models import Channel, Message
from sportello.domain.messages.writing import write, write_letter
from sportello.domain.people.models import User

ROME = ZoneInfo("Europe/Rome")
A_DAY = timedelta(days=1)
FORMER_FOR = timedelta(days=30)  # in which an address that was left is told of changes too


def when(now: datetime) -> str:
    """24/11/2026, 10:42, as Italian and English letters write it."""
    return f"{now.astimezone(ROME):%d/%m/%Y, %H:%M}"


def day(moment: datetime) -> str:
    return f"{moment.astimezone(ROME):%d/%m/%Y}"


def addresses_of(user: User, *, now: datetime) -> list[str]:
    """Where this person can be told something: his address, and those he had within the last thirty days."""
    former = FormerEmail.objects.filter(user=user, until__gt=now).order_by("id").values_list("email", flat=True)
    return list(dict.fromkeys(address for address in (user.email, *former) if address))


def customer_with_address(user: User) -> Customer | None:
    """The customer at whose address this person gets letters: of those he sees, the one he came in with."""
    seen = CustomerAccess.objects.filter(user=user, ended_at=None).exclude(customer__street="")
    first = seen.order_by("granted_at", "id").select_related("customer").first()
    return first.customer if first else None


def postal_lines(customer: Customer) -> list[str]:
    """The address below the name, as a letter carries it."""
    return lines_of(customer)


def lines_of(place: Addressed) -> list[str]:
    """Of whatever has an address."""
    town = f"{place.postcode} {place.municipality} {place.province}".strip()
    country = abroad(place.country, "it").upper()  # where it is posted it is read in Italian
    return [line for line in (f"{place.street} {place.street_number}".strip(), town, country) if line]


def tell(user: User, kind: Kind, *, now: datetime, values: Mapping[str, str], page: Page | None = None) -> None:
    """Writes to all addresses of a person; a letter where he has none."""
    values = {"username": user.username, **values}
    about = ("user", str(user.pk))
    told = [
        address
        for address in addresses_of(user, now=now)
        if mailed(
            kind,
            to=address,
            name=user.get_full_name(),
            language=user.language,
            values=values,
            now=now,
            page=page,
            about=about,
        )
    ]
    if not told and not posted_lately(user, kind, now=now):
        post(user, kind, now=now, values=values, page=page)


def posted_lately(user: User, kind: Kind, *, now: datetime) -> bool:
    """Whether a letter of this kind has gone to this person within a day: paper costs, and one is warning enough."""
    letters = Message.objects.about("user", str(user.pk)).filter(channel=Channel.LETTER, kind=kind.name)
    return letters.filter(created_at__gt=now - A_DAY).exists()


def post(user: User, kind: Kind, *, now: datetime, values: Mapping[str, str], page: Page | None = None) -> bool:
    """Writes a letter to a person at the address that billing has; says whether there was one."""
    holder = customer_with_address(user)
    return holder is not None and posted(
        kind,
        customer=holder,
        name=user.get_full_name(),
        language=user.language,
        values=values,
        now=now,
        page=page,
        about=("user", str(user.pk)),
    )


def tell_customer(customer: Customer, kind: Kind, *, now: datetime, values: Mapping[str, str]) -> bool:
    """Writes to a customer at the addresses billing has, by mail rather than by letter; says whether there was one."""
    mail = bool(customer.email) and mailed(
        kind,
        to=customer.email or "",
        name=customer.name,
        language=customer.language,
        values=values,
        now=now,
        customer_code=customer.code,
    )
    return mail or posted(
        kind, customer=customer, name=customer.name, language=customer.language, values=values, now=now
    )


def mailed(
    kind: Kind,
    *,
    to: str,
    name: str,
    language: str,
    values: Mapping[str, str],
    now: datetime,
    page: Page | None = None,
    customer_code: str = "",
    about: tuple[str, str] = ("", ""),
) -> bool:
    """Writes a mail; says whether this was an address at all, which billing's need not be."""
    try:
        write(
            kind,
            to=to,
            name=name,
            language=language,
            values=values,
            now=now,
            link=page,
            customer_code=customer_code,
            about=about,
        )
    except WrongAddress:
        return False
    return True


def posted(
    kind: Kind,
    *,
    customer: Customer,
    name: str,
    language: str,
    values: Mapping[str, str],
    now: datetime,
    page: Page | None = None,
    about: tuple[str, str] = ("", ""),
    follows: str = "",
) -> bool:
    """Writes a letter to a customer's address; says whether billing has one that a letter can go to."""
    if not customer.street:
        return False
    try:
        write_letter(
            kind,
            lines=postal_lines(customer),
            name=name,
            language=language,
            values=values,
            now=now,
            link=page,
            customer_code=customer.code,
            about=about,
            follows=follows,
        )
    except WrongAddress:
        return False
    return True
