"""Sessions in the database, read at each request by a query that is worked out once."""

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db.models import CharField, DateTimeField
from django.utils import timezone

from sportello.prepared import Prepared, Slot

SESSION = Prepared(
    lambda: Session.objects.filter(session_key=Slot("key", CharField()), expire_date__gt=Slot("now", DateTimeField()))
)


class SessionStore(db.SessionStore):
    def _get_session_from_db(self) -> Session | None:
        key = self.session_key or ""
        if key.isascii() and key.isalnum() and (found := SESSION(key=key, now=timezone.now())):
            return found[0]
        self._session_key = None
        return None
