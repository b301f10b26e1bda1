"""Rows that hold from a day on: what Administration adds, changes or removes of them before that day, with its journal."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Any

from django.db import models, transaction
from django.http import Http404
from django.utils import timezone

from sportello.domain.journal.models import record


class InForce(Exception):
    """The row holds already; it can only be followed by others."""


class ChangedMeanwhile(Exception):
    """The row is not any more what it was on the page from which the change comes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sort:
    """One table of such rows. ``of`` are the columns that say whose numbers they are, ``fields`` all others that are edited.

    ``event`` begins the names of its events and names it in them.
    """

    model: type[models.Model]
    event: str
    of: tuple[str, ...]
    fields: tuple[str, ...]

    def rows(self) -> Any:
        return self.model._default_manager

    def whose(self, row: Any) -> dict[str, str]:
        return {name: getattr(row, name) for name in self.of}

    def values(self, row: Any) -> dict[str, str]:
        """Each field as text, the same whether it comes from a form or from the database."""
        names = (*self.of, *self.fields)
        return {
            field.name: text_of(field.to_python(getattr(row, field.name)))
            for field in self.model._meta.fields
            if field.name in names
        }


def text_of(value: Any) -> str:
    return f"{value.normalize():f}" if isinstance(value, Decimal) else "none" if value is None else str(value)


def found(sort: Sort, pk: int) -> Any:
    row = sort.rows().filter(pk=pk).first()
    if row is None:
        raise Http404
    return row


def states(newest_first: Sequence[Any], today: date) -> Iterator[tuple[Any, str]]:
    """Each row of one sort and owner with past, now or to come."""
    holds = False
    for row in newest_first:
        state = "to come" if row.valid_from > today else "past" if holds else "now"
        holds = holds or state == "now"
        yield row, state


@transaction.atomic
def insert(sort: Sort, form: Any, *, actor_id: int | None) -> None:
    """Raises IntegrityError where the day is taken."""
    row = form.save()
    whose = sort.whose(row)
    earlier = sort.rows().filter(**whose, valid_from__lt=row.valid_from).order_by("-valid_from")
    write_down(sort, "added", row, earlier.first() or sort.model(**whose), row, actor_id=actor_id)


@transaction.atomic
def change(sort: Sort, form: Any, *, pk: int, today: date, actor_id: int | None) -> None:
    """Raises InForce, ChangedMeanwhile, and IntegrityError where the day is taken."""
    before = locked(sort, pk)
    if before is None or form.cleaned_data["seen"] != seen(sort, before):
        raise ChangedMeanwhile
    if before.valid_from <= today:
        raise InForce
    row = form.save()
    write_down(sort, "changed", row, before, row, actor_id=actor_id)


@transaction.atomic
def remove(sort: Sort, *, pk: int, today: date, actor_id: int | None) -> None:
    """Raises InForce. Removed by somebody else meanwhile is as well."""
    before = locked(sort, pk)
    if before is None:
        return
    if before.valid_from <= today:
        raise InForce
    write_down(sort, "removed", before, before, None, actor_id=actor_id)
    before.delete()


def locked(sort: Sort, pk: int) -> Any:
    return sort.rows().select_for_update().filter(pk=pk).first()


def write_down(sort: Sort, what: str, row: Any, before: Any, after: Any, *, actor_id: int | None) -> None:
    """Each field that differs as "0.3 → 0.25"."""
    detail = changes(sort, before, after) if after else sort.values(before)
    detail = {**detail, **sort.whose(row), "valid_from": detail.get("valid_from", str(row.valid_from))}
    about = (sort.event, str(row.pk))
    record(f"activities.{sort.event}_{what}", now=timezone.now(), actor_id=actor_id, about=about, **detail)


def changes(sort: Sort, before: Any, after: Any) -> Mapping[str, str]:
    old, new = sort.values(before), sort.values(after)
    return {name: f"{old[name]} → {new[name]}" for name in new if old[name] != new[name]}


def seen(sort: Sort, row: Any) -> str:
    """Changes with whatever the row says."""
    return sha256(repr(sorted(sort.values(row).items())).encode()).hexdigest()
