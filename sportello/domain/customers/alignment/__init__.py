"""Keeps the mirror the same as billing: by billing's feed of changes, or customer by customer where there is none."""

from sportello.domain.customers.alignment.feed import Alignment, align
from sportello.domain.customers.alignment.snapshot import Round, refresh, refresh_known
from sportello.domain.customers.alignment.writing import Written

__all__ = ["Alignment", "Round", "Written", "align", "refresh", "refresh_known"]
