"""Numbers that bound what may be asked: rows with the day from which they hold, edited by Administration."""

from datetime import date
from decimal import Decimal
from typing import ClassVar, Final

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sportello.domain.customers.models.parties import Service


class Bounding(models.TextChoices):
    INSTALMENTS_MOST = "instalments_most", _("Most instalments of an invoice")
    INSTALMENT_LEAST = "instalment_least", _("Least amount of an instalment, in euro")
    FIRST_INSTALMENT = "first_instalment", _("Days within which the first instalment is due")
    CLOSING_NOTICE = "closing_notice", _("Days of notice before a supply is closed")
    CLOSING_AHEAD = "closing_ahead", _("Days ahead for which a closing can be asked")
    VISITOR_MONTHS = "visitor_months", _("Months after its end for which a visitor's request is kept")
    LINK_DAYS = "link_days", _("Days for which the link of an invoice e-mail opens it without signing in; 0: never")
    MAIL_BOUNCES = "mail_bounces", _("Invoice e-mails that come back before their address must be confirmed again")
    PAPER = "invoice_paper", _("Invoices that reach none of their addresses are printed: 1 yes, 0 no")
    REMINDER_DAYS = "reminder_days", _("Days before its due date on which an invoice is reminded of")
    WARNING_DAYS = "warning_days", _("Days before its due date on which one is warned of a request; 0: never")
    ESCALATION_DAYS = "escalation_days", _("Days after its due date on which managers are told of a request; 0: never")
    GRANT_DAYS = (
        "grant_days",
        _("Days after its due date for which an agent sees the customer of a request given to him"),
    )


DEFAULTS: Final[dict[str, int]] = {
    Bounding.INSTALMENTS_MOST: 10,
    Bounding.INSTALMENT_LEAST: 25,
    Bounding.FIRST_INSTALMENT: 60,
    Bounding.CLOSING_NOTICE: 7,
    Bounding.CLOSING_AHEAD: 180,
    Bounding.VISITOR_MONTHS: 24,
    Bounding.LINK_DAYS: 0,
    Bounding.MAIL_BOUNCES: 2,
    Bounding.PAPER: 0,
    Bounding.REMINDER_DAYS: 5,
    Bounding.WARNING_DAYS: 3,
    Bounding.ESCALATION_DAYS: 1,
    Bounding.GRANT_DAYS: 7,
}

# From least to most. A visitor is no customer of ours: 24 months is the longest for which the law lets us keep what he told us.
RANGES: Final[dict[str, tuple[int, int]]] = {
    Bounding.INSTALMENTS_MOST: (2, 72),
    Bounding.INSTALMENT_LEAST: (1, 10_000),
    Bounding.FIRST_INSTALMENT: (0, 365),
    Bounding.CLOSING_NOTICE: (0, 90),
    Bounding.CLOSING_AHEAD: (1, 730),
    Bounding.VISITOR_MONTHS: (1, 24),
    Bounding.LINK_DAYS: (0, 90),
    Bounding.MAIL_BOUNCES: (1, 20),
    Bounding.PAPER: (0, 1),
    Bounding.REMINDER_DAYS: (1, 30),
    Bounding.WARNING_DAYS: (0, 60),
    Bounding.ESCALATION_DAYS: (0, 60),
    Bounding.GRANT_DAYS: (0, 90),
}
IN_EURO: Final = frozenset({Bounding.INSTALMENT_LEAST})  # with cents; all others are whole
OF_A_SERVICE: Final = frozenset({Bounding.CLOSING_NOTICE, Bounding.CLOSING_AHEAD})  # an invoice may be of several


class BoundQuerySet(models.QuerySet["Bound"]):
    def in_force(self, name: str, day: date, *, service: str = "") -> int:
        """The newest row of this name on this day, the service's own before that of all; the default where none is."""
        return int(self.amount_in_force(name, day, service=service))

    def amount_in_force(self, name: str, day: date, *, service: str = "") -> Decimal:
        """The same, of one that may have cents."""
        rows = self.filter(name=name, service__in=["", service], valid_from__lte=day)
        row = rows.order_by("-service", "-valid_from").first()
        return row.value if row else Decimal(DEFAULTS[name])


class Bound(models.Model):
    """What ``name`` may be from ``valid_from`` until its next row begins, in the unit that its label says."""

    name = models.CharField(max_length=40, choices=Bounding)
    service = models.CharField(max_length=12, choices=Service, blank=True)
    valid_from = models.DateField()
    value = models.DecimalField(max_digits=7, decimal_places=2)

    objects: ClassVar[BoundQuerySet] = BoundQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name", "service", "valid_from"], name="one_bound_a_day"),
            models.CheckConstraint(condition=Q(value__gte=0), name="bounds_are_not_negative"),
        ]
