"""PDF files as programs write them, and as others write them who mean no good."""

import io
import zlib
from collections.abc import Callable

from pypdf import PdfWriter

BARE = b"""%%PDF-1.7
1 0 obj
<</Type/Catalog/Pages 2 0 R%s>>
endobj
2 0 obj
<</Type/Pages/Kids[]/Count 0>>
endobj
%s
trailer
<</Root 1 0 R/Size 9>>
startxref
9
%%%%EOF
"""


def paper(change: Callable[[PdfWriter], object] = lambda writer: None) -> bytes:
    """One empty page, and what ``change`` adds."""
    writer = PdfWriter()
    writer.add_blank_page(width=595, height=842)
    change(writer)
    sink = io.BytesIO()
    writer.write(sink)
    return sink.getvalue()


def bare(catalogue: bytes = b"", more: bytes = b"") -> bytes:
    """The least that a PDF can be, with more in its catalogue, and more objects."""
    return BARE % (catalogue, more)


def objects(
    content: bytes, *, named: bytes = b"/ObjStm", filtered: bytes = b"/FlateDecode", pack: bool = True
) -> bytes:
    """A stream of compressed objects in which ``content`` is one."""
    inner = b"7 0 " + content
    packed = zlib.compress(inner) if pack else inner
    head = b"<</Type%s/N 1/First 4/Filter%s/Length %d>>" % (named, filtered, len(packed))
    return b"5 0 obj\n%s\nstream\n%s\nendstream\nendobj" % (head, packed)


def image(content: bytes) -> bytes:
    """A stream of pixels."""
    return b"6 0 obj\n<</Subtype/Image/Filter/FlateDecode/Length %d>>\nstream\n%s\nendstream\nendobj" % (
        len(content),
        content,
    )
