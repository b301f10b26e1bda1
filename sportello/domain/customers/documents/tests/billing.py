"""A billing system whose documents a test decides."""

from dataclasses import dataclass, field

import pytest
from django.db import connection

from sportello.billing.errors import NotThere
from sportello.billing.port import Capabilities
from sportello.domain.customers.documents import keeping

PDF = b"%PDF-1.7 billing's own\n%%EOF"
XML = b'<?xml version="1.0"?><p:FatturaElettronica xmlns:p="http://example.org/v1.2" versione="FPR12"/>'


@dataclass
class DocumentBilling:
    """``pdf`` and ``xml`` are what it gives, or raises; None where it has none for an invoice."""

    pdf: bytes | Exception | None = None
    xml: bytes | Exception | None = None
    has_pdfs: bool = False
    calls: list[str] = field(default_factory=list)
    in_transaction: bool = False

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(name="fake", feed=True, fresh_for=60, invoice_pdf=self.has_pdfs, invoice_xml=True)

    def invoice_pdf(self, number: str) -> bytes:
        return self.give(self.pdf, number)

    def invoice_xml(self, number: str) -> bytes:
        return self.give(self.xml, number)

    def give(self, what: bytes | Exception | None, number: str) -> bytes:
        self.calls.append(number)
        self.in_transaction = connection.in_atomic_block
        if isinstance(what, Exception):
            raise what
        if what is None:
            raise NotThere("invoice", number)
        return what


def installed(monkeypatch: pytest.MonkeyPatch, billing: DocumentBilling) -> DocumentBilling:
    monkeypatch.setattr(keeping, "connector", lambda path: billing)
    return billing
