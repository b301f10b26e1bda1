import random
import time
import zlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import given
from hypothesis import strategies as st
from pypdf.actions import JavaScript

from sportello.domain.files import attachments, pdfs
from sportello.domain.files.attachments import PROBLEMS, WrongFile, checked, named
from sportello.domain.files.models import LARGEST
from sportello.domain.files.pdfs import WrongPdf
from sportello.domain.files.tests import papers, pictures
from sportello.domain.files.tests.papers import bare, objects, paper

# What breaks a header, a page, a path, a spreadsheet, a shell or a query, where it is taken for more than a text.
NASTY = [
    "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "'; DROP TABLE x; --", "../../etc/passwd", "..\\..\\boot.ini",
    "a\r\nSet-Cookie: x=1", "a\nb", "x\x00.pdf.exe", "\u202egpj.exe", "=1+1", "{{ 7*7 }}", "{name}", "${7*7}", "%s%n", "%0d%0a",
    "$(id)", "`id`", "con.pdf", "NUL", "...", "", " ", ".htaccess", "-rf", "a;b=\"c\"", "è\u0301\U0001f986", "x" * 5_000,
    "C:\\Users\\anna\\foto.pdf", "\ud800", "https://evil.example/a.pdf",
]  # fmt: skip


def sent(content: bytes, name: str = "ricevuta.pdf", media_type: str = "application/pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, media_type)


def problem(content: bytes) -> str:
    with pytest.raises(WrongFile) as wrong:
        checked(sent(content))
    assert wrong.value.code in PROBLEMS
    return wrong.value.code


# --- what comes in ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content", [paper(), bare(), bare(more=objects(b"<</Type/Page>>")), paper(lambda w: w.compress_identical_objects())]
)
def test_a_pdf_is_kept_as_it_is(content):
    kept = checked(sent(content, "Ricevuta 24.11.2026.PDF", "text/html"))
    assert (kept.name, kept.media_type, kept.content) == ("Ricevuta 24.11.2026.pdf", "application/pdf", content)


@pytest.mark.parametrize("make", [pictures.jpeg, pictures.png, pictures.heic])
def test_a_picture_is_made_anew(make):
    kept = checked(sent(make(), "foto.heic.exe"))
    assert (kept.name, kept.media_type) == ("foto.heic.jpg", "image/jpeg")
    assert kept.content.startswith(b"\xff\xd8\xff") and kept.content != make()


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"PK\x03\x04" + b"x" * 900, b"<html>", b"GIF89a", b"\x89PNG\r\n\x1a\n"]
)
def test_anything_else_is_refused(content):
    assert problem(content) in ("not_an_image", "broken")


def test_what_is_too_large_is_refused_whatever_size_it_says():
    large = bare(more=papers.image(b"x" * LARGEST))
    assert problem(large) == "too_large"
    upload = sent(large)
    upload.size = 3
    with pytest.raises(WrongFile, match="too_large"):
        checked(upload)


# --- PDFs ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        paper(lambda writer: writer.add_open_action(JavaScript("app.alert('x')"))),
        paper(lambda writer: writer.add_attachment("virus.exe", b"MZ")),
        bare(b"/OpenAction<</S/JavaScript/JS(app.alert(1))>>"),
        bare(b"/OpenAction<</S/J#61vaScr#69pt/JS(app.alert(1))>>"),
        bare(b"/OpenAction<</S/Launch/F(cmd.exe)>>"),
        bare(b"/AcroForm<</XFA 7 0 R>>"),
        bare(b"/AA<</O<</S/SubmitForm/F(https://evil.example)>>>>"),
        bare(b"/Names<</EmbeddedFiles 7 0 R>>"),
        bare(more=objects(b"<</S/JavaScript/JS(app.alert(1))>>")),
        bare(more=objects(b"<</S/#4aavaScript/JS(app.alert(1))>>")),
        bare(more=objects(b"<</S/JavaScript/JS(x)>>", named=b"/Other")),  # hidden in what does not say what it is
    ],
)  # fmt: skip
def test_what_acts_by_itself_or_carries_files_is_refused(content):
    assert problem(content) == "active"


