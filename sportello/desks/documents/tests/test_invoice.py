"""One invoice's PDF and XML: at once where they are kept, and only for who may see the invoice."""

import os
import re
import subprocess
import sys
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from sportello.desks.documents import views
from sportello.domain.customers.documents import tasks
from sportello.domain.customers.documents.keeping import Kind
from sportello.domain.customers.documents.versions import versioned
from sportello.domain.customers.models import CustomerAccess, Invoice
from sportello.domain.files.models import KeptFile
from tests import factories

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7 \x00\xff kept"
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "WAIT", 0)
    monkeypatch.setattr(views, "LOOK_EVERY", 0)


@pytest.fixture
def invoice() -> Invoice:
    return factories.household(who=factories.user("alice"))


@pytest.fixture
def alice(client: Client, invoice: Invoice) -> Client:
    client.force_login(CustomerAccess.objects.get().user)
    return client


def put(
    invoice: Invoice, content: bytes = PDF, *, kind: str = "invoice_pdf", media_type: str = "application/pdf", now=None
):
    version = versioned(Invoice.objects.all()).get(number=invoice.number).says
    KeptFile.objects.keep(
        kind=kind,
        key=invoice.number,
        version=version,
        media_type=media_type,
        content=content,
        now=now or timezone.now(),
    )


def address(invoice: Invoice | str, name: str = "invoice_pdf") -> str:
    return reverse(name, args=[invoice if isinstance(invoice, str) else invoice.number])


def jobs() -> list[str]:
    return list(ProcrastinateJob.objects.values_list("task_name", flat=True))


def test_a_kept_pdf_is_sent_at_once(alice: Client, invoice: Invoice) -> None:
    put(invoice)
    response = alice.get(address(invoice))
    assert response.content == PDF
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.headers["Content-Disposition"].startswith("inline; filename=")
    assert "2026-G-C1.pdf" in response.headers["Content-Disposition"]
    assert response.headers["Content-Length"] == str(len(PDF))
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"] == "no-store"
    assert jobs() == []


def test_it_takes_few_queries(alice: Client, invoice: Invoice, django_assert_max_num_queries) -> None:
    put(invoice)
    alice.get("/")  # seen a moment ago: that is noted every few minutes only
    with django_assert_max_num_queries(5):
        alice.get(address(invoice))


def test_where_none_is_kept_one_is_asked_for_once_and_the_page_waits(alice: Client, invoice: Invoice) -> None:
    for _ in range(2):
        response = alice.get(address(invoice))
    assert response.status_code == 202
    page = response.content.decode()
    assert "<h1" in page
    assert f'hx-get="{address(invoice)}?polls=1"' in page
    assert 'hx-trigger="every 2s"' in page
    assert f'href="{address(invoice)}"' in page
    assert "Refresh" not in response.headers
    assert "http-equiv" not in page
    assert jobs() == ["customers.keep_pdf"]


def test_one_that_is_ready_within_the_wait_is_sent(
    alice: Client, invoice: Invoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "ask_for", lambda numbers, **_: put(invoice))
    assert alice.get(address(invoice)).content == PDF


def test_ours_is_made_by_the_job_and_then_sent(
    alice: Client, invoice: Invoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "ask_for", lambda numbers, **_: tasks.keep_pdf(number=numbers[0]))
    assert alice.get(address(invoice)).content.startswith(b"%PDF-")


def test_the_waiting_page_goes_to_the_pdf_when_it_is_ready(alice: Client, invoice: Invoice) -> None:
    assert alice.get(address(invoice), {"polls": 1}, headers=HTMX).status_code == 200
    put(invoice)
    response = alice.get(address(invoice), {"polls": 2}, headers=HTMX)
    assert response.headers["HX-Redirect"] == address(invoice)
    assert response.content == b""


@pytest.mark.parametrize("polls", [str(views.POLLS), "x", "-1", "9" * 50, "²"])
def test_the_waiting_page_does_not_ask_for_ever(alice: Client, invoice: Invoice, polls: str) -> None:
    response = alice.get(address(invoice), {"polls": polls}, headers=HTMX)
    assert "hx-trigger" not in response.content.decode()


def test_no_more_than_a_few_requests_wait(alice: Client, invoice: Invoice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "WAIT", 60)
    monkeypatch.setattr(views._waiting, "acquire", lambda blocking: False)
    assert alice.get(address(invoice)).status_code == 202


def test_where_billing_is_away_the_page_says_so(alice: Client, invoice: Invoice) -> None:
    put(invoice, b"away", kind=Kind.PDF.note)
    response = alice.get(address(invoice))
    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) > 0
    assert 'hx-trigger="every 10s"' in response.content.decode()
    assert jobs() == []  # the worker goes on by itself


