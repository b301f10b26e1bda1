"""The jobs that keep copies of invoices; each may run twice or be killed at any point."""

from django.utils import timezone
from procrastinate.contrib.django import app

from sportello.domain.customers.documents.asking import TASKS, ask_again
from sportello.domain.customers.documents.keeping import Failure, Kind, keep


@app.task(name=TASKS[Kind.PDF])
def keep_pdf(number: str, attempt: int = 0) -> None:
    try_to_keep(number, kind=Kind.PDF, attempt=attempt)


@app.task(name=TASKS[Kind.XML])
def keep_xml(number: str, attempt: int = 0) -> None:
    try_to_keep(number, kind=Kind.XML, attempt=attempt)


def try_to_keep(number: str, *, kind: Kind, attempt: int) -> None:
    """Where billing is away, another attempt follows later; what billing refuses is not asked for again by itself."""
    if keep(number=number, kind=kind, now=timezone.now()) == Failure.AWAY:
        ask_again(number, kind=kind, attempt=attempt)
