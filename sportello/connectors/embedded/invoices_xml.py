"""Writes an invoice to a company as FatturaPA 1.2, the form in which it goes through the Sistema di Interscambio.

The order of the elements is that of the schema FPR12. A credit note (TD04) carries positive amounts.
"""

import unicodedata
from collections.abc import Sequence
from decimal import Decimal
from typing import TypeAlias
from xml.etree.ElementTree import Element, register_namespace, tostring

from sportello.billing.records import Address, InvoiceLine, VatAmount
from sportello.connectors.embedded import models, rows, seller

NAMESPACE = "http://ivaservizi.agenziaentrate.gov.it/docs/xsd/fatture/v1.2"
NO_CHANNEL = "0000000"
PAYMENT_MODES = {"direct_debit": "MP19", "postal_slip": "MP18", "transfer": "MP05"}
# What no VAT is due on: what is only passed on or compensates a damage (art. 15), and what is no consideration at all.
EXCLUDED = ("N1", "Escluso ex art. 15 D.P.R. 633/72")
OUT_OF_SCOPE = ("N2.2", "Fuori campo IVA ex art. 2 D.P.R. 633/72")
TYPOGRAPHY = str.maketrans(
    {"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "...", "€": "EUR", "₃": "3"}
)
Content: TypeAlias = "str | Sequence[tuple[str, Content]]"


def invoice_xml(invoice: models.Invoice) -> bytes:
    """The electronic invoice of ``invoice``, which must have lines and VAT; its account and customer are read."""
    register_namespace("p", NAMESPACE)
    root = Element(f"{{{NAMESPACE}}}FatturaElettronica", versione="FPR12")
    root.append(tree("FatturaElettronicaHeader", header(invoice)))
    root.append(tree("FatturaElettronicaBody", body(invoice)))
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def tree(name: str, content: Content) -> Element:
    """An element with its children in order; those without content are left out."""
    element = Element(name)
    if isinstance(content, str):
        element.text = content
    else:
        element.extend(tree(child, inner) for child, inner in content if inner)
    return element


def header(invoice: models.Invoice) -> Content:
    customer = invoice.account.customer
    return [
        ("DatiTrasmissione", transmission(invoice.code, customer)),
        ("CedentePrestatore", the_seller()),
        ("CessionarioCommittente", buyer(customer)),
    ]


def transmission(number: str, customer: models.Customer) -> Content:
    sdi_code = customer.sdi_code or NO_CHANNEL
    return [
        ("IdTrasmittente", vat_number(seller.VAT_NUMBER)),
        ("ProgressivoInvio", progressive(number)),
        ("FormatoTrasmissione", "FPR12"),
        ("CodiceDestinatario", sdi_code),
        ("PECDestinatario", customer.pec if sdi_code == NO_CHANNEL else ""),
    ]


def the_seller() -> Content:
    who: Content = [
        ("IdFiscaleIVA", vat_number(seller.VAT_NUMBER)),
        ("Anagrafica", [("Denominazione", latin(seller.name(), 80))]),
        ("RegimeFiscale", "RF01"),
    ]
    return [("DatiAnagrafici", who), ("Sede", seat(seller.ADDRESS))]


def buyer(customer: models.Customer) -> Content:
    who: Content = [
        ("IdFiscaleIVA", vat_number(customer.vat_number)),
        ("CodiceFiscale", customer.tax_code),
        ("Anagrafica", [("Denominazione", latin(customer.company_name, 80))]),
    ]
    return [("DatiAnagrafici", who), ("Sede", seat(rows.address(customer.address) or Address(street="-")))]


def vat_number(value: str) -> Content:
    """A number without a country in front is Italian."""
    if not value:
        return []
    country, number = (value[:2], value[2:]) if value[:2].isalpha() else ("IT", value)
    return [("IdPaese", country), ("IdCodice", number)]


def seat(address: Address) -> Content:
    italian = address.country == "IT"
    return [
        ("Indirizzo", latin(address.street, 60)),
        ("NumeroCivico", latin(address.number, 8)),
        ("CAP", address.postcode if italian and address.postcode else "00000"),
        ("Comune", latin(address.municipality or "-", 60)),
        ("Provincia", address.province if italian else ""),
        ("Nazione", address.country),
    ]


def body(invoice: models.Invoice) -> Content:
    sign = -1 if invoice.kind == "credit_note" else 1
    nature = EXCLUDED if invoice.kind in ("arrears", "cmor") else OUT_OF_SCOPE
    lines = rows.lines(invoice) or ()
    return [
        (
            "DatiGenerali",
            [
                (
                    "DatiGeneraliDocumento",
                    [
                        ("TipoDocumento", "TD04" if sign < 0 else "TD01"),
                        ("Divisa", "EUR"),
                        ("Data", invoice.issued_on.isoformat()),
                        ("Numero", invoice.code),
                        ("ImportoTotaleDocumento", cents(sign * invoice.amount)),
                    ],
                ),
                ("DatiFattureCollegate", [("IdDocumento", invoice.corrects_id)] if invoice.corrects_id else []),
            ],
        ),
        (
            "DatiBeniServizi",
            [
                *(("DettaglioLinee", detail(number, line, sign, nature)) for number, line in enumerate(lines, 1)),
                *(("DatiRiepilogo", summary(part, sign)) for part in rows.vat(invoice) or ()),
                *(("DatiRiepilogo", untaxed(amount, sign, nature)) for amount in without_vat(lines)),
            ],
        ),
        ("DatiPagamento", [] if sign < 0 else payment(invoice)),
    ]


def detail(number: int, line: InvoiceLine, sign: int, nature: tuple[str, str]) -> Content:
    quantity, unit_price = line.quantity, line.unit_price
    if not quantity or unit_price is None:
        quantity, unit_price = None, line.amount
    elif quantity < 0:
        quantity, unit_price = -quantity, -unit_price
    return [
        ("NumeroLinea", str(number)),
        ("Descrizione", latin(line.description, 1000)),
        ("Quantita", exact(quantity) if quantity else ""),
        ("UnitaMisura", latin(line.unit, 10) if quantity else ""),
        ("PrezzoUnitario", exact(sign * unit_price)),
        ("PrezzoTotale", exact(sign * line.amount)),
        ("AliquotaIVA", cents(line.vat_rate or Decimal(0))),
        ("Natura", "" if line.vat_rate else nature[0]),
    ]


def summary(part: VatAmount, sign: int) -> Content:
    return [
        ("AliquotaIVA", cents(part.rate)),
        ("ImponibileImporto", cents(sign * part.taxable)),
        ("Imposta", cents(sign * part.tax)),
        ("EsigibilitaIVA", "I"),
    ]


def without_vat(lines: Sequence[InvoiceLine]) -> list[Decimal]:
    """The sum of the lines that carry no VAT, in a list that is empty where there are none."""
    amounts = [line.amount for line in lines if not line.vat_rate]
    return [sum(amounts, Decimal(0))] if amounts else []


def untaxed(amount: Decimal, sign: int, nature: tuple[str, str]) -> Content:
    return [
        ("AliquotaIVA", "0.00"),
        ("Natura", nature[0]),
        ("ImponibileImporto", cents(sign * amount)),
        ("Imposta", "0.00"),
        ("RiferimentoNormativo", nature[1]),
    ]


def payment(invoice: models.Invoice) -> Content:
    return [
        ("CondizioniPagamento", "TP02"),
        (
            "DettaglioPagamento",
            [
                ("ModalitaPagamento", PAYMENT_MODES.get(invoice.account.payment_method, "MP05")),
                ("DataScadenzaPagamento", invoice.due_on.isoformat() if invoice.due_on else ""),
                ("ImportoPagamento", cents(invoice.amount)),
            ],
        ),
    ]


def progressive(number: str) -> str:
    """At most ten letters and digits, the last ones of the invoice number: they do not come again for a century."""
    return "".join(character for character in number if character.isalnum())[-10:]


def cents(amount: Decimal) -> str:
    return f"{amount:.2f}"


def exact(amount: Decimal) -> str:
    """Two to eight decimals, as many as there are."""
    whole, _, decimals = f"{amount:.8f}".partition(".")
    return f"{whole}.{decimals.rstrip('0').ljust(2, '0')}"


def latin(text: str, longest: int) -> str:
    """As the schema wants text: Latin-1 without control characters, no longer than ``longest``."""
    text = unicodedata.normalize("NFC", " ".join(text.split())).translate(TYPOGRAPHY)
    known = (character if is_latin(character) else without_accents(character) for character in text)
    return "".join(known)[:longest]


def is_latin(character: str) -> bool:
    return "\x20" <= character <= "\x7e" or "\xa0" <= character <= "\xff"


def without_accents(character: str) -> str:
    plain = unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode()
    return "".join(letter for letter in plain if letter.isprintable()) or "?"
