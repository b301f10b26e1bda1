"""A household with a bill, and the forms of requests about it, filled in as a browser would."""

from dataclasses import replace
from datetime import date, timedelta

from sportello.billing.port import Capabilities
from sportello.domain.activities import opening
from sportello.domain.activities.kinds.base import scope_of
from sportello.domain.activities.models import Channel
from sportello.domain.customers.models import Customer
from tests.factories import NOW, access, account, customer, invoice, supply, user

TODAY = date(2026, 11, 24)
BILL = "2026/G/C1"


class TakesAll:
    """A billing system that is asked for nothing but what it can do."""

    capabilities = Capabilities(
        name="test", feed=True, fresh_for=1, invoice_pdf=False, invoice_xml=False,
        commands=frozenset({"SuspendCollection", "ResumeCollection", "ArrangeInstalments", "CloseSupply"}),
    )  # fmt: skip


class TakesNothing:
    """A billing system that can only be read."""

    capabilities = replace(TakesAll.capabilities, commands=frozenset())


TAKES_ALL, TAKES_NOTHING = f"{__name__}.TakesAll", f"{__name__}.TakesNothing"


def household(*, service: str = "gas", **fields):
    """Somebody with one supply and one bill of 121.40 €; ``fields`` are the bill's."""
    person = user("anna", email="anna@example.it")
    access(person, customer("C1", email="casa@example.it", tax_code="RSSMRA80A01F257G"))
    point = supply(account(Customer.objects.get(code="C1")), service=service)
    invoice(point.billing_account, BILL, **{"supply_codes": [point.code], **fields})
    return person


def form_of(person, kind, files=None, **typed):
    scope = scope_of(person, Customer.objects.get(code="C1"), today=TODAY)
    return kind.form(scope, {"once": "a", **typed}, {"files": files} if files else {})


def opened(person, kind, files=None, *, now=NOW, **typed):
    """Confirmed, where there is something to confirm."""
    form = form_of(person, kind, files, **typed)
    assert form.is_valid(), form.errors
    if form.needs_confirmation:
        form = form_of(person, kind, files, **typed, confirmed=form.digest)
        assert form.is_valid()
    return opening.open_request(kind, form, user=person, channel=Channel.PORTAL, now=now)


def codes(form) -> list[str]:
    form.is_valid()
    return [each.code for each in form.warnings]


def day(days: int) -> str:
    return (TODAY + timedelta(days=days)).isoformat()
