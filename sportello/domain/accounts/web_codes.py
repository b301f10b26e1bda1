"""Web codes: issuing them for the print run, and knowing again the one that somebody typed."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from sportello.billing.commands import PublishWebCode
from sportello.billing.loading import connector
from sportello.domain.accounts import notices, texts
from sportello.domain.accounts.models import WebCode
from sportello.domain.customers.models import Customer, CustomerAccess
from sportello.domain.customers.models.parties import CustomerQuerySet
from sportello.domain.journal.models import Event, record
from sportello.domain.ledger import writing as ledger
from sportello.domain.messages.links import Link as Page
from sportello.domain.people import printed_codes
from sportello.domain.people.models import User

LIFE = timedelta(days=180)
PAUSE = timedelta(days=1)  # between two codes sent again
PORTION = 1_000
ISSUING = 0x5EBC0DE5  # a lock of the database's: who issues codes does so alone


class NotRecognised(Exception):
    """No usable code of this customer: wrong, used, expired, or of somebody else. Never said which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedCode:
    """A code in clear, for paper; it is kept nowhere else, but in the ledger until billing has it."""

    customer_code: str
    code: str = field(repr=False)
    expires_at: datetime


@transaction.atomic
def issue(customers: Sequence[str], *, now: datetime, life: timedelta = LIFE) -> list[IssuedCode]:
    """Gives each customer a new code, for billing to print; earlier ones not used yet, billing's too, stop working."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ISSUING])
    issued = [IssuedCode(customer_code=code, code=printed_codes.make(), expires_at=now + life) for code in customers]
    WebCode.objects.usable(now).filter(customer_id__in=customers).update(revoked_at=now)
    billings = Customer.objects.filter(code__in=customers, web_code__isnull=False).values_list("code", "web_code")
    WebCode.objects.bulk_create(
        [
            WebCode(customer_id=code, digest=digest, issued_at=now, expires_at=now + life, revoked_at=now)
            for code, digest in billings
            if digest
        ],
        batch_size=PORTION,
        ignore_conflicts=True,
    )
    WebCode.objects.bulk_create(
        [
            WebCode(
                customer_id=each.customer_code,
                digest=printed_codes.digest(each.code),
                issued_at=now,
                expires_at=each.expires_at,
            )
            for each in issued
        ],
        batch_size=PORTION,
    )
    publish(issued, now=now)
    return issued


def publish(issued: Sequence[IssuedCode], *, now: datetime) -> None:
    """Has billing print these codes, where it can, in place of earlier ones that have not gone there yet.

    A code that was used, or has stopped working, is left where it is: the next one replaces it.
    """
    if PublishWebCode.__name__ not in connector(settings.BILLING_CONNECTOR).capabilities.commands:
        return
    entries = [
        ledger.Entry(
            command=PublishWebCode(
                customer_code=each.customer_code,
                web_code=each.code,
                expires_on=each.expires_at.astimezone(notices.ROME).date(),
            ),
            key=f"web-code-{printed_codes.digest(each.code)}",
            about=("web_code", each.customer_code),
        )
        for each in issued
    ]
    ledger.enqueue_many(entries, now=now)


def without_login_or_code(*, now: datetime) -> list[str]:
    """Customers that nobody sees yet and that hold no usable code, Sportello's or billing's, by code."""
    seen = CustomerAccess.objects.filter(ended_at=None).values("customer_id")
    holding = WebCode.objects.usable(now).values("customer_id")
    customers = Customer.objects.exclude(code__in=seen).exclude(code__in=holding)
    customers = customers.exclude(code__in=with_code_of_billing().values("code"))
    return list(customers.order_by("code").values_list("code", flat=True))


def with_code_of_billing() -> CustomerQuerySet:
    """Customers whose code of billing's has been neither used nor revoked."""
    known = WebCode.objects.filter(digest=OuterRef("web_code"))
    return Customer.objects.exclude(web_code=None).filter(~Exists(known))


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Somebody has shown code and number of this customer; ``digest`` is the code's, to be used up."""

    customer_code: str
    digest: str


