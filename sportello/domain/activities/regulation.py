"""The terms that the regulators set, as an installation begins with them; Administration adds rows where they change.

TIQV in force since 2026 (ARERA 399/2025), before it as in 413/2016; RQSII (655/2015) for water; AGCOM for telephony. Where
``limit`` is None nobody sets one, and ``margin`` is how long we give ourselves.
"""

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from sportello.domain.activities.models import Terms

BEFORE, SINCE_2026 = date(2020, 1, 1), date(2026, 1, 1)
OLD: Final = (25, 50, 75)  # euro: late, after twice, after three times the limit
NEW: Final = (30, 60, 90)
DAILY: Final = (Decimal("2.50"), Decimal(300))  # of telephony, AGCOM 347/18 art. 12: euro a day, and altogether
DAILY_FOR: Final = ("complaint", "invoice_correction", "invoice_correction_4m", "double_billing")
# term, service, valid from, limit, days, margin, indemnities
ROWS: Final[tuple[tuple[str, str, date, int | None, str, int, tuple[int, ...]], ...]] = (
    ("information", "", BEFORE, 30, "calendar", 5, ()),
    ("information", "water", BEFORE, 30, "working", 5, ()),
    ("information", "telephony", BEFORE, 45, "calendar", 5, ()),
    ("complaint", "", BEFORE, 30, "calendar", 5, OLD),
    ("complaint", "", SINCE_2026, 30, "calendar", 5, NEW),
    ("complaint", "water", BEFORE, 30, "working", 5, NEW),
    ("complaint", "telephony", BEFORE, 45, "calendar", 5, ()),
    ("invoice_correction", "", BEFORE, 60, "calendar", 5, OLD),
    ("invoice_correction", "", SINCE_2026, 60, "calendar", 5, NEW),
    ("invoice_correction", "water", BEFORE, 60, "working", 5, NEW),
    ("invoice_correction", "telephony", BEFORE, 45, "calendar", 5, ()),
    ("invoice_correction_4m", "", BEFORE, 90, "calendar", 5, OLD),
    ("invoice_correction_4m", "", SINCE_2026, 90, "calendar", 5, NEW),
    ("invoice_correction_4m", "water", BEFORE, 60, "working", 5, NEW),
    ("invoice_correction_4m", "telephony", BEFORE, 45, "calendar", 5, ()),
    ("double_billing", "", BEFORE, 20, "calendar", 5, OLD),
    ("double_billing", "", SINCE_2026, 15, "calendar", 5, NEW),
    ("double_billing", "water", BEFORE, 60, "working", 5, NEW),
    ("double_billing", "telephony", BEFORE, 45, "calendar", 5, ()),
    ("already_paid", "", BEFORE, None, "working", 10, ()),
    ("instalments", "", BEFORE, None, "working", 10, ()),
    ("supply_closure", "", BEFORE, None, "working", 5, ()),
    ("change_of_holder", "", BEFORE, None, "working", 10, ()),
    ("personal_data", "", BEFORE, None, "working", 5, ()),
    ("direct_debit", "", BEFORE, None, "working", 10, ()),
    ("iban_cool_off", "", BEFORE, None, "calendar", 3, ()),
    ("something_else", "", BEFORE, None, "calendar", 30, ()),
)


def seed_daily(terms: "type[Terms]") -> None:
    """Writes what is due by the day into the rows of an installation; where Administration has set something it stays."""
    rows = terms._default_manager.filter(
        service="telephony", term__in=DAILY_FOR, valid_from=BEFORE, limit__isnull=False
    )
    rows.filter(indemnity=None, indemnity_daily=None).update(indemnity_daily=DAILY[0], indemnity_most=DAILY[1])


def seed(terms: "type[Terms]") -> None:
    """Writes the rows that are not there; what Administration has changed stays. ``terms`` is the model, or a migration's."""
    for term, service, valid_from, limit, days, margin, indemnities in ROWS:
        names = ("indemnity", "indemnity_2", "indemnity_3")
        due: dict[str, Any] = {name: Decimal(euro) for name, euro in zip(names, indemnities, strict=False)}
        terms._default_manager.get_or_create(
            term=term,
            service=service,
            valid_from=valid_from,
            defaults={"limit": limit, "days": days, "margin": margin, **due},
        )
