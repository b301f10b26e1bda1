"""What heaps of requests there are, and the indexes by which each is found however many there are."""

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from sportello.domain.activities.models.states import OPEN, ActivityKind

OWN_PAGES = (ActivityKind.REGISTRATION, ActivityKind.SELF_READING)
BY_HAND = Q(automatic=False) | ~Q(attention="")
OF_THE_DESK = ~Q(kind__in=OWN_PAGES)
SUSPECT = Q(asked__has_key="suspect")  # its visitor behaved like a machine
APART = SUSPECT & Q(owner=None)  # and nobody has taken it in charge
TO_BE_DONE = Q(status__in=OPEN) | ~Q(attention="")  # something, be it only to talk to the customer

INDEXES: list[models.Index] = [
    # All that statistics count by, so that the wide rows need not be read.
    models.Index(
        fields=["opened_at"],
        name="activity_counted",
        include=[
            "kind",
            "channel",
            "status",
            "owner",
            "office",
            "supply",
            "received_on",
            "executed_at",
            "ended_at",
            "answered_on",
            "answer_in_post",
            "limit_on",
            "due_on",
            "automatic",
            "attention",
        ],
    ),
    models.Index(fields=["ended_at"], name="activity_ended", condition=Q(ended_at__isnull=False)),
    models.Index(fields=["customer", "-opened_at"], name="activity_of_customer"),
    GinIndex(fields=["words"], name="activity_words"),
    models.Index(fields=["owner", "opened_at"], name="activity_of_operator", condition=Q(owner__isnull=False)),
    models.Index(fields=["attention", "opened_at"], name="activity_waiting", condition=~Q(attention="")),
    # What a sweep looks after.
    models.Index(fields=["opened_at"], name="activity_under_way", condition=Q(status__in=["new", "exported"])),
    models.Index(fields=["executed_at"], name="activity_executed", condition=Q(status="executed")),
    # What visitors have asked: the night in which it is forgotten, and whether the same comes again and again.
    models.Index(fields=["opened_at"], name="activity_of_visitors", condition=Q(customer=None)),
    # The operators' desk: what is open in the order of its terms, whosever it is and of whatever kind; what has
    # ended, the newest first; what may come from a machine.
    models.Index(
        fields=["due_on", "opened_at", "id"], name="activity_for_the_desk", condition=OF_THE_DESK & TO_BE_DONE
    ),
    models.Index(
        fields=["owner", "due_on", "opened_at", "id"],
        name="activity_in_charge",
        condition=OF_THE_DESK & TO_BE_DONE,
    ),
    models.Index(
        fields=["kind", "due_on", "opened_at", "id"],
        name="activity_of_a_kind",
        condition=OF_THE_DESK & TO_BE_DONE,
    ),
    models.Index(fields=["status", "id"], name="activity_by_status", condition=OF_THE_DESK),
    models.Index(fields=["kind", "id"], name="activity_by_kind", condition=OF_THE_DESK),
    models.Index(fields=["due_on", "id"], name="activity_by_term", condition=OF_THE_DESK),
    models.Index(fields=["id"], name="activity_on_the_desk", condition=OF_THE_DESK),
    models.Index(fields=["owner", "id"], name="activity_by_owner", condition=OF_THE_DESK & Q(owner__isnull=False)),
    models.Index(
        fields=["office", "due_on", "opened_at", "id"],
        name="activity_of_an_office",
        condition=OF_THE_DESK & TO_BE_DONE & Q(office__isnull=False),
    ),
    models.Index(fields=["due_on", "opened_at", "id"], name="activity_suspect", condition=OF_THE_DESK & SUSPECT),
]
