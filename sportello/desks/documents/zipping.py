"""A ZIP that is written while it is sent: a few files at a time in memory, no database connection held meanwhile."""

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from django.utils import timezone

from sportello.desks.documents.pooled import lend_connection
from sportello.domain.files.models import KeptFile

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

AT_ONCE = 2_000_000  # bytes read from the database together; a larger file is read alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One file of the archive: what it is called there, its key among the files kept, and the day it bears."""

    name: str
    key: str
    day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    name: str
    content: str


class Outlet(io.RawIOBase):
    """Where the archive is written to and taken from in pieces.

    It can go back as far as the present piece, so that sizes stand before each file and any reader understands them.
    """

    def __init__(self) -> None:
        self.taken = 0
        self.piece = io.BytesIO()

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.taken + self.piece.tell()

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if whence != io.SEEK_SET or offset < self.taken:
            raise io.UnsupportedOperation("what was sent cannot be written again")
        self.piece.seek(offset - self.taken)
        return offset

    def write(self, content: "ReadableBuffer", /) -> int:
        return self.piece.write(content)

    def take(self) -> bytes:
        """What was written since the last time."""
        content = self.piece.getvalue()
        self.taken += len(content)
        self.piece = io.BytesIO()
        return content


def stream(kind: str, entries: Sequence[Entry], *, closing: Callable[[Sequence[str]], Text | None]) -> Iterator[bytes]:
    """The archive in pieces. ``closing`` is given the keys that were not found and may add a text at the end."""
    outlet = Outlet()
    lost: list[str] = []
    with ZipFile(outlet, "w", ZIP_STORED) as archive:
        for entry, content in contents(kind, entries):
            if content is None:
                lost.append(entry.key)
                continue
            archive.writestr(ZipInfo(entry.name, moment(entry.day)), content)
            yield outlet.take()
        if text := closing(lost):
            archive.writestr(ZipInfo(text.name, moment(timezone.localdate())), text.content.encode())
    yield outlet.take()


def moment(day: date) -> tuple[int, int, int, int, int, int]:
    """As ZIP knows dates: from 1980 to 2107."""
    return min(max(day.year, 1980), 2107), day.month, day.day, 12, 0, 0


def contents(kind: str, entries: Sequence[Entry]) -> Iterator[tuple[Entry, bytes | None]]:
    """Each entry with its bytes, None where they are gone; read in short queries of a few files each."""
    files = KeptFile.objects.filter(kind=kind)
    sizes = dict(files.filter(key__in=[entry.key for entry in entries]).values_list("key", "size"))
    for batch in batches(entries, sizes):
        rows = files.filter(key__in=[entry.key for entry in batch]).values_list("key", "content")
        found = {key: bytes(content) for key, content in rows}
        lend_connection()
        for entry in batch:
            yield entry, found.pop(entry.key, None)


def batches(entries: Sequence[Entry], sizes: dict[str, int]) -> Iterator[list[Entry]]:
    batch: list[Entry] = []
    total = 0
    for entry in entries:
        size = sizes.get(entry.key, 0)
        if batch and total + size > AT_ONCE:
            yield batch
            batch, total = [], 0
        batch.append(entry)
        total += size
    if batch:
        yield batch
