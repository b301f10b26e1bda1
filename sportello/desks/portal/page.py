"""What every page of the portal shows besides its own matter: whose data, how fresh, what day it is in Italy."""

from collections.abc import Sequence
from datetime import date
from typing import Any, cast

from django.http import HttpRequest
from django.utils import timezone

from sportello.desks.policies import customers_of
from sportello.desks.portal.fresh import page_freshness
from sportello.domain.customers.models import Customer
from sportello.domain.people.models import User


def person_of(request: HttpRequest) -> User:
    """Who looks at a page of the portal; its policy has let nobody else in."""
    return cast(User, request.user)


def today() -> date:
    return timezone.localdate()


def frame(request: HttpRequest, tab: str, customers: Sequence[Customer] | None = None) -> dict[str, Any]:
    """The context that ``portal/base.html`` needs; freshness is that of ``customers``, all within reach by default."""
    mine = customers_of(request)
    return {
        "tab": tab,
        "today": today(),
        "many": len(mine) > 1,
        "freshness": page_freshness(mine if customers is None else customers, read=next(iter(mine), None)),
    }
