"""The mandate to be printed: who gets it, and that a web process never sets it."""

import pytest
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob

from sportello.desks.documents import views
from sportello.domain.activities import mandate_copies
from sportello.domain.activities.models import Activity
from sportello.domain.activities.tests.test_mandates import ASKED, COMPANY
from sportello.domain.journal.models import Event
from tests import factories

MANDATE = "/documents/requests/A-26000001/mandate.pdf"


@pytest.fixture
def activity(db, settings, monkeypatch) -> Activity:
    settings.DEMO = True
    settings.COMPANY_CREDITOR_ID = COMPANY["COMPANY_CREDITOR_ID"]
    monkeypatch.setattr(views, "WAIT", 0)
    monkeypatch.setattr(mandate_copies, "set_mandate", lambda said: b"%PDF-1.7 of Anna")
    return Activity.objects.create(
        number="A-26000001", kind="direct_debit", channel="portal", customer=factories.customer("C1"), asked=ASKED,
        opened_at=factories.NOW,
    )  # fmt: skip


def sign_in(name: str, *roles: str, customer: str = "") -> Client:
    user = factories.user(name, roles=list(roles))
    if customer:
        factories.access(user, factories.Customer.objects.filter(code=customer).first() or factories.customer(customer))
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def keep() -> None:
    mandate_copies.keep(number="A-26000001", now=factories.NOW)


def test_a_worker_sets_it_while_the_page_waits(activity):
    anna = sign_in("anna", customer="C1")
    for _ in range(2):
        answer = anna.get(MANDATE)
        assert (answer.status_code, b"being prepared" in answer.content) == (202, True)
    assert [job.task_name for job in ProcrastinateJob.objects.all()] == [mandate_copies.TASK]
    look = {"headers": {"HX-Request": "true"}}
    assert f'hx-get="{MANDATE}?polls=2"' in anna.get(f"{MANDATE}?polls=1", **look).content.decode()
    assert "longer than usual" in anna.get(f"{MANDATE}?polls={views.POLLS}", **look).content.decode()
    keep()
    assert anna.get(MANDATE, **look)["HX-Redirect"] == MANDATE
    answer = anna.get(MANDATE)
    assert (answer.status_code, answer.content, answer["Content-Type"]) == (200, b"%PDF-1.7 of Anna", "application/pdf")
    assert answer["Content-Disposition"] == 'inline; filename="mandate-A-26000001.pdf"'
    assert (answer["Cache-Control"], answer["X-Content-Type-Options"]) == ("no-store", "nosniff")
    assert not Event.objects.filter(name="documents.mandate_seen").exists()


def test_who_decides_sees_it_and_that_is_written_down(activity):
    keep()
    assert sign_in("paolo", "back_office").get(MANDATE).status_code == 200
    event = Event.objects.get(name="documents.mandate_seen")
    assert (event.actor.username, event.customer_code) == ("paolo", "C1")


def test_nobody_else_sees_it(activity):
    keep()
    for stranger in (sign_in("bruno", customer="C2"), sign_in("giada", "call_center"), sign_in("ada", "administrator")):
        assert stranger.get(MANDATE).status_code == 404
    assert Client().get(MANDATE).status_code == 302


def test_what_was_cancelled_has_none(activity):
    keep()
    Activity.objects.update(status="cancelled", ended_at=factories.NOW)
    assert sign_in("anna", customer="C1").get(MANDATE).status_code == 404
