"""What has become of what was sent, for the rooms above."""

from collections.abc import Collection

from sportello.domain.ledger.models import LedgerRow


def rows_about(kind: str, keys: Collection[str]) -> dict[str, LedgerRow]:
    """The newest row about each of these, by its key; those without one are not in it."""
    rows = LedgerRow.objects.filter(about_kind=kind, about_key__in=keys).order_by("about_key", "-id")
    return {row.about_key: row for row in rows.distinct("about_key")}
