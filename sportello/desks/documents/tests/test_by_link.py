"""The link of an invoice's mail: who opens what with it, for how long, and that a look at it is nothing."""

import re
from datetime import date, timedelta

import pytest
import time_machine
from django.test import Client

from sportello.desks import limits
from sportello.desks.documents import views
from sportello.domain.activities.models import Bound
from sportello.domain.customers.models import Customer, InvoiceRecipient, InvoiceSubscription, Supply
from sportello.domain.files.models import KeptFile
from sportello.domain.invoice_mail import links
from sportello.domain.invoice_mail.models import Sending
from sportello.domain.invoice_mail.tests.posting import NOW, PDF, another, invoice, posted
from sportello.domain.journal.models import Event
from sportello.domain.messages.models import Message
from tests import factories

pytestmark = pytest.mark.django_db
DAYS = 10


@pytest.fixture(autouse=True)
def fixed_time(monkeypatch):
    monkeypatch.setattr(views, "WAIT", 0)
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def allowed(db):
    Bound.objects.create(name="link_days", valid_from=date(2026, 1, 1), value=DAYS)


def mailed(code: str = "C1", *addresses: str) -> tuple[Sending, str]:
    """A sending and where its link leads."""
    sending = posted(invoice(code, *(addresses or (f"{code.lower()}@example.it",))))[0]
    (token,) = Message.objects.get(pk=sending.message_id).link_arguments.values()
    return sending, f"/documents/by-link/{token}/"


def state(sending: Sending) -> tuple[object, object]:
    sending.refresh_from_db()
    return sending.opened_at, sending.downloaded_at


def is_dead(address: str) -> bool:
    """The page of a dead link is that of one that never was, to the byte but for the address that was asked."""
    never = "/documents/by-link/never/"
    pages = [Client().get(each) for each in (address, never)]
    said = [
        re.sub(rb'name="csrfmiddlewaretoken" value="[^"]+"', b"", page.content).replace(each.encode(), b"")
        for page, each in zip(pages, (address, never), strict=True)
    ]
    return [page.status_code for page in pages] == [404, 404] and said[0] == said[1]


# --- after signing in ------------------------------------------------------------------------------------------------


def test_it_leads_to_the_invoice_by_way_of_the_sign_in(client):
    sending, address = mailed()
    reply = client.get(address)
    inside = f"/invoices/F-C1/?mail={sending.pk}"
    assert (reply.status_code, reply["Location"]) == (302, inside)
    assert client.post(address)["Location"] == inside  # nothing is handed over without the company's leave
    signing_in = client.get(inside)
    assert signing_in.status_code == 302 and signing_in["Location"].endswith(
        f"?next=/invoices/F-C1/%3Fmail%3D{sending.pk}"
    )
    assert state(sending) == (None, None)


def test_whoever_may_see_the_invoice_has_opened_and_taken_it():
    sending, _ = mailed()
    alice, mallory = factories.user("alice"), factories.user("mallory")
    factories.access(alice, Customer.objects.get(code="C1"))
    factories.access(mallory, factories.customer("C9"))
    foreign, own = Client(), Client(headers={"accept-language": "en"})
    foreign.force_login(mallory)
    assert foreign.get(f"/invoices/F-C1/?mail={sending.pk}").status_code == 404
    own.force_login(alice)
    page = f"/invoices/F-C1/?mail={sending.pk}"
    for ahead in ({"Sec-Purpose": "prefetch;prerender"}, {"Purpose": "prefetch"}):
        assert own.get(page, headers=ahead).status_code == 200
    own.head(page)
    for wrong in ("0", "9" * 30, "-1", "x", "²"):
        own.get(f"/invoices/F-C1/?mail={wrong}")
    assert state(sending) == (None, None)
    shown = own.get(page).content.decode()
    assert state(sending) == (NOW, None) and f"/documents/invoices/F-C1.pdf?mail={sending.pk}" in shown
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        assert own.get(f"/documents/invoices/F-C1.pdf?mail={sending.pk}").status_code == 200
        own.get(page)
    assert state(sending) == (NOW, NOW + timedelta(hours=1))
    assert Event.objects.filter(name__in=["invoice_mail.opened", "invoice_mail.downloaded"], actor=alice).count() == 2


def test_the_sending_of_another_invoice_is_not_marked():
    sending, _ = mailed()
    other = another(sending.invoice, "F-2")
    alice = factories.user("alice")
    factories.access(alice, other.customer)
    client = Client()
    client.force_login(alice)
    client.get(f"/invoices/F-2/?mail={sending.pk}")
    assert state(sending) == (None, None)