def test_after_a_while_it_is_asked_for_again(alice: Client, invoice: Invoice) -> None:
    put(invoice, b"away", kind=Kind.PDF.note, now=timezone.now() - timedelta(minutes=2))
    assert alice.get(address(invoice)).status_code == 503
    assert jobs() == ["customers.keep_pdf"]


@pytest.mark.parametrize("failure", [b"refused", b"unusable"])
def test_what_billing_refuses_is_said_and_not_waited_for(alice: Client, invoice: Invoice, failure: bytes) -> None:
    put(invoice, failure, kind=Kind.PDF.note)
    response = alice.get(address(invoice))
    assert response.status_code == 503
    assert "hx-trigger" not in response.content.decode()


def test_an_open_page_is_told_of_a_failure_too(alice: Client, invoice: Invoice) -> None:
    put(invoice, b"away", kind=Kind.PDF.note)
    assert alice.get(address(invoice), headers=HTMX).status_code == 200


def test_a_changed_invoice_is_not_shown_as_it_was(alice: Client, invoice: Invoice) -> None:
    put(invoice)
    Invoice.objects.update(amount=1)
    assert alice.get(address(invoice)).status_code == 202


def test_the_xml_is_saved_and_not_shown(alice: Client, invoice: Invoice) -> None:
    Invoice.objects.update(has_xml=True)
    put(invoice, b"<FatturaElettronica/>", kind="invoice_xml", media_type="application/xml")
    response = alice.get(address(invoice, "invoice_xml"))
    assert response.content == b"<FatturaElettronica/>"
    assert response.headers["Content-Type"] == "application/xml"
    assert response.headers["Content-Disposition"].startswith("attachment; ")


def test_an_xml_that_is_not_kept_is_asked_for(alice: Client, invoice: Invoice) -> None:
    Invoice.objects.update(has_xml=True)
    assert alice.get(address(invoice, "invoice_xml")).status_code == 202
    assert jobs() == ["customers.keep_xml"]


def test_without_an_xml_there_is_no_such_address(alice: Client, invoice: Invoice) -> None:
    assert alice.get(address(invoice, "invoice_xml")).status_code == 404
    assert jobs() == []


@pytest.mark.parametrize("name", ["invoice_pdf", "invoice_xml"])
def test_foreign_and_missing_are_the_same(alice: Client, name: str) -> None:
    foreign = factories.household("C2", who=factories.user("bob"))
    Invoice.objects.update(has_xml=True)
    put(foreign)
    answers = [alice.get(address(number, name)) for number in (foreign.number, "2026/G/C3")]
    assert [answer.status_code for answer in answers] == [404, 404]
    bodies = [answer.content.replace(b"2026/G/C2", b"N").replace(b"2026/G/C3", b"N") for answer in answers]
    assert without_tokens(bodies[0]) == without_tokens(bodies[1])
    assert jobs() == []


def without_tokens(body: bytes) -> bytes:
    return re.sub(rb'name="csrfmiddlewaretoken" value="[^"]+"', b"", body.replace(b"C2", b"C").replace(b"C3", b"C"))


def test_a_right_that_has_ended_ends_at_once(alice: Client, invoice: Invoice) -> None:
    put(invoice)
    factories.household("C2", who=CustomerAccess.objects.get().user)
    CustomerAccess.objects.filter(customer_id="C1").update(ended_at=timezone.now())
    assert alice.get(address(invoice)).status_code == 404


def test_visitors_are_sent_to_sign_in(client: Client, invoice: Invoice) -> None:
    put(invoice)
    response = client.get(address(invoice))
    assert response.status_code == 302
    assert "sign-in" in response.headers["Location"]


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_it_is_only_read(alice: Client, invoice: Invoice, method: str) -> None:
    assert getattr(alice, method)(address(invoice)).status_code == 405


@pytest.mark.parametrize("number", ["a.pdf", "a.b.xml", "ä ö", "~x", 'a"b', "%41", "together"])
def test_numbers_of_any_shape_have_an_address(alice: Client, number: str) -> None:
    account = Invoice.objects.get().billing_account
    put(factories.invoice(account, number))
    response = alice.get(address(number))
    assert response.content == PDF
    assert "\n" not in response.headers["Content-Disposition"]


def test_a_web_process_stays_light() -> None:
    """In a process of its own, for the tests themselves set documents."""
    script = """
import sys, django
django.setup()
from django.urls import reverse
from django.test import Client
reverse("invoice_pdf", args=["x"])
assert Client().get("/documents/invoices/x.pdf", headers={"host": "localhost"}).status_code in (302, 500, 503)
from sportello.desks.documents import archives, views
loaded = {name.partition(".")[0] for name in sys.modules} & {"typst", "httpx", "openpyxl", "pypdf"}
assert not loaded, loaded
"""
    environ = {**os.environ, "DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE", "sportello.settings")}
    subprocess.run([sys.executable, "-c", script], check=True, env=environ, timeout=60)
