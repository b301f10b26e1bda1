"""The mandate on paper says whose account is debited, by whom and how, and who signs."""

import io
from datetime import date

import pytest
from django.test import override_settings
from pypdf import PdfReader

from sportello.domain.activities.mandates import mandate, set_mandate
from sportello.domain.activities.models import Activity
from sportello.domain.customers.models import Customer

IBAN = "IT60X0542811101000000123456"
COMPANY = {
    "COMPANY_NAME": "Concordia Energia",
    "COMPANY_ADDRESS": "Via Grandi 1, 41033 Concordia sulla Secchia (MO)",
    "COMPANY_CREDITOR_ID": "IT15ZZZ0000000489520122",
}
ASKED = {
    "iban": IBAN, "bank": "Banca di prova", "branch": "Mirandola", "branch_address": "Piazza 1",
    "holder_last_name": "Rossi", "holder_first_name": "Mario", "holder_tax_code": "RSSMRA80A01F257G",
    "signatory": "holder", "signatory_name": "", "signatory_tax_code": "",
}  # fmt: skip


def text_of(language: str = "en", **asked: str) -> str:
    owner = Customer(code="C1", kind="person", first_name="Mario", last_name="Rossi", language=language)
    activity = Activity(
        number="A-26000123", kind="direct_debit", customer=owner, account_code="A1", asked={**ASKED, **asked}
    )
    with override_settings(**COMPANY):
        said = mandate(activity, reference="A-26000123-1F3A9B2C", signed_on=date(2026, 11, 24))
        content = set_mandate(said)
    reader = PdfReader(io.BytesIO(content))
    assert (reader.trailer["/Root"]["/Lang"], len(reader.pages)) == (language, 1)
    return " ".join(" ".join(page.extract_text() for page in reader.pages).replace("\u00a0", " ").split())


def test_it_names_creditor_account_and_holder() -> None:
    text = text_of()
    for said in (
        "A-26000123-1F3A9B2C", *COMPANY.values(), "Mario Rossi, C1", "A1", "RSSMRA80A01F257G",
        "IT60 X054 2811 1010 0000 0123 456", "Banca di prova", "Mirandola", "Piazza 1", "24/11/2026",
        "Signature of Mario Rossi", "refund within eight weeks",
    ):  # fmt: skip
        assert said in text
    assert "Who signs" not in text


def test_whoever_signs_for_the_holder_is_named_with_his_tax_code() -> None:
    text = text_of(signatory="other", signatory_name="Giulia Bianchi", signatory_tax_code="BNCGLI92T71H501W")
    assert "Signature of Giulia Bianchi" in text
    assert "BNCGLI92T71H501W" in text


@pytest.mark.parametrize(("scheme", "refunded"), [("core", True), ("b2b", False)])
def test_only_core_is_given_back(scheme: str, refunded: bool) -> None:
    text = text_of(scheme=scheme)
    assert ("refund within eight weeks" in text) is refunded
    assert ("you may not ask for a refund" in text) is not refunded


def test_a_masked_iban_stays_masked() -> None:
    text = text_of(iban="IT60 **** 3456")
    assert "IT60 **** 3456" in text
    assert "0542" not in text


def test_text_that_looks_like_markup_is_only_text() -> None:
    assert '#panic("x") *Rossi*' in text_of(holder_last_name='#panic("x") *Rossi*')
