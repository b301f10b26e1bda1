"""A copy is fetched or made once, kept, and made anew only where the invoice says something else."""

from datetime import timedelta
from decimal import Decimal

import pytest

from sportello.billing.errors import Conflict, ForeignRows, Refused, Unavailable
from sportello.domain.customers.documents import keeping
from sportello.domain.customers.documents.keeping import Failure, Kind, copy_of, current, keep, kept_pdf, kept_xml
from sportello.domain.customers.documents.tests.billing import PDF, XML, DocumentBilling, installed
from sportello.domain.customers.models import Customer, Invoice
from sportello.domain.files.models import KeptFile
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db
AWAY = Unavailable("no answer")


@pytest.fixture
def invoice() -> Invoice:
    return factories.household()


def keep_now(invoice: Invoice, kind: Kind = Kind.PDF) -> Failure | None:
    return keep(number=invoice.number, kind=kind, now=NOW)


def test_ours_is_made_where_billing_has_none(invoice: Invoice, monkeypatch: pytest.MonkeyPatch) -> None:
    billing = installed(monkeypatch, DocumentBilling(pdf=PDF, has_pdfs=False))
    assert keep_now(invoice) is None
    file = kept_pdf(invoice)
    assert file is not None
    assert file.content.startswith(b"%PDF-")
    assert file.media_type == "application/pdf"
    assert billing.calls == []


def test_ours_is_made_where_billing_has_none_of_this_invoice(invoice: Invoice, monkeypatch: pytest.MonkeyPatch) -> None:
    billing = installed(monkeypatch, DocumentBilling(pdf=None, has_pdfs=True))
    assert keep_now(invoice) is None
    assert kept_pdf(invoice) is not None
    assert billing.calls == [invoice.number]


def test_billings_own_is_fetched_once(invoice: Invoice, monkeypatch: pytest.MonkeyPatch) -> None:
    billing = installed(monkeypatch, DocumentBilling(pdf=PDF, has_pdfs=True))
    assert [keep_now(invoice) for _ in range(3)] == [None] * 3
    assert bytes(kept_pdf(invoice).content) == PDF
    assert billing.calls == [invoice.number]


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        (AWAY, Failure.AWAY),
        (Refused("no"), Failure.REFUSED),
        (Conflict("no"), Failure.REFUSED),
        (ForeignRows("somebody else's"), Failure.REFUSED),
    ],
)
def test_where_billing_has_one_but_does_not_give_it_none_of_ours_takes_its_place(
    invoice: Invoice, monkeypatch: pytest.MonkeyPatch, error: Exception, failure: Failure
) -> None:
    installed(monkeypatch, DocumentBilling(pdf=error, has_pdfs=True))
    assert keep_now(invoice) == failure
    copy = copy_of(current(invoice.number), Kind.PDF)
    assert (copy.file, copy.failure, copy.failed_at) == (None, failure, NOW)


def test_another_thing_than_a_pdf_is_not_kept(invoice: Invoice, monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, DocumentBilling(pdf=b"<html>Login</html>", has_pdfs=True))
    assert keep_now(invoice) == Failure.UNUSABLE
    assert kept_pdf(invoice) is None


def test_a_defect_of_ours_is_noted_and_not_hidden(invoice: Invoice, monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, DocumentBilling())
    monkeypatch.setattr(keeping, "typeset_invoice", lambda invoice: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        keep_now(invoice)
    assert copy_of(current(invoice.number), Kind.PDF).failure == Failure.UNUSABLE


def test_a_failure_is_forgotten_when_it_has_worked(invoice: Invoice, monkeypatch: pytest.MonkeyPatch) -> None:
    billing = installed(monkeypatch, DocumentBilling(pdf=AWAY, has_pdfs=True))
    keep_now(invoice)
    billing.pdf = PDF
    assert keep_now(invoice) is None
    assert copy_of(current(invoice.number), Kind.PDF).failure is None
    assert [file.kind for file in KeptFile.objects.all()] == ["invoice_pdf"]


@pytest.mark.parametrize("change", [{"amount": Decimal("99.00")}, {"lines": None}, {"kind": None}, {"has_xml": True}])
@pytest.mark.parametrize("has_pdfs", [True, False])
def test_an_invoice_that_says_something_else_needs_a_new_copy(
    invoice: Invoice, monkeypatch: pytest.MonkeyPatch, change: dict[str, object], has_pdfs: bool
) -> None:
    installed(monkeypatch, DocumentBilling(pdf=PDF, has_pdfs=has_pdfs))
    keep_now(invoice)
    Invoice.objects.filter(number=invoice.number).update(**change)
    assert kept_pdf(invoice) is None
    keep_now(invoice)
    assert kept_pdf(invoice) is not None
    assert KeptFile.objects.count() == 1


def test_what_is_paid_or_where_the_customer_moves_changes_no_document(
    invoice: Invoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed(monkeypatch, DocumentBilling())
    keep_now(invoice)
    Invoice.objects.update(paid=Decimal("121.40"), collection="direct_debit")
    Customer.objects.update(street="Via Nuova")
    assert kept_pdf(invoice) is not None


def test_another_language_makes_ours_anew_but_not_billings(invoice: Invoice, monkeypatch: pytest.MonkeyPatch) -> None:
    billing = installed(monkeypatch, DocumentBilling(pdf=PDF))
    keep_now(invoice)
    Customer.objects.update(language="en")
    assert kept_pdf(invoice) is None
    billing.has_pdfs = True
    keep_now(invoice)
    Customer.objects.update(language="it")
    assert kept_pdf(invoice) is not None


def test_a_new_layout_makes_ours_anew(invoice: Invoice, monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, DocumentBilling())
    keep_now(invoice)
    monkeypatch.setattr("sportello.domain.customers.documents.versions.LAYOUT", 2)
    assert kept_pdf(invoice) is None


def test_the_xml_is_billings(invoice: Invoice, monkeypatch: pytest.MonkeyPatch) -> None:
    billing = installed(monkeypatch, DocumentBilling(xml=XML))
    Invoice.objects.update(has_xml=True)
    assert [keep_now(invoice, Kind.XML) for _ in range(2)] == [None] * 2
    assert bytes(kept_xml(invoice).content) == XML
    assert billing.calls == [invoice.number]
    assert kept_pdf(invoice) is None


def test_an_xml_that_is_not_there_is_not_made_up(invoice: Invoice, monkeypatch: pytest.MonkeyPatch) -> None:
    billing = installed(monkeypatch, DocumentBilling(xml=XML))
    assert keep_now(invoice, Kind.XML) == Failure.REFUSED
    assert billing.calls == []
    Invoice.objects.update(has_xml=True)
    billing.xml = b"<html/>"
    assert keep_now(invoice, Kind.XML) == Failure.UNUSABLE


def test_an_invoice_that_is_gone_needs_no_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    billing = installed(monkeypatch, DocumentBilling(has_pdfs=True))
    assert keep(number="unknown", kind=Kind.PDF, now=NOW + timedelta(days=1)) is None
    assert billing.calls == []


@pytest.mark.django_db(transaction=True)
def test_billing_is_not_called_inside_a_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    billing = installed(monkeypatch, DocumentBilling(pdf=PDF, has_pdfs=True))
    keep_now(factories.household())
    assert billing.calls
    assert not billing.in_transaction
