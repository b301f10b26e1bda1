"""Whether what billing sends as a document is one; nothing else is kept or handed on."""

from xml.parsers import expat

from sportello.domain.files.models import LARGEST

ROOTS = {"FatturaElettronica", "FatturaElettronicaSemplificata"}


class Unusable(Exception):
    """What came is not the document that was asked for."""


def check_pdf(content: bytes) -> bytes:
    """``content`` itself; raises ``Unusable`` where it is not a PDF or larger than what may be kept."""
    check_size(content)
    if not content.startswith(b"%PDF-"):
        raise Unusable("not a PDF")
    return content


def check_xml(content: bytes) -> bytes:
    """``content`` itself; raises ``Unusable`` where it is no well-formed electronic invoice, or declares a type."""
    check_size(content)
    elements: list[str] = []
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = lambda name, _attributes: elements.append(name.rpartition(" ")[2])
    parser.StartDoctypeDeclHandler = refuse_doctype
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise Unusable("not well-formed") from error
    if elements[0] not in ROOTS:
        raise Unusable("not an electronic invoice")
    return content


def check_size(content: bytes) -> None:
    if len(content) > LARGEST:
        raise Unusable("too large")


def refuse_doctype(*_declaration: object) -> None:
    raise Unusable("a document type declaration")
