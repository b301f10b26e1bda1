"""Whether a kind of request goes by itself, as Administration has set it."""

from sportello.domain.activities.kinds.base import RequestKind
from sportello.domain.activities.models import KindSetting


def is_automatic(kind: RequestKind, field: str = "") -> bool:
    setting = KindSetting.objects.filter(kind=kind.code, field=field).first()
    return kind.automatic_by_default(field) if setting is None else setting.automatic


def is_offered(kind: RequestKind) -> bool:
    setting = KindSetting.objects.filter(kind=kind.code, field="").first()
    return setting is None or setting.offered


def not_offered() -> set[str]:
    """The kinds that Administration has taken off the counter."""
    return set(KindSetting.objects.filter(field="", offered=False).values_list("kind", flat=True))
