"""Readings that were begun and not sent; ``key`` is a supply's code."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sportello.domain.activities import drafts
from sportello.domain.activities.models import ActivityKind, Draft
from sportello.domain.people.models import User

KIND = ActivityKind.SELF_READING.value


def keep(user: User, key: str, data: Mapping[str, Any], now: datetime) -> None:
    drafts.keep(user, KIND, key, data, now)


def find(user: User, key: str) -> Draft | None:
    return drafts.find(user, KIND, key)


def find_all(user: User, keys: Iterable[str]) -> dict[str, Draft]:
    return drafts.find_all(user, KIND, keys)


def forget(user: User, *keys: str) -> None:
    drafts.forget(user, KIND, *keys)