def claim(*, code: str, identifier: str, now: datetime, again: User | None = None) -> Claim:
    """The customer whose web code and customer number, tax code or VAT number somebody has typed.

    A code that ``again`` has used himself counts as his still: his form may have been sent twice.

    Raises MistypedCode (of ``printed_codes``) for what cannot be a code, NotRecognised for everything else; the work is the
    same whichever of the two is wrong.
    """
    digests = printed_codes.digests(printed_codes.read(code))
    # A code of billing's that is known here was used or revoked, under whichever of the site's keys that was.
    known = list(WebCode.objects.filter(digest__in=digests))
    own = next(
        (each for each in known if each.is_usable(now) or (again is not None and each.used_by_id == again.pk)), None
    )
    billings = Customer.objects.filter(web_code__in=digests).values_list("code", "web_code").first()
    holder, digest = (own.customer_id, own.digest) if own else (not known and billings) or ("", "")
    customer = Customer.objects.filter(code=holder).first()
    if customer is None or not identifies(customer, identifier):
        raise NotRecognised
    return Claim(customer_code=customer.code, digest=digest or "")


def identifies(customer: Customer, typed: str) -> bool:
    """Whether this is the customer's number, tax code or VAT number, however it is spaced."""
    wanted = _plain(typed)
    return bool(wanted) and wanted in {
        _plain(known) for known in (customer.code, customer.tax_code, customer.vat_number) if known
    }


def _plain(text: str) -> str:
    return "".join(character for character in text if character.isalnum() and character.isascii()).upper()


def use_up(claimed: Claim, *, user: User, now: datetime) -> CustomerAccess:
    """Uses the code and lets ``user`` see the customer, in the caller's transaction. Raises NotRecognised where the code has
    been used in the meantime."""
    used = WebCode.objects.usable(now).filter(digest=claimed.digest).update(used_at=now, used_by=user)
    if not used:
        _, created = WebCode.objects.get_or_create(
            digest=claimed.digest,
            defaults={
                "customer_id": claimed.customer_code,
                "issued_at": now,
                "expires_at": now + LIFE,
                "used_at": now,
                "used_by": user,
            },
        )
        if not created:
            raise NotRecognised
    access, _ = CustomerAccess.objects.get_or_create(
        user=user, customer_id=claimed.customer_code, ended_at=None, defaults={"granted_at": now}
    )
    return access


def used_by(claimed: Claim) -> User | None:
    """Who has used this code."""
    code = WebCode.objects.filter(digest=claimed.digest).exclude(used_at=None).select_related("used_by").first()
    return code.used_by if code else None


def print_run(issued: Iterable[IssuedCode]) -> Iterator[tuple[str, ...]]:
    """Rows for the printer: customer, name, address, code as it is printed, last day."""
    issued = list(issued)
    yield ("customer", "name", "address", "code", "valid_until")
    for start in range(0, len(issued), PORTION):
        portion = issued[start : start + PORTION]
        customers = Customer.objects.in_bulk([each.customer_code for each in portion])
        for each in portion:
            customer = customers[each.customer_code]
            shown, until = printed_codes.shown(each.code), f"{each.expires_at.astimezone(notices.ROME):%Y-%m-%d}"
            yield (each.customer_code, customer.name, customer.address, shown, until)


def holder_of(*, customer_code: str, identifier: str) -> str:
    """The code of the customer with this number and this tax code or VAT number, "" where they do not belong together.

    Knowing both gets nobody in; it only has a code sent to the address that billing already has.
    """
    customer = Customer.objects.filter(code=customer_code.strip().replace("\x00", "")).first()
    if customer is None or _plain(identifier) == _plain(customer.code) or not identifies(customer, identifier):
        return ""
    return customer.code


@transaction.atomic
def send_again(customer: Customer, *, now: datetime) -> bool:
    """Sends a new code to the address that billing already has, never to another; says whether it did.

    One a day at most, and none where there is no address: the old code then goes on working.
    """
    Customer.objects.select_for_update().get(code=customer.code)
    sent = Event.objects.filter(name="accounts.web_code_sent", customer_code=customer.code, at__gt=now - PAUSE)
    if sent.exists() or not (customer.email or customer.street):
        return False
    (issued,) = issue([customer.code], now=now)
    values = {
        "customer": customer.code,
        "code": printed_codes.shown(issued.code),
        "until": notices.day(issued.expires_at),
        "page": Page("first_access").url,
    }
    if not notices.tell_customer(customer, texts.NEW_WEB_CODE, now=now, values=values):
        transaction.set_rollback(True)
        return False
    record("accounts.web_code_sent", now=now, about=("customer", customer.code), customer_code=customer.code)
    return True
