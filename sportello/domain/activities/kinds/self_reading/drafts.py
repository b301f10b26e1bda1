"""Forms that were begun and not sent, kept for who began them: what was typed, by field, never judged."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sportello.domain.activities.models import ActivityKind, Draft
from sportello.domain.customers.alignment.rows import storable
from sportello.domain.people.models import User

KIND = ActivityKind.SELF_READING.value


def keep(user: User, key: str, data: Mapping[str, Any], now: datetime) -> None:
    """Keeps what was typed about ``key``, a supply's code, in place of what was kept before."""
    kept = {name: storable(value) if isinstance(value, str) else value for name, value in data.items()}
    Draft.objects.update_or_create(user=user, kind=KIND, key=key, defaults={"data": kept, "updated_at": now})


def find(user: User, key: str) -> Draft | None:
    return Draft.objects.filter(user=user, kind=KIND, key=key).first()


def forget(user: User, *keys: str) -> None:
    Draft.objects.filter(user=user, kind=KIND, key__in=keys).delete()
