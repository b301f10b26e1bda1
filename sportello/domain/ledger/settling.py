"""The end of a row, whoever brings it about: its secrets go with it."""

from datetime import datetime
from typing import Any

from sportello.domain.ledger.encoding import wiped
from sportello.domain.ledger.models import LedgerRow, State


def settle(row: LedgerRow, state: State, *, now: datetime, **columns: Any) -> None:
    """Acknowledged, refused or cancelled. The caller has the row locked, or is the only one who has it in hand."""
    values: dict[str, Any] = {
        "state": state,
        "settled_at": now,
        "taken_until": None,
        "command": wiped(row.name, row.command),
        **columns,
    }
    LedgerRow.objects.filter(pk=row.pk).update(**values)
