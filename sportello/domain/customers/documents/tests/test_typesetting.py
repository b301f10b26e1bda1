"""Our own copies can be read by everybody, say what billing says, and whatever text they hold cannot spoil them."""

import io
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import override_settings
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from sportello.domain.customers.documents.typesetting import LONGEST_WORD, presentable, typeset
from sportello.domain.customers.documents.wording import invoice_copy, money, number
from sportello.domain.customers.models import BillingAccount, Customer, Invoice, Supply
from sportello.domain.customers.models.invoices import InvoiceKind

LINE = {
    "description": "Quota consumi", "section": "Materia gas", "quantity": "205", "unit": "Smc",
    "unit_price": "0.538341", "vat_rate": "10", "amount": "110.36",
}  # fmt: skip


def an_invoice(*, language: str = "en", customer: dict[str, Any] | None = None, **fields: Any) -> Invoice:
    owner = Customer(
        **{
            "code": "C1", "kind": "person", "first_name": "Maria", "last_name": "Guerzoni", "language": language,
            "street": "Via Grandi", "street_number": "39", "postcode": "41033",
            "municipality": "Concordia sulla Secchia", "province": "MO", "country": "IT",
            **(customer or {}),
        }
    )  # fmt: skip
    values: dict[str, Any] = {
        "number": "2026/G/0001234", "kind": "period_mixed", "supply_codes": ["S1"], "issued_on": date(2026, 11, 10),
        "due_on": date(2026, 11, 30), "period_from": date(2026, 9, 1), "period_to": date(2026, 10, 31),
        "amount": Decimal("121.40"), "consumption": Decimal("205.000"), "consumption_unit": "Smc",
        "slip_code": "202601000001234556", "lines": [LINE],
        "vat": [{"rate": "10", "taxable": "110.36", "tax": "11.04"}],
    }  # fmt: skip
    account = BillingAccount(code="A1", customer=owner)
    return Invoice(customer=owner, billing_account=account, **{**values, **fields})


def a_supply(**fields: Any) -> Supply:
    values = {"code": "S1", "service": "gas", "point_code": "99990000000123", "street": "Via Grandi"}
    return Supply(**{**values, **fields})


def set_copy(invoice: Invoice, *supplies: Supply) -> PdfReader:
    return PdfReader(io.BytesIO(typeset("invoice", invoice_copy(invoice, supplies=supplies))))


def text_of(invoice: Invoice, *supplies: Supply) -> str:
    pages = set_copy(invoice, *supplies).pages
    return "\n".join(page.extract_text() for page in pages).replace("\u00a0", " ")


def test_it_is_tagged_and_says_its_title_language_and_date() -> None:
    reader = set_copy(an_invoice(language="it"), a_supply())
    catalog = reader.root_object
    assert catalog["/MarkInfo"]["/Marked"]
    assert "/StructTreeRoot" in catalog
    assert catalog["/Lang"] == "it"
    assert catalog["/ViewerPreferences"]["/DisplayDocTitle"]
    assert "2026/G/0001234" in reader.metadata.title
    assert reader.metadata.creation_date.date() == date(2026, 11, 10)
    xmp = catalog["/Metadata"].get_data().decode()
    assert "<pdfuaid:part>1</pdfuaid:part>" in xmp
    assert "<pdfaid:part>3</pdfaid:part>" in xmp
    assert "<pdfaid:conformance>A</pdfaid:conformance>" in xmp


