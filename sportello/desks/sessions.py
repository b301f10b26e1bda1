"""The sessions of a person: from what device, since when, last seen when; and how one gets a new key."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.usersessions.models import UserSession
from django.contrib.auth import HASH_SESSION_KEY
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _

from sportello.desks import limits
from sportello.desks.session_store import SessionStore, signed_in
from sportello.domain.accounts.models.throttle import TooManyTries
from sportello.domain.people.models import Session, User

SEEN = "seen"  # in the session: the key under which it was last noted, and when
EVERY = 300  # seconds
RENEWED = "renewed"  # in what is left under an old key: whose it was, and under which key it goes on
A_MOMENT = timedelta(minutes=1)
LONGEST_AGENT = UserSession._meta.get_field("user_agent").max_length
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def device(user_agent: str) -> str:
    """Browser and system as people call them ("Firefox, Windows"), as far as the browser says so."""
    names = [next((name for sign, name in table if sign in user_agent), "") for table in (BROWSERS, SYSTEMS)]
    return ", ".join(name for name in names if name) or _("Unknown device")


def rotate(request: HttpRequest) -> None:
    """Gives the session a new key; whoever holds the old one is out."""
    before = request.session.session_key
    request.session.cycle_key()
    UserSession.objects.filter(session_key=before).update(session_key=request.session.session_key)


def renew(request: HttpRequest, person: User) -> None:
    """Takes the session along with a new password. In the transaction that changes the password.

    Under its old key stays for a moment where it goes on: for whoever has pressed twice, see ``go_on``.
    """
    before = request.session.session_key
    request.session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    rotate(request)
    request.session.save()  # so that it is whole as soon as anybody may be led to it
    trace = {RENEWED: {"person": person.pk, "key": request.session.session_key}}
    Session.objects.update_or_create(
        session_key=before,
        defaults={
            "session_data": request.session.encode(trace),
            "expire_date": timezone.now() + A_MOMENT,
            "person": None,
        },
    )


def go_on(request: HttpRequest) -> bool:
    """Whether this is a second press on the form of a new password, the first of which has renewed the session: then it goes on
    in the new one. The old key alone is not enough, he has to know the new password."""
    trace = request.session.get(RENEWED, {})
    person = User.objects.filter(pk=trace.get("person")).first() if trace and request.method == "POST" else None
    if person is None or not knows_password(person, request.POST.get("password", "")):
        return False
    request.session = SessionStore(trace["key"])
    request.session.modified = True  # so that the browser gets its key
    return not request.session.is_empty()


def knows_password(person: User, password: str) -> bool:
    """False as well for who has tried too often: he may sign in."""
    try:
        limits.PASSWORD_AGAIN_OF_USER.count(str(person.pk))
    except TooManyTries:
        return False
    right = person.check_password(password)
    if right:
        limits.PASSWORD_AGAIN_OF_USER.forget(str(person.pk))
    return right


def note(request: HttpRequest) -> None:
    """Notes that this session was seen, every few minutes at most."""
    now = timezone.now()
    key, at = request.session.get(SEEN, ("", 0.0))
    if key == request.session.session_key and now.timestamp() - at < EVERY:
        return
    UserSession.objects.bulk_create(
        [
            UserSession(
                user=signed_in(request),  # himself, in whosever place he looks
                session_key=request.session.session_key,
                ip=get_adapter().get_client_ip(request),
                user_agent=request.headers.get("User-Agent", "")[:LONGEST_AGENT],
                last_seen_at=now,
            )
        ],
        update_conflicts=True,
        unique_fields=["session_key"],
        update_fields=["user", "ip", "user_agent", "last_seen_at"],
    )
    request.session[SEEN] = (request.session.session_key, now.timestamp())


class LastSeenMiddleware:
    """Stands behind the policies, so that only who was admitted is noted."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        policy = getattr(view, "policy", None)
        if policy is not None and policy.sign_in:
            note(request)
