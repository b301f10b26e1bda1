"""Who can see a customer's data: logins with what opened them, roles of staff, and everybody who has looked of late."""

from datetime import timedelta
from html import unescape

import pytest

from sportello.domain.accounts.models import WebCode
from sportello.domain.journal.models import record
from sportello.domain.people.models import User
from tests import factories
from tests.asking import plain

PATH = "/staff/customers/C1/who/"
NOW, DAY = factories.NOW, timedelta(days=1)


@pytest.fixture(autouse=True)
def customer(db):
    return factories.customer()


def test_logins_are_listed_with_what_has_opened_them(paolo, customer):
    maria, left = factories.user("maria"), factories.user("leftlongago")
    WebCode.objects.create(
        customer=customer, digest="d", issued_at=NOW - 9 * DAY, expires_at=NOW, used_at=NOW - 2 * DAY, used_by=maria
    )
    factories.access(maria, customer, granted_at=NOW - 2 * DAY)
    factories.access(left, customer, granted_at=NOW - 9 * DAY, ended_at=NOW - DAY)
    page = plain(paolo.get(PATH))
    assert "maria since 22/11/2026 · with the web code of the bill" in page
    assert "leftlongago since 15/11/2026, until 23/11/2026 · set up by the company ended" in page


def test_roles_are_counted_without_who_is_switched_off(paolo, manager):
    User.objects.create_user(username="off", roles=["back_office"], is_active=False)
    page = plain(paolo.get(PATH))
    assert "Back office All data, requests and files 1 person" in page
    assert "Call center All data, requests and files, but for mandates 0 people" in page
    assert "Operational manager All data, requests and files 1 person" in page
    assert "Agent" not in page and "Administrator" not in page


def test_who_has_looked_at_what_in_ninety_days_is_told(paolo, manager):
    elena = User.objects.get(username="elena")
    paolo.get("/staff/customers/C1/")
    for days, number in ((89, "F1"), (91, "F2")):
        record(
            "backoffice.invoice_seen",
            now=NOW - days * DAY,
            actor_id=elena.pk,
            about=("invoice", number),
            customer_code="C1",
        )
    record("backoffice.invoice_seen", now=NOW, actor_id=elena.pk, about=("invoice", "F3"), customer_code="C2")
    page = unescape(plain(paolo.get(PATH)))
    assert "24/11/2026 10:42 Paolo Conti The customer's page" in page
    assert "Elena Conti An invoice F1" in page and "F2" not in page and "F3" not in page
