"""A mandate is set in a worker and kept as long as it says what its request says; its whole IBAN goes with the request's."""

import io

import pytest
from pypdf import PdfReader

from sportello.domain.activities import ending, handling, mandate_copies
from sportello.domain.activities.kinds import direct_debit
from sportello.domain.activities.models import Activity
from sportello.domain.activities.tests.test_mandates import ASKED, COMPANY, IBAN
from sportello.domain.files.models import KeptFile
from tests.factories import NOW, access, customer, user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def company(settings):
    for name, value in COMPANY.items():
        setattr(settings, name, value)


@pytest.fixture
def request_of_anna():
    return Activity.objects.create(
        number="A-26000123", kind="direct_debit", channel="portal", customer=customer("C1", language="en"),
        account_code="A-C1", asked=ASKED, opened_at=NOW, once="1f3a9b2c",
    )  # fmt: skip


@pytest.fixture
def quick(monkeypatch):
    """What is said instead of how it looks."""
    monkeypatch.setattr(mandate_copies, "set_mandate", lambda said: repr(said).encode())


def text_of(activity) -> str:
    file = mandate_copies.copy_of(activity)
    return " ".join(PdfReader(io.BytesIO(file.content)).pages[0].extract_text().replace("\u00a0", " ").split())


def test_it_is_set_once_with_the_whole_iban_and_forgotten_with_it(request_of_anna, monkeypatch):
    mandate_copies.keep(number=request_of_anna.number, now=NOW)
    assert "IT60 X054 2811" in text_of(request_of_anna)
    assert direct_debit.reference(request_of_anna) in text_of(request_of_anna)
    ending.execute(request_of_anna, answer="Done", now=NOW, by_id=None)
    assert not KeptFile.objects.filter(kind=mandate_copies.KIND).exists()
    mandate_copies.keep(number=request_of_anna.number, now=NOW)
    masked = text_of(request_of_anna)
    assert "IT60 **** 3456" in masked
    assert "0542" not in masked.replace(" ", "")
    monkeypatch.setattr(mandate_copies, "set_mandate", lambda said: pytest.fail("set twice"))
    mandate_copies.keep(number=request_of_anna.number, now=NOW)


def test_what_was_set_while_the_request_ended_is_thrown_away(request_of_anna, monkeypatch):
    anna = user("anna")
    access(anna, request_of_anna.customer)

    def set_slowly(said):
        handling.cancel(request_of_anna.number, by=anna, now=NOW)
        return b"%PDF-1.7 " + IBAN.encode()

    monkeypatch.setattr(mandate_copies, "set_mandate", set_slowly)
    mandate_copies.keep(number=request_of_anna.number, now=NOW)
    assert not KeptFile.objects.filter(kind=mandate_copies.KIND).exists()


def test_what_was_executed_while_it_was_set_is_thrown_away_too(request_of_anna, monkeypatch):
    def set_slowly(said):
        ending.execute(Activity.objects.get(), answer="", now=NOW, by_id=None)
        return b"%PDF-1.7 " + IBAN.encode()

    monkeypatch.setattr(mandate_copies, "set_mandate", set_slowly)
    mandate_copies.keep(number=request_of_anna.number, now=NOW)
    assert not KeptFile.objects.filter(kind=mandate_copies.KIND).exists()


def test_it_is_made_anew_when_the_company_moves(request_of_anna, settings, quick):
    mandate_copies.keep(number=request_of_anna.number, now=NOW)
    assert mandate_copies.copy_of(request_of_anna)
    settings.COMPANY_ADDRESS = "Via Nuova 2, 41037 Mirandola (MO)"
    assert mandate_copies.copy_of(request_of_anna) is None
    mandate_copies.keep(number=request_of_anna.number, now=NOW)
    assert b"Via Nuova" in mandate_copies.copy_of(request_of_anna).content
    assert KeptFile.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "creditor"),
    [
        ({"status": "refused", "ended_at": NOW}, "IT15ZZZ0000000489520122"),
        ({"status": "cancelled", "ended_at": NOW}, "IT15ZZZ0000000489520122"),
        ({"kind": "information"}, "IT15ZZZ0000000489520122"),
        ({}, ""),
    ],
)
def test_there_is_none_of_what_came_to_nothing_or_where_nobody_could_debit(
    request_of_anna, settings, quick, changes, creditor
):
    assert mandate_copies.has_mandate(request_of_anna)
    settings.COMPANY_CREDITOR_ID = creditor
    Activity.objects.update(**changes)
    assert not mandate_copies.has_mandate(Activity.objects.get())
    mandate_copies.keep(number=request_of_anna.number, now=NOW)
    mandate_copies.keep(number="A-26999999", now=NOW)
    assert not KeptFile.objects.exists()
