"""Files of a request: who gets them, and that nobody's browser opens them."""

import pytest
from django.test import Client

from sportello.domain.activities.models import Activity
from sportello.domain.activities.opening import attach
from sportello.domain.files.attachments import Attached
from sportello.domain.journal.models import Event
from tests import factories

PDF = b"%PDF-1.7 of Anna"
OWN, NOTES = "/documents/requests/files/A-26000001-1/", "/documents/requests/files/A-26000001-2/"


@pytest.fixture
def activity(db) -> Activity:
    made = Activity.objects.create(
        number="A-26000001",
        kind="information",
        channel="portal",
        customer=factories.customer("C1"),
        opened_at=factories.NOW,
    )
    attach(made, [Attached("contratto è.pdf", "application/pdf", PDF)], remark=None, now=factories.NOW)
    note = made.remarks.create(side="staff", sort="note", text="For us", at=factories.NOW)
    attach(made, [Attached("perizia.pdf", "application/pdf", PDF)], remark=note, now=factories.NOW)
    return made


@pytest.fixture
def sign_in(settings):
    settings.DEMO = True

    def sign_in(name: str, *roles: str, customer: str = "") -> Client:
        user = factories.user(name, roles=list(roles))
        if customer:
            owner = factories.Customer.objects.filter(code=customer).first() or factories.customer(customer)
            factories.access(user, owner)
        client = Client(headers={"accept-language": "en"})
        client.force_login(user)
        return client

    return sign_in


def test_the_customer_saves_his_own(activity, sign_in):
    answer = sign_in("anna", customer="C1").get(OWN)
    assert (answer.status_code, answer.content) == (200, PDF)
    assert answer["Content-Disposition"] == "attachment; filename*=utf-8''contratto%20%C3%A8.pdf"
    assert (answer["X-Content-Type-Options"], answer["Cache-Control"]) == ("nosniff", "no-store")
    policy = answer["Content-Security-Policy"].split("; ")
    assert "sandbox" in policy and "default-src 'none'" in policy
    assert not Event.objects.filter(name="documents.request_file_seen").exists()


def test_a_notes_file_stays_in_the_house(activity, sign_in):
    anna = sign_in("anna", customer="C1")
    hidden, missing = anna.get(NOTES), anna.get(NOTES.replace("-2/", "-9/"))
    assert hidden.status_code == missing.status_code == 404
    assert sign_in("paolo", "back_office").get(NOTES).status_code == 200


def test_somebody_elses_is_not_there(activity, sign_in):
    assert sign_in("bob", customer="C2").get(OWN).status_code == 404


@pytest.mark.parametrize(
    ("role", "status"), [("back_office", 200), ("call_center", 200), ("manager", 200), ("agent", 404)]
)
def test_staff_who_deal_with_requests_get_it_and_it_is_written_down(activity, sign_in, role, status):
    assert sign_in("paolo", role).get(OWN).status_code == status
    assert Event.objects.filter(name="documents.request_file_seen", customer_code="C1").count() == (status == 200)
