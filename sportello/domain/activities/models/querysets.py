"""Which requests somebody sees, and in which heap each of them lies."""

from datetime import date, datetime
from typing import Self
from zoneinfo import ZoneInfo

from django.contrib.auth.models import AnonymousUser
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce, TruncDate
from django.db.models.lookups import GreaterThan, LessThanOrEqual

from sportello.domain.activities.models.grants import Grant
from sportello.domain.activities.models.heaps import BY_HAND, OF_THE_DESK, TO_BE_DONE
from sportello.domain.activities.models.states import HOUSE_KINDS, OVER, Status
from sportello.domain.customers.models.reach import M, ReachQuerySet
from sportello.domain.people.models import DESK, User
from sportello.prepared import Somebody

ROME = ZoneInfo("Europe/Rome")


class RequestQuerySet(ReachQuerySet[M]):
    def within_reach_of(self, user: User | AnonymousUser | Somebody) -> Self:
        """Never what is the company's alone."""
        return super().within_reach_of(user).exclude(kind__in=HOUSE_KINDS)

    def by_hand(self) -> Self:
        return self.filter(BY_HAND)

    def for_the_desk(self) -> Self:
        """What operators work on by hand: all but what goes by itself, and what has a page of its own."""
        return self.filter(BY_HAND).with_the_desks_page()

    def with_the_desks_page(self) -> Self:
        """All kinds that operators look at on the same page."""
        return self.filter(OF_THE_DESK)

    def open(self) -> Self:
        """All that somebody has to do something about, be it only to talk to the customer."""
        return self.filter(TO_BE_DONE)

    def for_staff(self, person: User, day: date) -> Self:
        """All for who works on requests; for others, agents, those that have been given to them."""
        if person.has_role(*DESK):
            return self
        return self.filter(pk__in=Grant.objects.of(person, day).values("activity"))

    def ended_late(self) -> Self:
        """After the regulator's last day, or ours where he sets none; what was cancelled is never late."""
        return self.filter(_ended_after(True))

    def ended_in_time(self) -> Self:
        return self.filter(_ended_after(False))

    def late_by_the_limit(self, day: date) -> Self:
        """Answered after the regulator's last day, or not answered and that day has passed."""
        ended = Coalesce("answered_on", TruncDate(Coalesce("executed_at", "ended_at"), tzinfo=ROME), Value(day))
        return self.filter(GreaterThan(ended, F("limit_on")))

    def of_visitors(self) -> Self:
        return self.filter(customer=None)

    def ended_before(self, moment: datetime) -> Self:
        """Those that nobody has to do anything about, and that have been over since before ``moment``."""
        over = Q(status__in=OVER, attention="")
        return self.filter(over, Q(executed_at__lt=moment) | Q(ended_at__lt=moment), opened_at__lt=moment)


def _ended_after(late: bool) -> Q:
    """Executed or refused after its last day, in Italy, or not."""
    last = Coalesce("limit_on", "due_on")
    ended = Coalesce("answered_on", TruncDate(Coalesce("executed_at", "ended_at"), tzinfo=ROME))
    over = Q(status__in=[Status.EXECUTED, Status.REFUSED])
    compared = GreaterThan(ended, last) if late else LessThanOrEqual(ended, last)
    return over & Q(Q(limit_on__isnull=False) | Q(due_on__isnull=False)) & Q(compared)
