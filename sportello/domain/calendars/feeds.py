"""A person's calendar, read from elsewhere by an address that only he knows."""

from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_urlsafe
from typing import Final

from django.db.models import Q

from sportello.domain.calendars.icalendars import feed
from sportello.domain.calendars.models import Entry, FeedKey
from sportello.domain.journal.models import record
from sportello.domain.people.models import User

BACK: Final = timedelta(days=30)


def new_key(person: User, *, now: datetime) -> str:
    """The one that there was ends with it. It is shown once, and kept as a digest."""
    key = token_urlsafe(24)
    FeedKey.objects.update_or_create(person=person, defaults={"digest": _digest(key), "made_at": now})
    record("calendars.feed_made", now=now, actor_id=person.pk, about=("user", str(person.pk)))
    return key


def drop_key(person: User, *, now: datetime) -> None:
    if FeedKey.objects.filter(person=person).delete()[0]:
        record("calendars.feed_ended", now=now, actor_id=person.pk, about=("user", str(person.pk)))


def feed_for(key: str, *, now: datetime) -> str | None:
    """What stands in the calendar of whose key it is; None where it is nobody's, or he works here no more."""
    found = FeedKey.objects.filter(digest=_digest(key), person__is_active=True).exclude(person__roles=[])
    known = found.select_related("person").first()
    if known is None:
        return None
    since = now - BACK
    mine = Entry.objects.standing().filter(attendee=known.person)
    shown = mine.filter(Q(on__gte=since.date()) | Q(ends_at__gte=since)).in_order()
    return feed(shown, name=f"Sportello: {known.person.get_full_name()}")


def _digest(key: str) -> str:
    return sha256(key.encode()).hexdigest()
