"""The file for the printer: written whole before the codes in it become valid, so that none is lost or half printed."""

import csv
import os
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from django.db import transaction

from sportello.domain.accounts import web_codes
from sportello.domain.files.cells import harmless
from sportello.domain.journal.models import record


class FileThere(Exception):
    """A file of this name is there already; a print run is not written over another."""


def issue_to_file(customers: Sequence[str], path: Path, *, now: datetime) -> int:
    """Issues a code to each customer and writes them to ``path``; returns how many.

    The file is complete and on disk before the codes are committed. Whatever goes wrong before, neither is there; should
    the very last step fail, the complete file is beside it as ``.partial``. Raises FileThere, OSError.
    """
    partial = path.with_name(path.name + ".partial")
    if path.exists() or partial.exists():
        raise FileThere
    try:
        with transaction.atomic():
            issued = web_codes.issue(customers, now=now)
            write(web_codes.print_run(issued), partial)
            record("accounts.web_codes_issued", now=now, count=len(issued))
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    partial.rename(path)
    return len(issued)


def write(rows: Iterable[Sequence[str]], path: Path) -> None:
    """As CSV that a spreadsheet opens without running anything in it; only its owner may read it."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerows([harmless(cell) for cell in row] for row in rows)
        file.flush()
        os.fsync(file.fileno())