# --- without signing in ----------------------------------------------------------------------------------------------


def test_a_press_gives_the_pdf_and_a_look_gives_nothing_and_counts_as_nothing(allowed, client):
    sending, address = mailed()
    for reply in (client.get(address), client.head(address), client.get(address, headers={"Sec-Purpose": "prefetch"})):
        assert reply.status_code == 200 and PDF not in reply.content
        assert (reply["X-Robots-Tag"], reply["Cache-Control"]) == ("noindex, nofollow", "no-store")
        assert reply["Referrer-Policy"] == "strict-origin" and b"121,40" not in reply.content
    assert state(sending) == (None, None)
    for _ in range(2):
        reply = client.post(address)
        assert (
            reply.status_code == 200 and reply.content == PDF and reply["Content-Disposition"].startswith("attachment")
        )
        assert (reply["X-Robots-Tag"], reply["Cache-Control"]) == ("noindex, nofollow", "no-store")
    assert state(sending) == (NOW, NOW) and Event.objects.filter(name="invoice_mail.downloaded").count() == 1


def test_it_is_of_this_one_recipient_and_this_one_invoice(allowed):
    first = invoice("C1", "a@example.it", "b@example.it")
    one, other = posted(first)
    token = next(iter(one.message.link_arguments.values()))
    Client().post(f"/documents/by-link/{token}/")
    assert state(one) == (NOW, NOW) and state(other) == (None, None)
    assert Client().get(f"/documents/invoices/{first.number}.pdf").status_code == 302  # signs nobody in


def test_it_expires_and_then_leads_to_the_sign_in(allowed):
    sending, address = mailed()
    for moment, status in (
        (timedelta(days=DAYS, seconds=-1), 200),
        (timedelta(days=DAYS), 302),
        (timedelta(seconds=-1), 302),
    ):
        with time_machine.travel(NOW + moment, tick=False):
            assert Client().get(address).status_code == status
    assert state(sending) == (None, None)


def test_a_pdf_that_is_not_here_is_asked_for_and_nothing_is_marked(allowed, client):
    sending, address = mailed()
    KeptFile.objects.all().delete()
    reply = client.post(address)
    assert reply.status_code == 503 and reply["Retry-After"] and state(sending) == (None, None)


@pytest.mark.parametrize(
    "revoke",
    [
        lambda: InvoiceSubscription.objects.update(ended_at=NOW),
        lambda: InvoiceSubscription.objects.all().delete(),
        lambda: InvoiceRecipient.objects.all().delete(),
        lambda: InvoiceRecipient.objects.update(verified_at=None),
        lambda: InvoiceRecipient.objects.update(address="other@example.it"),
        lambda: Sending.objects.update(customer_code="C9"),
        lambda: Message.objects.update(state="withdrawn", sent_at=None),
        lambda: Sending.objects.update(digest=None),
    ],
)
def test_it_is_dead_the_moment_nobody_wants_it_any_more(allowed, revoke):
    _, address = mailed()
    assert not is_dead(address)
    revoke()
    assert is_dead(address)
    assert Client().post(address).status_code == 404


def test_a_supply_with_another_holder_is_opened_only_by_signing_in(allowed):
    _, address = mailed()
    other = factories.account(factories.customer("C9"))
    Supply.objects.update(customer=other.customer, billing_account=other)
    assert Client().get(address).status_code == 302


def test_dead_links_are_limited_and_those_alive_are_not_held_up(allowed, monkeypatch):
    monkeypatch.setattr(limits, "DEAD_INVOICE_LINKS_OF_ADDRESS", limits.Limit("dead_invoice_link", 3, limits.HOUR))
    _, address = mailed()
    replies = [Client().get(f"/documents/by-link/guess{number}/").status_code for number in range(4)]
    assert replies == [404, 404, 404, 429]
    assert Client().get(address).status_code == 200


def test_nothing_of_the_token_is_kept_but_its_digest(settings):
    settings.DEMO = False
    sending, address = mailed()
    token = address.split("/")[-2]
    from sportello.domain.messages.sending import wiped

    Message.objects.update(**wiped())
    kept = str(list(Message.objects.values())) + str(list(Sending.objects.values())) + str(list(Event.objects.values()))
    assert token not in kept and links.digest(token) == sending.digest
