"""Sessions in the database, each read together with the person whose it is, by a query that is worked out once."""

from typing import Any, cast

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user, load_backend
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends import db
from django.db.models import CharField, DateTimeField
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.functional import SimpleLazyObject

from sportello.domain.people.models import Session, User
from sportello.prepared import Prepared, Slot

KEPT = "_cached_user"  # where Django's own middleware keeps the person of a request
SESSION = Prepared(
    lambda: Session.objects.select_related("person").filter(
        session_key=Slot("key", CharField()), expire_date__gt=Slot("now", DateTimeField())
    )
)


class SessionStore(db.SessionStore):
    """``person`` is who signed in with it, as he was when it was read."""

    person: User | None = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        session = cast(Session, super().create_model_instance(data))
        number = str(data.get(SESSION_KEY, ""))
        session.person_id = int(number) if number.isascii() and number.isdigit() else None
        return session

    def _get_session_from_db(self) -> Session | None:
        key = self.session_key or ""
        if key.isascii() and key.isalnum() and (found := SESSION.first(key=key, now=timezone.now())):
            self.person = found.person
            return found
        self._session_key = None
        return None


class PeopleMiddleware(AuthenticationMiddleware):
    """Django's own, but that the person need not be read once more after the session."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        request.user = cast(User, SimpleLazyObject(lambda: signed_in(request)))


def signed_in(request: HttpRequest) -> User | AnonymousUser:
    """Who has signed in, under the conditions of Django's ``get_user``; wherever one does not hold, that one decides."""
    kept = vars(request)
    if KEPT not in kept:
        person = read_with_session(request)
        kept[KEPT] = person if person is not None else get_user(request)
    return cast("User | AnonymousUser", kept[KEPT])


def read_with_session(request: HttpRequest) -> User | None:
    session = cast(SessionStore, request.session)
    number, backend = session.get(SESSION_KEY), session.get(BACKEND_SESSION_KEY)
    person = session.person
    if person is None or str(person.pk) != number or backend not in settings.AUTHENTICATION_BACKENDS:
        return None
    same_password = constant_time_compare(session.get(HASH_SESSION_KEY, ""), person.get_session_auth_hash())
    admitted = cast(ModelBackend, load_backend(backend)).user_can_authenticate(person)
    return person if same_password and admitted else None
