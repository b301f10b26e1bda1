"""Keeps the embedded billing in its own database, and everything else out of it."""

from typing import Any

from django.db.models import Model

ALIAS = "billing"
APP = "embedded"


class BillingRouter:
    def db_for_read(self, model: type[Model], **_hints: Any) -> str | None:
        return ALIAS if model._meta.app_label == APP else None

    def db_for_write(self, model: type[Model], **_hints: Any) -> str | None:
        return ALIAS if model._meta.app_label == APP else None

    def allow_relation(self, one: Model, other: Model, **_hints: Any) -> bool | None:
        ours = {one._meta.app_label == APP, other._meta.app_label == APP}
        return None if ours == {False} else ours == {True}

    def allow_migrate(self, db: str, app_label: str, **_hints: Any) -> bool | None:
        if app_label == APP:
            return db == ALIAS
        return False if db == ALIAS else None
