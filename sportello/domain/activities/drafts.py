"""Forms that were begun and not sent, kept for who began them: what was typed, by field, never judged."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sportello.domain.activities.models import Draft
from sportello.domain.customers.alignment.rows import storable
from sportello.domain.people.models import User


def keep(user: User, kind: str, key: str, data: Mapping[str, Any], now: datetime) -> None:
    """Keeps what was typed about ``key`` in place of what was kept before: text, or lists of text."""
    kept = {name: as_stored(value) for name, value in data.items()}
    Draft.objects.update_or_create(user=user, kind=kind, key=key, defaults={"data": kept, "updated_at": now})


def as_stored(value: Any) -> Any:
    if isinstance(value, list):
        return [as_stored(each) for each in value]
    return storable(value) if isinstance(value, str) else value


def find(user: User, kind: str, key: str) -> Draft | None:
    return Draft.objects.filter(user=user, kind=kind, key=key).first()


def find_all(user: User, kind: str, keys: Iterable[str]) -> dict[str, Draft]:
    """By key, in one query."""
    return {each.key: each for each in Draft.objects.filter(user=user, kind=kind, key__in=list(keys))}


def forget(user: User, kind: str, *keys: str) -> None:
    Draft.objects.filter(user=user, kind=kind, key__in=keys).delete()