@pytest.mark.parametrize(
    "content",
    [
        bare(more=objects(b"<</S/JavaScript>>".hex().encode(), filtered=b"/ASCIIHexDecode", pack=False)),
        bare(more=objects(b"<<>>", filtered=b"/LZWDecode", pack=False)),
        bare(more=objects(b"<</S/JavaScript>>", named=b"/Obj#53tm", filtered=b"/LZWDecode", pack=False)),
        bare(more=objects(b"<<>>").replace(b"stream", b"stroem")),
    ],
)
def test_objects_that_cannot_be_looked_into_are_refused(content):
    assert problem(content) == "active"


def test_an_encrypted_one_is_refused():
    assert problem(paper(lambda writer: writer.encrypt("secret", algorithm="RC4-128"))) == "encrypted"
    assert problem(bare().replace(b"/Size", b"/Encr#79pt 8 0 R/Size")) == "encrypted"


@pytest.mark.parametrize("end", [-3, -10, -30, 60, 9])
def test_a_truncated_one_is_refused(end):
    assert problem(bare()[:end]) == "broken"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (bare() + b"<script>alert(1)</script>", "broken"),
        (bare() + b"PK\x05\x06" + bytes(18), "broken"),
        (b"%PDF-9.9" + bare()[8:], "broken"),
        (bare().replace(b"1 0 obj", b"%<html><body onload=alert(1)>\n1 0 obj"), "two_things"),
        (bare(more=b"%PK\x03\x04" + b"x" * 40), "two_things"),
        (bare(more=b"%PK\x05\x06" + bytes(18) + b"\n%" + b"x" * 60_000), "two_things"),  # within an archive's comment
    ],
)
def test_what_is_another_file_too_is_refused(content, code):
    assert problem(content) == code


def test_pixels_are_not_mistaken_for_programs():
    """Three letters come up in ten megabytes of anything."""
    pixels = random.Random(7).randbytes(4_000_000) + b"/JS /AA /OpenAction "
    assert checked(sent(bare(more=papers.image(zlib.compress(pixels)))))
    assert checked(sent(bare(more=papers.image(pixels))))


def test_what_unpacks_without_end_is_refused_soon():
    bomb = bare(more=b"\n".join(objects(b" " * 45_000_000) for _ in range(3)))
    started = time.monotonic()
    assert problem(bomb) == "broken"
    assert time.monotonic() - started < 5


def test_many_streams_are_looked_at_in_time():
    started = time.monotonic()
    many = bare(more=b"\n".join([objects(b"<<>>")] * 15_000))
    pdfs.check(many)
    with pytest.raises(WrongPdf, match="broken"):
        pdfs.check(bare(more=b"stream\n" * 1_000_000))
    assert time.monotonic() - started < 10


@given(st.binary(max_size=300), st.integers(0, 400), st.integers(0, 60))
def test_no_content_breaks_the_check(junk, where, gone):
    content = bare(more=objects(b"<</Type/Page>>"))
    content = content[:where] + junk + content[where + gone :]
    try:
        pdfs.check(content)
    except WrongPdf as wrong:
        assert wrong.code in PROBLEMS


# --- names -----------------------------------------------------------------------------------------------------------


def is_harmless(name: str, ending: str) -> bool:
    return (
        name.endswith(f".{ending}")
        and name.isprintable()
        and 1 < len(name) <= attachments.LONGEST_NAME
        and not set(name) & set('/\\:*?"<>|\r\n')
        and not name.startswith((".", "-", "~", " "))
        and name.encode().decode() == name
        and not attachments.RESERVED.fullmatch(name.partition(".")[0])
    )


@pytest.mark.parametrize("name", NASTY)
def test_a_name_is_only_a_name(name):
    for written in (name, f"{name}.pdf", f"{name}/{name}"):
        assert is_harmless(named(written, "pdf"), "pdf"), named(written, "pdf")


@given(st.text(max_size=300))
def test_no_name_breaks_out(name):
    assert is_harmless(named(name, "jpg"), "jpg"), named(name, "jpg")


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("bolletta 3.bis.PDF", "bolletta 3.bis.pdf"),
        ("però è già qui.jpeg", "però è già qui.pdf"),
        ("senza punto", "senza punto.pdf"),
        (None, "file.pdf"),
        ("aux.pdf", "file aux.pdf"),
    ],
)
def test_a_good_name_stays(given_name, kept):
    assert named(given_name, "pdf") == kept
