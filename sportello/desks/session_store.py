"""Sessions in the database, each read together with the person whose it is and his customers, by one query.

Nearly every page needs all three; each question of its own to the database costs a page as much as twenty rows of a table.
"""

import json
import zlib
from datetime import date, datetime
from functools import cache
from typing import Any, cast

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user, load_backend
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends import db
from django.core.signing import b64_decode, b64_encode
from django.db.models import CharField, DateTimeField, OuterRef
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.functional import SimpleLazyObject

from sportello.domain.customers.freshness import with_feed
from sportello.domain.customers.models import Customer
from sportello.domain.people.models import Session, User
from sportello.prepared import SOMEBODY, Prepared, Rows, Slot, Somebody, object_of, rows_of
from sportello.signatures import signature


class WhoseItIs(Somebody):
    """The person of the session that is being read."""

    pk = OuterRef(OuterRef("person_id"))


# Of the password's digest that a session carries, so that it ends when the password changes.
SALT = "django.contrib.auth.models.AbstractBaseUser.get_session_auth_hash"
KEPT = "_cached_user"  # where Django's own middleware keeps the person of a request
FIELDS = tuple(field.attname for field in Customer._meta.concrete_fields)
BORN = FIELDS.index("birth_date")
FEED = ("feed_as_of", "feed_failing_since")
SESSION = Prepared(
    lambda: (
        Session.objects.select_related("person")
        .defer(
            "expire_date", "person__last_login", "person__created_at"
        )  # moments take long to read, and no page shows these
        .annotate(customers=Rows(with_feed(Customer.objects.within_reach_of(WhoseItIs())).values(*FIELDS, *FEED)))
        .filter(session_key=Slot("key", CharField()), expire_date__gt=Slot("now", DateTimeField()))
    )
)
CUSTOMERS = Prepared(lambda: with_feed(Customer.objects.within_reach_of(SOMEBODY)))


class SessionStore(db.SessionStore):
    """``person`` is who signed in with it, ``customers`` what he may reach (as ``Rows``), as they were when it was read."""

    person: User | None = None
    customers: str | None = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        session = cast(Session, super().create_model_instance(data))
        number = str(data.get(SESSION_KEY, ""))
        session.person_id = int(number) if number.isascii() and number.isdigit() else None
        return session

    def decode(self, session_data: bytes | str) -> dict[str, Any]:
        """What the present key has signed; Django's own decides on anything else."""
        signed, _, given = str(session_data).rpartition(":")
        if constant_time_compare(given, b64_encode(signature(self.key_salt + "signer", signed)).decode()):
            return opened(signed.rpartition(":")[0])
        return super().decode(session_data)

    def _get_session_from_db(self) -> Session | None:
        key = self.session_key or ""
        if key.isascii() and key.isalnum() and (found := SESSION.first(key=key, now=timezone.now())):
            self.person = found.person
            self.customers = cast(Any, found).customers
            return found
        self._session_key = None
        return None


def opened(data: str) -> dict[str, Any]:
    """A session as Django packs it: JSON in base64, behind a full stop where it is compressed."""
    packed = b64_decode(data.removeprefix(".").encode())
    return cast("dict[str, Any]", json.loads(zlib.decompress(packed) if data.startswith(".") else packed))


class PeopleMiddleware(AuthenticationMiddleware):
    """In the place of Django's own: the person need not be read once more after the session."""

    def process_request(self, request: HttpRequest) -> None:
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
    same_password = constant_time_compare(session.get(HASH_SESSION_KEY, ""), signature(SALT, person.password).hex())
    return person if same_password and _backend(backend).user_can_authenticate(person) else None


@cache
def _backend(path: str) -> ModelBackend:
    return cast(ModelBackend, load_backend(path))


def reach_of(request: HttpRequest) -> list[Customer]:
    """The customers that the signed-in person may reach, ``with_feed``: those read with the session, where that is his."""
    session, user = request.session, request.user
    if isinstance(session, SessionStore) and session.person is not None and session.person.pk == user.pk:
        return [_customer(row) for row in rows_of(session.customers)]
    return CUSTOMERS(user=user.pk) if user.is_authenticated else []


def _customer(row: tuple[Any, ...]) -> Customer:
    *values, as_of, failing_since = row
    values[BORN] = values[BORN] and date.fromisoformat(values[BORN])
    customer = object_of(Customer, FIELDS, values)
    for name, moment in zip(FEED, (as_of, failing_since), strict=True):
        setattr(customer, name, moment and datetime.fromisoformat(moment))
    return customer
