"""An invoice on the desk: its log, one press to send it again, and the list of what did not arrive."""

import pytest
import time_machine

from sportello.domain.activities.models import Activity
from sportello.domain.customers.models import Customer, InvoiceRecipient
from sportello.domain.invoice_mail import undelivered
from sportello.domain.invoice_mail.models import Sending
from sportello.domain.invoice_mail.tests.posting import NOW, PDF, invoice, posted
from sportello.domain.journal.models import Event

pytestmark = pytest.mark.django_db
HERE = "/staff/invoices/F-C1/"


@pytest.fixture(autouse=True)
def fixed_time():
    with time_machine.travel(NOW, tick=False):
        yield


def failed() -> list[Sending]:
    """One of two addresses has sent it back."""
    sendings = posted(invoice("C1", "a@example.it", "b@example.it"))
    undelivered.bounced(sendings[0].message_id, failed=True, why="5.1.1 <script>no</script>", now=NOW)
    return sendings


def test_the_page_says_what_became_of_each_mail_and_looking_is_written_down(paolo):
    failed()
    page = paolo.get(HERE).content.decode()
    for words in ("a@example.it", "b@example.it", "Came back: not delivered", "&lt;script&gt;", "26/11/2026"):
        assert words in page
    assert Event.objects.filter(name="backoffice.invoice_seen", customer_code="C1").count() == 1
    assert paolo.get("/staff/invoices/NONE/").status_code == 404


def test_two_presses_send_it_once_and_whoever_comes_late_is_told(paolo, staff):
    sendings = failed()
    press = {"seen": max(each.pk for each in sendings), "to": "a@example.it"}
    said = [paolo.post(f"{HERE}resend/", press, follow=True).content.decode() for _ in range(2)]
    assert "The invoice goes to 1 address." in said[0] and "It has been sent again already" in said[1]
    (again,) = Sending.objects.filter(by_hand=True)
    assert again.address == "a@example.it"
    assert staff("carla", "call_center").post(f"{HERE}resend/", press).status_code == 302
    assert Sending.objects.filter(by_hand=True).count() == 1


def test_only_addresses_of_now_get_it_whatever_is_sent(paolo):
    sendings = failed()
    InvoiceRecipient.objects.filter(address="a@example.it").update(verified_at=None)
    seen = max(each.pk for each in sendings)
    for sent in (
        {"seen": seen, "to": "a@example.it"},
        {"seen": seen, "to": "mallory@example.it"},
        {"seen": seen, "to": "b@example.it\r\nBcc: mallory@example.it"},
        {"seen": "x"},
        {"seen": str(10**30)},
        {},
    ):
        assert paolo.post(f"{HERE}resend/", sent).status_code == 302
    assert not Sending.objects.filter(by_hand=True).exists()
    planted = {"seen": seen, "to": "", "address": "mallory@example.it", "customer": "C9", "mode": "pdf", "by_hand": ""}
    paolo.post(f"{HERE}resend/", planted)
    assert [(each.address, each.mode) for each in Sending.objects.filter(by_hand=True)] == [("b@example.it", "link")]


def test_the_list_of_what_did_not_arrive_leads_to_the_invoice_and_its_request(paolo):
    assert "None: every invoice" in paolo.get("/staff/invoices/undelivered/").content.decode()
    failed()
    page = paolo.get("/staff/invoices/undelivered/").content.decode()
    number = Activity.objects.get().number
    assert HERE in page and f"/staff/requests/{number}/" in page and "b@example.it" not in page
    request = paolo.get(f"/staff/requests/{number}/").content.decode()
    assert HERE in request and "a@example.it" in request and "then send the invoice again" in request
    assert number in paolo.get("/staff/requests/?kind=invoice_undelivered").content.decode()


def test_an_operator_answers_it_and_its_customer_sees_it_but_cannot_cancel_it(paolo, client):
    from tests import factories

    failed()
    activity = Activity.objects.get()
    alice = factories.user("alice")
    factories.access(alice, Customer.objects.get(code="C1"))
    client.force_login(alice)
    mine = client.get(f"/requests/{activity.number}/")
    told = mine.content.decode()
    assert mine.status_code == 200 and "a@example.it" in told and "Ask the customer" not in told and "5.1.1" not in told
    client.post(f"/requests/{activity.number}/cancel/", {})
    activity.refresh_from_db()
    assert activity.status == "new"
    assert client.get("/requests/new/invoice_undelivered/").status_code == 404
    paolo.post(
        f"/staff/requests/{activity.number}/decide/", {"verb": "execute", "seen": "0", "once": "x", "answer": "Fatto."}
    )
    activity.refresh_from_db()
    assert activity.status == "executed"


def test_the_pdf_is_for_who_looks_after_customers_and_that_is_written_down(paolo, ada):
    failed()
    reply = paolo.get("/documents/for-staff/invoices/F-C1.pdf")
    assert reply.status_code == 200 and reply.content == PDF
    assert Event.objects.filter(name="backoffice.invoice_pdf_seen").count() == 1
    for path in (HERE, "/documents/for-staff/invoices/F-C1.pdf", "/staff/invoices/undelivered/"):
        assert ada.get(path).status_code == 404
