"""Who may come to a URL: each view declares one policy, and a URL without one does not exist."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, TypeVar

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import resolve_url
from django.utils.crypto import constant_time_compare

from sportello.desks import looking
from sportello.desks.second_factor import has_factor, owes_second_factor, where_to_show_it
from sportello.desks.session_store import reach_of, signed_in
from sportello.domain.customers.models import Customer
from sportello.domain.people.models import Role

SAFE = ("GET", "HEAD", "OPTIONS")
View = TypeVar("View", bound=Callable[..., HttpResponseBase])


class Looking(Enum):
    """What an address is for a member of staff who looks at the portal in a customer's place."""

    REFUSED = "refused"
    IN_HIS_PLACE = "in his place"  # read-only, with the reach of that customer alone
    READ_ONLY = "read-only"  # open to everybody: by itself it shows nobody's data
    FREE = "free"  # ends it, or touches nothing but the browser


@dataclass(frozen=True, slots=True)
class Policy:
    """``admits`` is asked at each request; whoever is not admitted gets the 404 of a page that is not there.

    Staff who owe a second factor come nowhere but where it is ``half_way`` for them: to set it up or to show it.
    ``pressed_again`` gives the reply to whoever was signed in when he pressed the button the first time, None to others.
    ``roles`` are those of staff whom it admits, ``looking`` says what it is for one of them who looks in a customer's place.
    """

    name: str
    admits: Callable[[HttpRequest], bool]
    sign_in: bool = True
    half_way: Callable[[HttpRequest], bool] = lambda request: False
    pressed_again: Callable[[HttpRequest], HttpResponseBase | None] = lambda request: None
    roles: tuple[Role, ...] = ()
    looking: Looking = Looking.REFUSED

    def __call__(self, view: View) -> View:
        """Declares this policy on a view."""
        view.policy = self  # type: ignore[attr-defined]
        return view


def customers_of(request: HttpRequest) -> list[Customer]:
    """The customers that the signed-in person may reach, by name; read once a request."""
    known: list[Customer] | None = getattr(request, "_customers", None)
    if known is None:
        known = sorted(reach_of(request), key=lambda customer: (customer.name, customer.code))
        request._customers = known  # type: ignore[attr-defined]
    return known


def staff(*roles: Role) -> Policy:
    """Members of staff with any of these roles; with any role at all where none is named."""
    wanted = roles or tuple(Role)
    name = "staff" if not roles else "staff:" + ",".join(sorted(roles))
    return Policy(
        name, lambda request: request.user.is_authenticated and request.user.has_role(*wanted), roles=tuple(wanted)
    )


def either(*policies: Policy) -> Policy:
    """Whoever one of them admits."""
    name = " or ".join(policy.name for policy in policies)
    for_customers = any(policy.looking is Looking.IN_HIS_PLACE for policy in policies)
    return Policy(
        name,
        lambda request: any(policy.admits(request) for policy in policies),
        looking=Looking.IN_HIS_PLACE if for_customers else Looking.REFUSED,
    )


def _watches(request: HttpRequest) -> bool:
    """Holds the token; in a demo without one, sits at the machine itself."""
    if settings.METRICS_TOKEN:
        return constant_time_compare(request.headers.get("Authorization", ""), f"Bearer {settings.METRICS_TOKEN}")
    at_the_machine = (
        request.META.get("REMOTE_ADDR") in ("127.0.0.1", "::1") and "X-Forwarded-For" not in request.headers
    )
    return settings.DEMO and at_the_machine


PUBLIC = Policy("public", lambda request: True, sign_in=False, looking=Looking.READ_ONLY)
OF_THE_BROWSER = replace(PUBLIC, looking=Looking.FREE)
SIGNED_IN = Policy("signed in", lambda request: request.user.is_authenticated)
HOME = replace(SIGNED_IN, looking=Looking.IN_HIS_PLACE)
SHOWING_FACTOR = replace(SIGNED_IN, half_way=lambda request: True)
# Who has a second factor already shows that before he adds another.
SETTING_UP_FACTOR = replace(SIGNED_IN, half_way=lambda request: not has_factor(request.user))  # type: ignore[arg-type]
DEMO = Policy("demo", lambda request: settings.DEMO, sign_in=False)
WATCHERS = Policy("watchers", _watches, sign_in=False)
CUSTOMER = Policy("customer", lambda request: bool(customers_of(request)), looking=Looking.IN_HIS_PLACE)
STAFF = staff()
READING_STAFF = staff(Role.BACK_OFFICE, Role.CALL_CENTER, Role.MANAGER)
READING_DECIDERS = staff(Role.BACK_OFFICE, Role.MANAGER)
REQUEST_STAFF = READING_STAFF
# Agents too: the views narrow what they see to what has been given to them.
AGENTS = Policy("agents", staff(Role.AGENT).admits)
REQUEST_READERS = either(REQUEST_STAFF, AGENTS)
REQUEST_DECIDERS = READING_DECIDERS
MANAGERS = staff(Role.MANAGER)
COUNTERS = staff(Role.MANAGER, Role.ADMINISTRATOR)  # who sees statistics
ADMINISTRATORS = staff(Role.ADMINISTRATOR)
REPLY_EDITORS = staff(Role.MANAGER, Role.ADMINISTRATOR)
LOOKERS = replace(staff(Role.BACK_OFFICE, Role.CALL_CENTER), looking=Looking.FREE)


def lead_to(request: HttpRequest, url: str) -> HttpResponseBase:
    """To ``url`` and back; a part of a page that asks by script takes the whole page there."""
    if request.headers.get("HX-Request") == "true":
        response = HttpResponse(status=204)
        response.headers["HX-Redirect"] = url
        return response
    return redirect_to_login(request.get_full_path(), url)


class PolicyMiddleware:
    """Asks each URL's policy before its view runs."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        policy: Policy | None = getattr(view, "policy", None)
        if policy is None:
            raise Http404
        if policy.sign_in and not request.user.is_authenticated:
            return policy.pressed_again(request) or lead_to(request, resolve_url(settings.LOGIN_URL))
        if policy.sign_in and owes_second_factor(request) and not policy.half_way(request):
            return lead_to(request, where_to_show_it(request.user))  # type: ignore[arg-type]
        look = looking.of(request, goes_on=LOOKERS.admits)
        if look is not None and policy.looking is not Looking.FREE:
            return self._look(request, policy, look)
        if not policy.admits(request):
            raise Http404
        if policy.sign_in:
            request.user = signed_in(request)  # read by now: the stand-in has done its work
        return None

    def _look(self, request: HttpRequest, policy: Policy, look: looking.Look) -> HttpResponseBase | None:
        """Whoever looks in a customer's place changes nothing, and reaches that customer alone."""
        if look.is_over:
            return looking.over(request, look)
        request.looking = look  # type: ignore[attr-defined]
        if request.method not in SAFE or policy.looking is Looking.REFUSED:
            return looking.refused(request)
        if policy.looking is Looking.IN_HIS_PLACE:
            request.user = looking.in_his_place(look, signed_in(request))
        if not policy.admits(request):
            raise Http404
        return None
