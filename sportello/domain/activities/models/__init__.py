"""Requests, what belongs to each kind of them, and the numbers that govern them."""

from sportello.domain.activities.models.activity import (
    MOVES,
    OVER,
    Activity,
    ActivityKind,
    Attention,
    Channel,
    IllegalMove,
    Status,
    next_number,
)
from sportello.domain.activities.models.drafts import Draft
from sportello.domain.activities.models.reading_rules import ReadingRules
from sportello.domain.activities.models.reminders import Reminded, ReminderChoice
from sportello.domain.activities.models.self_readings import SelfReading, Verdict

__all__ = [
    "MOVES",
    "OVER",
    "Activity",
    "ActivityKind",
    "Attention",
    "Channel",
    "Draft",
    "IllegalMove",
    "ReadingRules",
    "Reminded",
    "ReminderChoice",
    "SelfReading",
    "Status",
    "Verdict",
    "next_number",
]
