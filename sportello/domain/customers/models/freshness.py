"""How old the mirror is, how far the feed has been read, and the records that could not be mirrored."""

from django.db import models
from django.db.models import Q

from sportello.domain.customers.models.parties import CODE


class Feed(models.Model):
    """How far billing's feed of changes has been read; one row, written with each batch in its transaction.

    ``as_of`` is when billing last said that there was nothing more.
    """

    id = models.SmallIntegerField(primary_key=True, default=1)
    connector = models.CharField(max_length=40)
    cursor = models.TextField(blank=True)
    as_of = models.DateTimeField(null=True)
    failing_since = models.DateTimeField(null=True)
    failure = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="one_feed")]


class Refresh(models.Model):
    """When this customer was last read from a billing system that has no feed.

    ``changed_at`` is when a reading last brought anything new; ``failing_since`` when readings began to fail.
    The customer is named by value: the first reading comes before the customer does.
    """

    customer_code = models.CharField(primary_key=True, max_length=CODE)
    as_of = models.DateTimeField(null=True)
    changed_at = models.DateTimeField(null=True)
    failing_since = models.DateTimeField(null=True)
    failure = models.CharField(max_length=200, blank=True)

    class Meta:
        # For who watches over it: when billing was last read, and who could not be.
        indexes = [
            models.Index(fields=["as_of"], name="refresh_as_of"),
            models.Index(fields=["failing_since"], name="refresh_failing", condition=Q(failing_since__isnull=False)),
        ]


class SetAside(models.Model):
    """A record of billing that failed a check: kept whole, with the reason, until billing sends a better one."""

    kind = models.CharField(max_length=20)
    code = models.CharField(max_length=200)
    customer_code = models.CharField(max_length=200, blank=True)
    reason = models.CharField(max_length=200)
    record = models.JSONField()
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "code"], name="one_set_aside_a_record")]
        # With each batch, what waits for other records of its customers is tried again.
        indexes = [models.Index(fields=["customer_code"], name="set_aside_of_customer")]
