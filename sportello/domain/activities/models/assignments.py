"""To whom requests are given: by which rules, from whom to whom, and what has been said to him about their terms."""

from datetime import date
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sportello.domain.activities.models.activity import Activity
from sportello.domain.activities.models.states import ActivityKind
from sportello.domain.customers.models.parties import Service
from sportello.domain.people.models import Office


class AssignmentRuleQuerySet(models.QuerySet["AssignmentRule"]):
    def in_force(self, day: date) -> "AssignmentRuleQuerySet":
        """In the order in which they are asked."""
        return self.filter(Q(valid_to=None) | Q(valid_to__gte=day), valid_from__lte=day).order_by("place", "pk")


class AssignmentRule(models.Model):
    """Whom a new request goes to: the first rule that fits, from ``valid_from`` to ``valid_to``, both included.

    An empty ``kind``, ``service`` or ``province`` fits all. ``person`` gets it if he is at work, else his substitute; without
    a person, whoever of ``office`` is at work and has the least. ``place`` is its place among the rules, the least first.
    """

    place = models.PositiveSmallIntegerField(_("place"))
    kind = models.CharField(max_length=40, choices=ActivityKind, blank=True)
    service = models.CharField(max_length=12, choices=Service, blank=True)
    province = models.CharField(max_length=2, blank=True)
    office = models.ForeignKey(Office, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    objects: ClassVar[AssignmentRuleQuerySet] = AssignmentRuleQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(office__isnull=False) | Q(person__isnull=False), name="a_rule_gives_to_somebody"
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=models.F("valid_from")), name="a_rule_ends_after_it_begins"
            ),
        ]


class Assignment(models.Model):
    """One giving of a request: what was before, so that it can be undone, and what is since.

    ``batch`` is common to what was given at once; ``version`` is the request's after it, so that one can tell whether
    anything has happened since. ``by`` is None where a rule has done it.
    """

    activity = models.ForeignKey(Activity, on_delete=models.CASCADE, related_name="assignments")
    batch = models.CharField(max_length=40)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    rule = models.ForeignKey(AssignmentRule, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()
    was_status = models.CharField(max_length=20)
    was_owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    was_office = models.ForeignKey(Office, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    was_due_on = models.DateField(null=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    office = models.ForeignKey(Office, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    version = models.IntegerField()
    undone_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "activity"], name="given_once_in_a_batch")]


class DeadlineNotice(models.Model):
    """That ``about`` the term ``due_on`` of a request has been told to ``told``, a person's or an office's name in this
    table, or "managers": once is enough."""

    class Sort(models.TextChoices):
        SOON = "soon"
        TODAY = "today"
        LATE = "late"

    activity = models.ForeignKey(Activity, on_delete=models.CASCADE, related_name="+", db_index=False)
    sort = models.CharField(max_length=10, choices=Sort)
    due_on = models.DateField()
    told = models.CharField(max_length=40)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["activity", "sort", "due_on", "told"], name="told_once_of_a_term"),
        ]
