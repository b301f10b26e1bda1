from datetime import date
from decimal import Decimal
from xml.etree import ElementTree

import pytest

from sportello.billing.errors import NotThere
from sportello.billing.records import Address, InvoiceLine, VatAmount
from sportello.connectors.embedded import correcting
from sportello.connectors.embedded.connector import EmbeddedBilling
from sportello.connectors.embedded.invoices_xml import exact, latin, progressive
from sportello.connectors.embedded.loading import load
from sportello.connectors.embedded.tests.factories import account, company, customer, invoice, supply

pytestmark = pytest.mark.django_db(databases=["billing"])

NUMBER = "2026/G/0000007"


def written(number: str = NUMBER) -> ElementTree.Element:
    return ElementTree.fromstring(EmbeddedBilling().invoice_xml(number))


def test_an_invoice_to_a_company():
    load([company(), account(payment_method="direct_debit"), supply(), invoice()])
    root = written()
    assert root.tag == "{http://ivaservizi.agenziaentrate.gov.it/docs/xsd/fatture/v1.2}FatturaElettronica"
    assert root.get("versione") == "FPR12"
    assert root.findtext(".//CodiceDestinatario") == "M5UXCR1"
    assert root.findtext(".//CessionarioCommittente//IdCodice") == "00743110157"
    assert root.findtext(".//CessionarioCommittente//Denominazione") == "Rossi & Figli S.r.l."
    assert root.findtext(".//TipoDocumento") == "TD01"
    assert root.findtext(".//Numero") == NUMBER
    assert root.findtext(".//ImportoTotaleDocumento") == "122.00"
    assert root.findtext(".//DettaglioLinee/PrezzoTotale") == "100.00"
    assert root.findtext(".//DatiRiepilogo/Imposta") == "22.00"
    assert root.findtext(".//ModalitaPagamento") == "MP19"
    assert root.findtext(".//DataScadenzaPagamento") == "2026-03-27"


def test_without_a_channel_it_goes_to_the_pec():
    load([company(sdi_code=None, pec="rossi@pec.example.it"), account(), supply(), invoice()])
    assert written().findtext(".//CodiceDestinatario") == "0000000"
    assert written().findtext(".//PECDestinatario") == "rossi@pec.example.it"


def test_a_body_without_partita_iva_has_its_codice_fiscale():
    load([company(vat_number=None, tax_code="91000010363"), account(), supply(), invoice()])
    root = written()
    assert root.find(".//CessionarioCommittente//IdFiscaleIVA") is None
    assert root.findtext(".//CessionarioCommittente//CodiceFiscale") == "91000010363"


def test_a_foreign_address():
    address = Address(street="Hauptstraße", number="1", postcode="A-6020", municipality="Innsbruck", country="AT")
    load([company(vat_number="ATU12345678", address=address), account(), supply(), invoice()])
    root = written()
    assert root.findtext(".//CessionarioCommittente//IdPaese") == "AT"
    assert root.findtext(".//CessionarioCommittente/Sede/CAP") == "00000"
    assert root.find(".//CessionarioCommittente/Sede/Provincia") is None


def test_a_credit_note_is_positive_and_names_what_it_takes_back():
    load([company(), account(), supply(), invoice()])
    done = correcting.correct(invoice_number=NUMBER, amount=Decimal("61.00"), issued_on=date(2026, 4, 1))
    root = written(done.credit_note.code)
    assert root.findtext(".//TipoDocumento") == "TD04"
    assert root.findtext(".//ImportoTotaleDocumento") == "122.00"
    assert root.findtext(".//PrezzoTotale") == "100.00"
    assert root.findtext(".//DatiFattureCollegate/IdDocumento") == NUMBER
    assert root.find(".//DatiPagamento") is None


def test_a_line_without_vat_says_why():
    lines = (
        InvoiceLine(description="Gas", amount=Decimal("100.00"), vat_rate=Decimal(22)),
        InvoiceLine(description="Deposito cauzionale", amount=Decimal("5.00")),
    )
    vat = (VatAmount(rate=Decimal(22), taxable=Decimal("100.00"), tax=Decimal("22.00")),)
    load([company(), account(), supply(), invoice(amount="127.00", lines=lines, vat=vat)])
    summaries = written().findall(".//DatiRiepilogo")
    assert [(each.findtext("AliquotaIVA"), each.findtext("Natura")) for each in summaries] == [
        ("22.00", None),
        ("0.00", "N2.2"),
    ]


def test_a_negative_quantity_becomes_a_negative_price():
    lines = (
        InvoiceLine(
            description="Ricalcolo",
            amount=Decimal("-10.00"),
            quantity=Decimal(-20),
            unit="Smc",
            unit_price=Decimal("0.5"),
            vat_rate=Decimal(22),
        ),
    )
    vat = (VatAmount(rate=Decimal(22), taxable=Decimal("-10.00"), tax=Decimal("-2.20")),)
    load([company(), account(), supply(), invoice(amount="-12.20", lines=lines, vat=vat)])
    line = written().find(".//DettaglioLinee")
    assert (line.findtext("Quantita"), line.findtext("PrezzoUnitario")) == ("20.00", "-0.50")


def test_names_are_escaped_and_latin():
    load([company(company_name='Żółć <script>alert("x")</script> & C. \x0b€'), account(), supply(), invoice()])
    name = written().findtext(".//CessionarioCommittente//Denominazione")
    assert name == 'Zo?c <script>alert("x")</script> & C. EUR'.replace("Zo?c", "Zó?c")


def test_a_person_has_none_and_an_invoice_without_lines_neither():
    load([customer(), account(), supply(), invoice()])
    load(
        [company("C2"), account("A2", "C2"), invoice("2026/G/0000009", account_code="A2", supply_codes=(), lines=None)]
    )
    for number in (NUMBER, "2026/G/0000009"):
        with pytest.raises(NotThere):
            EmbeddedBilling().invoice_xml(number)


def test_small_parts():
    assert latin("Caffè “Österreich” — 3 €", 80) == 'Caffè "Österreich" - 3 EUR'
    assert latin("a\x00b\u200bc", 80) == "a?b?c"
    assert exact(Decimal("0.148730")) == "0.14873"
    assert exact(Decimal(3)) == "3.00"
    assert progressive("2026/G/0000007") == "26G0000007"