def test_fonts_are_all_inside() -> None:
    fonts = [font for page in set_copy(an_invoice()).pages for font in page["/Resources"]["/Font"].values()]
    inside = [font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"] for font in fonts]
    assert fonts
    assert all("/FontFile3" in font or "/FontFile2" in font for font in inside)


@override_settings(COMPANY_IBAN="IT60X0542811101000000123456", COMPANY_CUSTOMER_SERVICE="800 900 100")
def test_it_says_what_billing_says() -> None:
    text = text_of(an_invoice(), a_supply())
    for part in (
        "Maria Guerzoni", "Via Grandi 39", "41033 Concordia sulla Secchia (MO)", "10/11/2026", "30/11/2026",
        "from 01/09/2026 to 31/10/2026", "205 Smc", "PDR 99990000000123", "€121.40", "Materia gas", "Quota consumi",
        "205 Smc × €0.538341", "10%", "€110.36", "€11.04", "202601 000001 234556", "IT60 X054 2811 1010 0000 0123 456",
        "2026/G/0001234 C1", "800 900 100", "Page 1 of 1", "Courtesy copy",
    ):  # fmt: skip
        assert part in text, part


def test_amounts_are_written_as_the_language_writes_them() -> None:
    assert "1.234,56 €" in text_of(an_invoice(language="it", amount=Decimal("1234.56")))
    assert "€1,234.56" in text_of(an_invoice(language="en", amount=Decimal("1234.56")))


def test_a_language_that_we_do_not_have_gives_way_to_ours() -> None:
    assert set_copy(an_invoice(language="fr")).root_object["/Lang"] == "it"


@pytest.mark.parametrize("kind", [*InvoiceKind.values, None])
def test_every_kind_of_document_can_be_set(kind: str | None) -> None:
    text = text_of(an_invoice(kind=kind))
    assert ("Credit note" if kind == "credit_note" else "Invoice") in text


def test_a_credit_note_is_worded_as_a_credit() -> None:
    text = text_of(an_invoice(kind="credit_note", amount=Decimal("-14.20"), lines=[{**LINE, "amount": "-14.20"}]))
    assert "Credit note 2026/G/0001234" in text
    assert "Amount in credit" in text
    assert "€14.20" in text
    assert "nothing to pay" in text
    assert "How to pay" not in text
    assert "Due date" not in text


def test_a_bill_that_ends_in_credit_stays_a_bill() -> None:
    text = text_of(an_invoice(kind="closing", amount=Decimal("-3.00")))
    assert "Invoice 2026/G/0001234" in text
    assert "Amount in credit" in text


def test_nothing_to_pay_is_said_in_words() -> None:
    assert "There is nothing to pay." in text_of(an_invoice(amount=Decimal("0.00")))


def test_what_billing_does_not_supply_is_said() -> None:
    bare = an_invoice(
        lines=None, vat=None, kind=None, due_on=None, period_from=None, period_to=None, supply_codes=None,
        consumption=None, slip_code=None,
    )  # fmt: skip
    text = text_of(bare)
    assert "lines of this document are not supplied by billing" in text
    assert "VAT of this document is not supplied by billing" in text
    assert text.count("not supplied by billing") == 4


def test_lines_may_lack_everything_but_an_amount() -> None:
    assert "€5.00" in text_of(an_invoice(lines=[{"description": "", "amount": "5.00"}], vat=[]))


def test_the_electronic_invoice_counts_where_there_is_one() -> None:
    assert "electronic invoice" in text_of(an_invoice(has_xml=True))
    assert "electronic invoice" not in text_of(an_invoice(has_xml=False))


def test_direct_debit_is_mentioned_where_it_is_used() -> None:
    invoice = an_invoice()
    assert "your bank pays" not in text_of(invoice)
    invoice.billing_account.payment_method = "direct_debit"
    assert "your bank pays" in text_of(invoice)


def test_a_long_invoice_has_many_pages_with_the_head_of_the_table_on_each() -> None:
    lines = [{**LINE, "description": f"Line {count}", "section": f"Part {count // 50}"} for count in range(600)]
    pages = [page.extract_text() for page in set_copy(an_invoice(lines=lines)).pages]
    assert len(pages) > 8
    assert "Line 599" in "".join(pages)
    assert all("Quantity × unit price" in page for page in pages[1:-1])
    assert f"Page {len(pages)} of {len(pages)}" in pages[-1]


HOSTILE = (
    "#panic()", '#read("/etc/passwd")', "*bold* _it_ `raw` $x^2$ @ref <label> \\ // /* */", '"quotes" \'too\'',
    "]#[", "{{ 7*7 }}", "= Heading", "a" * 500, "\U0001f600 emoji", "مرحبا بالعالم", "日本語", "\u202eturned\u202c",
    "line\nbreak\ttab", "\ue000private", "\ufeffbom", "e\u0301", "नमस्ते", "\u200d\u200c", "\U000e0041tag", "\x07bell",
    "\ufffe", "·" * 400, "",
)  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_can_spoil_a_copy(text: str) -> None:
    invoice = an_invoice(
        number=text[:60] or "N1",
        customer={"first_name": text, "municipality": text, "tax_code": text},
        lines=[{**LINE, "description": text, "section": text, "unit": text}],
        consumption_unit=text,
    )
    assert "121.40" in text_of(invoice, a_supply(point_code=text, street=text))


def test_markup_is_written_as_it_is() -> None:
    assert '#strong[x] *y* $z$ @a <b> "c"' in text_of(
        an_invoice(customer={"company_name": '#strong[x] *y* $z$ @a <b> "c"'})
    )


@settings(max_examples=25)
@given(st.text(alphabet=st.characters(exclude_characters="\x00"), max_size=80))
def test_any_text_can_be_set(text: str) -> None:
    assert set_copy(an_invoice(customer={"company_name": text, "street": text}), a_supply(street=text)).pages


def test_characters_that_no_font_has_become_question_marks() -> None:
    assert presentable("Bar \U0001f600 Привет") == "Bar ? Привет"


def test_long_words_may_be_broken() -> None:
    word = "x" * 100
    assert max(len(part) for part in presentable(word).split("\u200b")) <= LONGEST_WORD
    assert presentable(word).replace("\u200b", "") == word


@pytest.mark.parametrize(
    ("value", "written"),
    [("0.00", "€0.00"), ("-1234567.80", "−€1,234,567.80"), ("1000", "€1,000.00")],
)
def test_money(value: str, written: str) -> None:
    from django.utils import translation

    with translation.override("en"):
        assert money(value) == written


@pytest.mark.parametrize(("value", "written"), [("205.000", "205"), ("0.4123450", "0,412345"), ("1E+3", "1.000")])
def test_numbers_have_the_places_that_they_need(value: str, written: str) -> None:
    from django.utils import translation

    with translation.override("it"):
        assert number(value) == written
