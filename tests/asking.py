"""Requests as they stand in the database, and a kind of one's own that has something for billing to do."""

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django import forms

from sportello.billing.commands import ChangeMailingAddress, Command
from sportello.billing.port import Capabilities
from sportello.billing.records import Address
from sportello.domain.activities.kinds.base import RequestForm, RequestKind
from sportello.domain.activities.kinds.catalogue import KINDS
from sportello.domain.activities.models import Activity, ActivityKind, Visitor
from sportello.domain.customers.models import Customer
from tests import factories

NUMBER = "A-26000001"
LIST = "/staff/requests/"
PATH = f"{LIST}{NUMBER}/"
DECIDE, WRITE = f"{PATH}decide/", f"{PATH}write/"
TAKES_ADDRESSES = f"{__name__}.TakesAddresses"


class TakesAddresses:
    """A billing system that takes one command."""

    capabilities = Capabilities(
        name="test",
        feed=True,
        fresh_for=2,
        invoice_pdf=False,
        invoice_xml=False,
        commands=frozenset({"ChangeMailingAddress"}),
    )


class AddressForm(RequestForm):
    street = forms.CharField(label="Street", max_length=100)


def commands(activity: Activity) -> Sequence[Command]:
    address = Address(street=str(activity.asked["street"]), number="1", postcode="41033", municipality="Concordia")
    account = activity.account_code
    return [ChangeMailingAddress(customer_code=activity.customer_code, account_code=account, address=address)]


ADDRESS = RequestKind(
    code=ActivityKind.MAILING_ADDRESS, sentence="", form=AddressForm, commands=commands, term="information"
)


def with_addresses(monkeypatch: Any, settings: Any, *, taken: bool = True) -> None:
    """The kind is on offer; billing takes its command, or does not."""
    monkeypatch.setitem(KINDS, ActivityKind.MAILING_ADDRESS.value, ADDRESS)
    if taken:
        settings.BILLING_CONNECTOR = TAKES_ADDRESSES


def asked(number: str = NUMBER, code: str = "C1", **fields: Any) -> Activity:
    """By hand, about contracts, opened ``days`` ago."""
    customer = Customer.objects.filter(code=code).first() or household(code)
    days = fields.pop("days", 1)
    values: dict[str, Any] = {
        "kind": "information",
        "channel": "portal",
        "asked": {"topic": "contract", "text": "Quanto dura il contratto?"},
        "automatic": False,
        "supply": customer.supplies.first(),
        "opened_at": factories.NOW - timedelta(days=days),
        "once": uuid4().hex,
    }
    return Activity.objects.create(number=number, customer=customer, **{**values, **fields})


def household(code: str, **fields: Any) -> Customer:
    customer = factories.customer(code, **{"email": f"{code.lower()}@example.it", **fields})
    factories.supply(factories.account(customer))
    return customer


def address(number: str = NUMBER, **fields: Any) -> Activity:
    values = {"kind": "mailing_address", "asked": {"street": "Via Nuova"}, "account_code": "A-C1"}
    return asked(number, **{**values, **fields})


def visit(number: str = NUMBER, **fields: Any) -> Activity:
    who = {"name": "Gino Visitatore", "answer_by": "email", "email": "gino@example.it", **fields.pop("visitor", {})}
    values: dict[str, Any] = {
        "kind": "information", "channel": "website", "automatic": False, "opened_at": factories.NOW,
        "asked": {"topic": "new", "text": "Vorrei il gas."}, "once": uuid4().hex,
    }  # fmt: skip
    activity = Activity.objects.create(number=number, **{**values, **fields})
    Visitor.objects.create(activity=activity, **who)
    return activity


def now(number: str = NUMBER) -> Activity:
    return Activity.objects.get(number=number)


def carried(client: Any, path: str = PATH) -> dict[str, str]:
    """What the forms of the page carry."""
    page = client.get(path).content.decode()
    found = {name: re.search(rf'name="{name}" value="(\w+)"', page) for name in ("seen", "once")}
    return {name: match[1] for name, match in found.items() if match}


def post(client: Any, verb: str, path: str = "", **fields: Any) -> Any:
    """Sends one form of the page as it is now, unless ``seen`` and ``once`` say otherwise."""
    where = path or (WRITE if verb in ("note", "answer") else DECIDE)
    hidden = {} if "seen" in fields else carried(client)
    return client.post(where, {"verb": verb, "once": "o", **hidden, **fields})


def plain(response: Any) -> str:
    page = response.content.decode()
    page = page[page.index("<main") :]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
