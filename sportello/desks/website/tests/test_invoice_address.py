"""The link in the mail that asks whether invoices may be sent to an address: a look does nothing, a press does it once."""

import re

import pytest
from django.test import Client
from django.utils import timezone

from sportello.desks.limits import PROOF_OF_ADDRESS
from sportello.domain.activities import opening
from sportello.domain.activities.kinds import invoice_mail
from sportello.domain.activities.kinds.base import scope_of
from sportello.domain.activities.kinds.tests.samples import TAKES_EVERYTHING
from sportello.domain.activities.models import Channel
from sportello.domain.customers.models import InvoiceRecipient
from sportello.domain.ledger.models import LedgerRow
from tests.factories import NOW


@pytest.fixture
def address(anna, alice, post, settings) -> str:
    settings.BILLING_CONNECTOR = TAKES_EVERYTHING
    scope = scope_of(alice, anna, today=NOW.date())
    form = invoice_mail.KIND.form(scope, {"delivery": "link", "address_1": "new@example.it", "once": "a"})
    form.confirm()
    opening.open_request(invoice_mail.KIND, form, user=alice, channel=Channel.PORTAL, now=timezone.now())
    return post.link("confirm-invoice-address")


def test_a_look_does_nothing_and_a_press_does_it_once(address, visitor: Client, anna):
    for method in (visitor.get, visitor.head, visitor.get):
        assert method(address).status_code == 200
    assert not InvoiceRecipient.objects.proven().exists() and not LedgerRow.objects.exists()
    page = visitor.get(address)
    assert "new@example.it" in page.content.decode() and "Yes, send them here" in page.content.decode()
    unguessable = re.compile(address.split("/")[2] + "|csrfmiddlewaretoken[^>]*")
    for known in (anna.code, anna.last_name, anna.tax_code, "alice"):
        assert known not in unguessable.sub("", page.content.decode())
    assert page.headers["X-Robots-Tag"] == "noindex, nofollow"
    for _ in range(2):
        assert "This address is confirmed" in visitor.post(address).content.decode()
    assert InvoiceRecipient.objects.proven().count() == LedgerRow.objects.count() == 1
    assert "This address is confirmed" in visitor.get(address).content.decode()


def test_what_is_no_link_any_more_says_so(address, visitor: Client):
    InvoiceRecipient.objects.all().delete()
    for path in (address, "/confirm-invoice-address/nothing/"):
        for method in (visitor.get, visitor.post):
            reply = method(path)
            assert reply.status_code == 404
            assert "This link no longer works" in reply.content.decode()


def test_nobody_guesses_links_without_end(address, visitor: Client):
    PROOF_OF_ADDRESS.count("127.0.0.1", amount=PROOF_OF_ADDRESS.tries)
    assert visitor.get(address).status_code == visitor.post(address).status_code == 429
    assert not InvoiceRecipient.objects.proven().exists()
