"""Nothing but the document that was asked for is kept."""

import pytest

from sportello.domain.customers.documents.checks import Unusable, check_pdf, check_xml
from sportello.domain.customers.documents.tests.billing import PDF, XML


def test_documents_pass_unchanged() -> None:
    assert check_pdf(PDF) == PDF
    assert check_xml(XML) == XML
    assert check_xml(b"\xef\xbb\xbf<FatturaElettronica/>")


@pytest.mark.parametrize(
    "content", [b"", b"<html>%PDF-</html>", b'{"d": {}}', b" %PDF-1.7", b"%PDF-" + b"x" * 10_000_000]
)
def test_no_other_thing_is_a_pdf(content: bytes) -> None:
    with pytest.raises(Unusable):
        check_pdf(content)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html><body>Error</body></html>",
        b"<FatturaElettronica>",
        b'{"d": {}}',
        b"%PDF-1.7",
        b'<!DOCTYPE x [<!ENTITY a "aaa">]><FatturaElettronica>&a;</FatturaElettronica>',
        b"<FatturaElettronica/>" + b" " * 10_000_000,
        b"\x00\xff",
    ],
)
def test_no_other_thing_is_an_electronic_invoice(content: bytes) -> None:
    with pytest.raises(Unusable):
        check_xml(content)
