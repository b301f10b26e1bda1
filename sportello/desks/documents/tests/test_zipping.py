"""The archive is whole, any reader understands it, and it is never in memory as a whole."""

import io
from datetime import date
from zipfile import ZIP_STORED, ZipFile

import pytest

from sportello.desks.documents.zipping import AT_ONCE, Entry, Text, stream
from sportello.domain.files.models import KeptFile
from tests.factories import NOW

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 10)


def kept(key: str, content: bytes) -> Entry:
    KeptFile.objects.keep(kind="k", key=key, version="1", media_type="application/pdf", content=content, now=NOW)
    return Entry(name=f"{key}.pdf", key=key, day=DAY)


def nothing(lost) -> None:
    return None


def test_it_holds_the_files_as_they_are() -> None:
    entries = [kept("a", b"one"), kept("b", b"two" * 1000)]
    with ZipFile(io.BytesIO(b"".join(stream("k", entries, closing=nothing)))) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == {"a.pdf": b"one", "b.pdf": b"two" * 1000}
        first = archive.infolist()[0]
        assert (first.compress_type, first.date_time[:3]) == (ZIP_STORED, (2026, 11, 10))
        assert not first.flag_bits & 0x08  # sizes stand before the content


def test_what_is_gone_meanwhile_is_told() -> None:
    entries = [kept("a", b"one"), Entry(name="b.pdf", key="b", day=DAY)]

    def closing(lost) -> Text:
        return Text(name="missing.txt", content="\n".join(lost))

    with ZipFile(io.BytesIO(b"".join(stream("k", entries, closing=closing)))) as archive:
        assert archive.namelist() == ["a.pdf", "missing.txt"]
        assert archive.read("missing.txt") == b"b"


def test_it_comes_in_pieces_and_few_files_are_read_together(django_assert_num_queries) -> None:
    half = AT_ONCE // 2
    entries = [kept(str(number), b"x" * half) for number in range(5)]
    with django_assert_num_queries(1 + 3):
        pieces = list(stream("k", entries, closing=nothing))
    assert max(len(piece) for piece in pieces) < half + 1_000
    with ZipFile(io.BytesIO(b"".join(pieces))) as archive:
        assert archive.testzip() is None


def test_a_reader_that_goes_away_leaves_nothing_behind() -> None:
    pieces = stream("k", [kept(str(number), b"x") for number in range(5)], closing=nothing)
    next(pieces)
    pieces.close()


@pytest.mark.parametrize("day", [date(1970, 1, 1), date(2200, 1, 1)])
def test_days_that_zip_does_not_know(day: date) -> None:
    kept("a", b"one")
    content = b"".join(stream("k", [Entry(name="a.pdf", key="a", day=day)], closing=nothing))
    assert ZipFile(io.BytesIO(content)).namelist() == ["a.pdf"]
