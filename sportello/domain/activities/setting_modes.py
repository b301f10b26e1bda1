"""Sets whether kinds of request go by themselves and are offered at all; ``modes`` is where that is asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.db import connection, transaction

from sportello.domain.activities.kinds.catalogue import asked_for
from sportello.domain.activities.models import KindSetting
from sportello.domain.journal.models import record

Key = tuple[str, str]  # of a kind, and of one of its fields or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mode:
    """``offered`` is of a whole kind: whether it is at the counter at all."""

    automatic: bool
    offered: bool = True


class ChangedMeanwhile(Exception):
    """Somebody else has changed a mode since the page was opened from which this comes."""


def present() -> dict[Key, Mode]:
    """How every kind that people ask for is set, and each of its fields."""
    rows = {(row.kind, row.field): row for row in KindSetting.objects.all()}
    modes = {}
    for code, kind in asked_for():
        for field in ("", *(each.code for each in kind.fields)):
            row = rows.get((code, field))
            modes[code, field] = (
                Mode(automatic=row.automatic, offered=row.offered)
                if row
                else Mode(automatic=kind.automatic_by_default(field))
            )
    return modes


def seen(modes: Mapping[Key, Mode]) -> str:
    """Changes with whatever is set otherwise."""
    return sha256(repr(sorted((key, mode.automatic, mode.offered) for key, mode in modes.items())).encode()).hexdigest()


def different(before: Mapping[Key, Mode], after: Mapping[Key, Mode]) -> list[Key]:
    return [key for key, mode in after.items() if before[key] != mode]


@transaction.atomic
def save(wanted: Mapping[Key, Mode], *, seen_as: str, now: datetime, by_id: int | None) -> list[Key]:
    """Sets what differs, each with its line in the journal, and says what that was; the same once more changes nothing.

    Requests that have come in already stay as they are. Raises ChangedMeanwhile.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('kind settings', 0))")
    before = present()
    changed = different(before, wanted)
    if changed and seen_as != seen(before):
        raise ChangedMeanwhile
    for key in changed:
        _set(key, before[key], wanted[key], now=now, by_id=by_id)
    return changed


def _set(key: Key, before: Mode, mode: Mode, *, now: datetime, by_id: int | None) -> None:
    kind, field = key
    values = {"automatic": mode.automatic, "offered": mode.offered, "changed_at": now}
    KindSetting.objects.update_or_create(kind=kind, field=field, defaults=values)
    detail = {
        name: f"{getattr(before, name)} → {getattr(mode, name)}"
        for name in ("automatic", "offered")
        if getattr(before, name) != getattr(mode, name)
    }
    about = ("kind_setting", f"{kind}/{field}" if field else kind)
    record("activities.kind_setting_changed", now=now, actor_id=by_id, about=about, kind=kind, field=field, **detail)
