"""The PDFs of many invoices: prepared with progress, sent in one file, nothing foreign in it."""

import io
import re
import sys
from datetime import date
from zipfile import ZipFile

import pytest
from django.test import Client
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob

from sportello.desks.documents import archives, views
from sportello.desks.documents.tests.test_invoice import PDF, put
from sportello.domain.customers.documents.keeping import Kind
from sportello.domain.customers.models import BillingAccount, CustomerAccess
from tests import factories

pytestmark = pytest.mark.django_db
PAGE = "/documents/invoices/together/"
FILE = "/documents/invoices/together.zip"


@pytest.fixture
def account() -> BillingAccount:
    owner = factories.customer("C1", language="en")
    factories.access(factories.user("alice"), owner)
    return factories.account(owner)


@pytest.fixture
def alice(client: Client, account: BillingAccount) -> Client:
    client.force_login(CustomerAccess.objects.get().user)
    client.cookies.load({"language": "en"})
    return client


def archive(client: Client, **choice: str) -> dict[str, bytes]:
    response = client.get(FILE, choice)
    assert response.status_code == 200
    assert response.streaming
    with ZipFile(io.BytesIO(b"".join(response.streaming_content))) as content:
        assert content.testzip() is None
        return {name: content.read(name) for name in content.namelist()}


def jobs() -> int:
    return ProcrastinateJob.objects.filter(status="todo").count()


def progress(page: str) -> tuple[int, int]:
    found = re.search(r'<progress id="ready" max="(\d+)" value="(\d+)">', page)
    assert found
    return int(found[2]), int(found[1])


def test_the_addresses() -> None:
    assert reverse("invoices_zip") == PAGE
    assert reverse("invoices_zip_download") == FILE


def test_it_is_prepared_then_downloaded(alice: Client, account: BillingAccount) -> None:
    invoices = [factories.invoice(account, f"2026/G/{number}") for number in range(3)]
    put(invoices[0])
    page = alice.get(PAGE).content.decode()
    assert progress(page) == (1, 3)
    assert "hx-trigger" not in page.partition('id="together"')[2].partition("</section>")[0]
    for _ in range(2):
        response = alice.post(PAGE)
        assert response.status_code == 302
        assert response.headers["Location"] == PAGE
    assert jobs() == 2
    page = alice.get(PAGE).content.decode()
    assert 'hx-trigger="every 2s"' in page
    assert FILE not in page
    ProcrastinateJob.objects.all()._raw_delete("default")
    for invoice in invoices[1:]:
        put(invoice)
    page = alice.get(PAGE).content.decode()
    assert progress(page) == (3, 3)
    assert f'href="{FILE}"' in page
    assert "hx-trigger" not in page.partition('id="together"')[2].partition("</section>")[0]
    assert archive(alice) == {f"invoice-2026-G-{number}.pdf": PDF for number in range(3)}


def test_what_was_chosen_in_the_list_holds_here(alice: Client, account: BillingAccount) -> None:
    put(factories.invoice(account, "old", issued_on=date(2024, 5, 1)))
    put(factories.invoice(account, "new"))
    assert set(archive(alice, year="2024")) == {"invoice-old.pdf"}
    page = alice.get(PAGE, {"year": "2024"}).content.decode()
    assert progress(page) == (1, 1)
    assert f"{FILE}?year=2024" in page
    response = alice.get(FILE, {"year": "2024"})
    assert 'filename="invoices-2024.zip"' in response.headers["Content-Disposition"]
    assert response.headers["Cache-Control"] == "no-store"
    assert alice.post(f"{PAGE}?year=2024").headers["Location"] == f"{PAGE}?year=2024"


def test_missing_ones_are_told_with_the_reason(alice: Client, account: BillingAccount) -> None:
    put(factories.invoice(account, "ready"))
    put(factories.invoice(account, "refused"), b"refused", kind=Kind.PDF.note)
    put(factories.invoice(account, "away"), b"away", kind=Kind.PDF.note)
    factories.invoice(account, "new")
    page = alice.get(PAGE).content.decode()
    assert FILE in page
    files = archive(alice)
    assert set(files) == {"invoice-ready.pdf", "missing.txt"}
    lines = dict(line.split(": ", 1) for line in files["missing.txt"].decode().splitlines()[1:])
    assert set(lines) == {"refused", "away", "new"}
    assert len(set(lines.values())) == 3


def test_names_that_look_the_same_are_told_apart(alice: Client, account: BillingAccount) -> None:
    for number in ("A/1", "A-1", "a.1"):
        put(factories.invoice(account, number), b"%PDF-" + number.encode())
    assert len({name.lower() for name in archive(alice)}) == 3


def test_nothing_foreign_is_in_it(alice: Client, account: BillingAccount) -> None:
    put(factories.invoice(account, "mine"))
    foreign = factories.household("C2", who=factories.user("bob"))
    put(foreign, b"%PDF-foreign")
    assert set(archive(alice)) == {"invoice-mine.pdf"}
    refused = alice.get(FILE, {"customer": "C2", "supply": "S-C2"})  # no such choice: told on the page, nothing sent
    assert refused.headers["Content-Type"].startswith("text/html")
    assert "This choice is not available" in refused.content.decode()
    alice.post(PAGE)
    assert jobs() == 0


def test_none_is_said(alice: Client) -> None:
    assert "no invoices for this choice" in alice.get(PAGE).content.decode()
    assert alice.get(FILE).headers["Location"] == PAGE
    assert alice.post(PAGE).status_code == 200


def test_none_ready_is_no_file(alice: Client, account: BillingAccount) -> None:
    factories.invoice(account)
    assert alice.get(FILE, {"year": "2026"}).headers["Location"] == f"{PAGE}?year=2026"


def test_too_many_have_to_be_chosen_from(
    alice: Client, account: BillingAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "MOST", 2)
    for number in range(3):
        factories.invoice(account, f"N{number}", issued_on=date(2024 + number, 1, 1))
    page = alice.get(PAGE).content.decode()
    assert "Choose a year or a supply" in page
    assert 'value="2025"' in page
    alice.post(PAGE)
    assert jobs() == 0
    assert alice.get(FILE).status_code == 302
    assert progress(alice.get(PAGE, {"year": "2025"}).content.decode()) == (0, 1)


def test_progress_takes_few_queries(alice: Client, account: BillingAccount, django_assert_max_num_queries) -> None:
    for number in range(30):
        factories.invoice(account, f"N{number}")
    with django_assert_max_num_queries(12):
        alice.get(PAGE)


@pytest.mark.parametrize("address", [PAGE, FILE])
def test_visitors_are_sent_to_sign_in(client: Client, address: str) -> None:
    assert client.get(address).status_code == 302


@pytest.mark.parametrize("address", [PAGE, FILE])
def test_who_holds_no_contract_has_no_such_page(client: Client, address: str) -> None:
    client.force_login(factories.user("carol"))
    assert client.get(address).status_code == 404


def test_no_request_needs_what_only_workers_load(
    alice: Client, account: BillingAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("typst", "httpx"):
        monkeypatch.setitem(sys.modules, name, None)  # importing it fails
    monkeypatch.setattr(views, "WAIT", 0)
    invoice = factories.invoice(account)
    address = reverse("invoice_pdf", args=[invoice.number])
    assert alice.get(address).status_code == 202
    assert alice.post(PAGE).status_code == 302
    put(invoice)
    assert alice.get(address).status_code == 200
    assert alice.get(PAGE).status_code == 200
    assert archive(alice)
