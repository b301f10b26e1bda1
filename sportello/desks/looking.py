"""A member of staff looks at the portal in a customer's place: which customer and until when stands in his own session.

What such a request may do is enforced by the policies; what it may reach, by ``within_reach_of``, which knows its number.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from sportello.domain.people.models import User
from sportello.prepared import LookingNumber

KEY = "looking"  # in the session: the customer's code, and the second at which it ends


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    customer_code: str
    until: datetime

    @property
    def is_over(self) -> bool:
        return timezone.now() >= self.until


def begin(request: HttpRequest, look: Look) -> None:
    request.session[KEY] = (look.customer_code, look.until.timestamp())


def end(request: HttpRequest) -> str:
    """The code of the customer who was looked at, "" where none was."""
    code, _until = request.session.pop(KEY, ("", 0))
    return str(code)


def of(request: HttpRequest, *, goes_on: Callable[[HttpRequest], bool]) -> Look | None:
    """The look that this session is in. It ends where ``goes_on`` no longer admits whose session it is."""
    kept = request.session.get(KEY)
    if kept is None:
        return None
    if not goes_on(request):
        end(request)
        return None
    code, until = kept
    return Look(customer_code=code, until=datetime.fromtimestamp(until, UTC))


def in_his_place(look: Look, operator: object) -> User:
    """Who asks then: without roles, with the number of nobody, and with the reach of this customer alone."""
    person = cast(User, operator)
    return User(
        id=LookingNumber(look.customer_code),
        username=person.username,
        first_name=person.first_name,
        last_name=person.last_name,
        language=person.language,
    )


def refused(request: HttpRequest) -> HttpResponse:
    """What he tried changes something, or is a page of no customer's."""
    return render(request, "ui/looking.html", status=403)


def over(request: HttpRequest, look: Look) -> HttpResponse:
    """The time is up: back to the customer's page at the desk."""
    end(request)
    messages.error(request, _("The time for looking as the customer is over. Nothing was changed."))
    return redirect("staff_customer", look.customer_code)
