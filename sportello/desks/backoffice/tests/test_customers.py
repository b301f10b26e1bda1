"""For a customer who calls: he is found, somebody says how he knows him, and his request is written down once."""

import re

import pytest
from lxml import html

from sportello.domain.activities.kinds.tests.samples import TAKES_EVERYTHING
from sportello.domain.activities.models import Activity, Remark
from sportello.domain.customers.models import Customer, InvoiceSubscription
from sportello.domain.journal.models import Event
from sportello.domain.messages.models import Message
from tests.factories import access, account, customer, invoice, invoice_subscription, supply, user

pytestmark = pytest.mark.django_db
LIST = "/staff/customers/"
PATH = f"{LIST}C1/invoice-mail/"
TYPED = {"delivery": "pdf", "address_1": "new@example.it", "identified": "invoice", "once": "a"}


def said(reply) -> str:
    """All that stands on a page, with one space between words."""
    assert reply.status_code == 200, reply
    return " ".join(html.fromstring(reply.content.decode()).text_content().split())


def errors_of(reply) -> set[str]:
    """The fields beside which something is said."""
    return set(re.findall(r'id="id_([\w-]+)-error">', reply.content.decode()))


@pytest.fixture(autouse=True)
def billing_takes_it(settings):
    settings.BILLING_CONNECTOR = TAKES_EVERYTHING


@pytest.fixture
def giada(staff):
    return staff("giada", "call_center")


@pytest.fixture
def anna() -> Customer:
    of = customer("C1", first_name="Anna", last_name="Verdi", email="anna@example.it", invoice_delivery="paper")
    invoice(supply(account(of), "S1").billing_account, "2026/G/1")
    return of


@pytest.mark.parametrize("typed", ["C1", " c1 ", "2026/g/1", "verd", "anna verdi"])
def test_one_who_is_found_alone_is_opened(giada, anna, typed):
    reply = giada.get(LIST, {"q": typed})
    assert (reply.status_code, reply.headers["Location"]) == (302, f"{LIST}C1/")


def test_several_are_listed_and_nobody_is_nobody(giada, anna):
    for nth in range(2, 26):
        customer(f"C{nth}", last_name="Verdini")
    listed = giada.get(LIST, {"q": "verd"})
    assert listed.content.decode().count('<th scope="row">') == 20 and "There are others" in said(listed)
    for typed in ("nessuno", "'; --", "%", "x" * 900, "\0"):
        assert "Nobody is found" in said(giada.get(LIST, {"q": typed}))
    assert "Nobody is found" not in said(giada.get(LIST))


def test_it_is_written_down_once_with_how_the_caller_was_known(giada, anna):
    assert "In billing: on paper" in said(giada.get(PATH))
    for _ in range(2):
        reply = giada.post(PATH, TYPED)
        activity = Activity.objects.get()
        assert reply.headers["Location"] == f"/staff/requests/{activity.number}/"
    assert (activity.channel, activity.opened_by.username, activity.is_unconfirmed) == ("telephone", "giada", True)
    assert InvoiceSubscription.objects.get().mode == "pdf"
    note = Remark.objects.get()
    assert note.sort == "note" and "number and amount" in note.text
    identified = Event.objects.get(name="activities.caller_identified")
    assert (identified.detail["how"], identified.customer_code) == ("invoice", "C1")
    told = Message.objects.order_by("pk")
    assert [(each.kind, each.address) for each in told] == [
        ("prove_invoice_address", "new@example.it"),
        ("request_received_without_term", "anna@example.it"),
        ("request_changes_data", "anna@example.it"),
    ]
    shown = said(giada.get(f"/staff/requests/{activity.number}/"))
    assert "the caller identified" in shown and "billing is told with the first" in shown
    assert "To be confirmed" in said(giada.get(PATH))


def test_nothing_is_changed_for_somebody_whom_nobody_has_identified(giada, anna):
    for identified in ("", "face"):
        assert errors_of(giada.post(PATH, {**TYPED, "identified": identified})) == {"identified"}
    assert errors_of(giada.post(PATH, {**TYPED, "address_1": "nothing"})) == {"address_1"}
    assert not Activity.objects.exists() and not InvoiceSubscription.objects.exists()


def test_the_customer_sees_that_the_office_did_it(giada, anna, client):
    alice = user("alice", language="en")
    access(alice, anna)
    giada.post(PATH, {**TYPED, "delivery": "link"})
    client.force_login(alice)
    changes = client.get("/account/changes/", headers={"accept-language": "en"}).content.decode()
    assert "our office" in changes and "Telephone" in changes and "identified" not in changes
    request = client.get(f"/requests/{Activity.objects.get().number}/", headers={"accept-language": "en"})
    assert "identified" not in request.content.decode()


def test_one_supply_alone(giada, anna):
    supply(anna.billing_accounts.get(), "S2", service="water", point_code=None)
    invoice_subscription(anna, "all@example.it")
    assert '<option value="S2" selected>' in giada.get(PATH, {"supply": "S2"}).content.decode()
    giada.post(PATH, {**TYPED, "supply": "S2", "delivery": "off"})
    assert InvoiceSubscription.objects.get(supply="S2").is_on is False


@pytest.mark.parametrize("role", ["agent", "credit_checker", "administrator"])
def test_others_do_not_come_here(staff, anna, role):
    client = staff("other", role)
    assert client.get(LIST).status_code == client.get(PATH).status_code == client.post(PATH, TYPED).status_code == 404


def test_a_customer_whom_nobody_knows_is_not_there(giada):
    assert giada.get(f"{LIST}C404/invoice-mail/").status_code == 404
