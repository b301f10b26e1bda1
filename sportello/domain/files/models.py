"""Bytes that are kept: documents of billing, documents of ours; who may see one is for the room above to say."""

from datetime import datetime
from hashlib import sha256
from typing import ClassVar

from django.db import models
from django.db.models import Q

LARGEST = 10_000_000  # bytes


class KeptFileQuerySet(models.QuerySet["KeptFile"]):
    def of(self, kind: str, key: str) -> "KeptFile | None":
        """The file kept for this thing, content and all; None where none is."""
        return self.filter(kind=kind, key=key).first()

    def keep(self, *, kind: str, key: str, version: str, media_type: str, content: bytes, now: datetime) -> None:
        """Keeps ``content`` in place of whatever was kept for this thing; ``version`` tells later whether it still holds."""
        self.update_or_create(
            kind=kind,
            key=key,
            defaults={
                "version": version,
                "media_type": media_type,
                "content": content,
                "size": len(content),
                "sha256": sha256(content).hexdigest(),
                "kept_at": now,
            },
        )


class KeptFile(models.Model):
    """One file. ``kind`` and ``key`` name what it is of ("invoice_pdf", the invoice's number), by value."""

    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=80)
    version = models.CharField(max_length=64)
    media_type = models.CharField(max_length=80)
    content = models.BinaryField()
    size = models.IntegerField()
    sha256 = models.CharField(max_length=64)
    kept_at = models.DateTimeField()

    objects: ClassVar[KeptFileQuerySet] = KeptFileQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "key"], name="one_file_a_thing"),
            models.CheckConstraint(condition=Q(size__lte=LARGEST), name="file_not_too_large"),
        ]
