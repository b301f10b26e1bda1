"""Who has decided on a self-reading and how, for whoever comes second."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from sportello.domain.activities.models import SelfReading, Status
from sportello.domain.journal.models import Event
from sportello.ui.formats import clock, day, rome_day

ACCEPTED, CORRECTED, REFUSED = "accept", "correct", "refuse"
DECIDES = [f"activities.self_reading_{what}" for what in ("goes_on", "refused", "executed")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """``what`` is accept, correct or refuse."""

    what: str
    by_id: int | None  # whose it is
    by: str
    at: datetime

    @property
    def in_words(self) -> str:
        texts = {
            ACCEPTED: _("%(who)s accepted this reading on %(day)s at %(time)s."),
            CORRECTED: _("%(who)s sent it to billing with corrected values on %(day)s at %(time)s."),
            REFUSED: _("%(who)s refused this reading on %(day)s at %(time)s."),
        }
        return texts[self.what] % {"who": self.by, "day": day(rome_day(self.at)), "time": clock(self.at)}


def decision_on(reading: SelfReading) -> Decision | None:
    """The last one that a member of staff took; None where nobody has."""
    events = Event.objects.about("activity", reading.activity.number).filter(name__in=DECIDES, actor__isnull=False)
    event = events.select_related("actor").order_by("-at", "-id").first()
    if event is None or event.actor is None:
        return None
    return Decision(what=what_became_of(reading), by_id=event.actor_id, by=event.actor.get_full_name(), at=event.at)


def what_became_of(reading: SelfReading) -> str:
    if reading.activity.status == Status.REFUSED:
        return REFUSED
    return CORRECTED if reading.corrected else ACCEPTED
