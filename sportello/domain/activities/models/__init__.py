"""Requests, what belongs to each kind of them, and the numbers that govern them."""

from sportello.domain.activities.models.activity import DOUBT, Activity, next_number
from sportello.domain.activities.models.appointments import Appointment
from sportello.domain.activities.models.assignments import Assignment, AssignmentRule, DeadlineNotice
from sportello.domain.activities.models.bounds import Bound, Bounding
from sportello.domain.activities.models.drafts import Draft
from sportello.domain.activities.models.grants import Grant
from sportello.domain.activities.models.reading_rules import ReadingRules
from sportello.domain.activities.models.reminders import Reminded, ReminderChoice
from sportello.domain.activities.models.replies import Reply, Use
from sportello.domain.activities.models.requests import (
    AnswerBy,
    Attachment,
    Remark,
    SentBy,
    Side,
    Sort,
    StopLink,
    Visitor,
)
from sportello.domain.activities.models.self_readings import SelfReading, Verdict
from sportello.domain.activities.models.states import (
    HOUSE_KINDS,
    MOVES,
    OPEN,
    OVER,
    QUESTIONS,
    STOPPED,
    ActivityKind,
    Attention,
    Away,
    ChangedMeanwhile,
    Channel,
    IllegalMove,
    Status,
    TooEarly,
)
from sportello.domain.activities.models.terms import Days, KindSetting, Terms
from sportello.domain.activities.models.views import SavedView

__all__ = [
    "DOUBT",
    "HOUSE_KINDS",
    "MOVES",
    "OPEN",
    "OVER",
    "QUESTIONS",
    "STOPPED",
    "Activity",
    "ActivityKind",
    "AnswerBy",
    "Appointment",
    "Assignment",
    "AssignmentRule",
    "Attachment",
    "Attention",
    "Away",
    "Bound",
    "Bounding",
    "ChangedMeanwhile",
    "Channel",
    "Days",
    "DeadlineNotice",
    "Draft",
    "Grant",
    "IllegalMove",
    "KindSetting",
    "ReadingRules",
    "Remark",
    "Reminded",
    "ReminderChoice",
    "Reply",
    "SavedView",
    "SelfReading",
    "SentBy",
    "Side",
    "Sort",
    "Status",
    "StopLink",
    "Terms",
    "TooEarly",
    "Use",
    "Verdict",
    "Visitor",
    "next_number",
]
