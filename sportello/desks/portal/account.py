"""A person's own access: user name, password, question, address, the customers he sees, and what happened to all that."""

import secrets
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from sportello.desks import limits
from sportello.desks.forms import NOT_RECOGNISED, TAKEN, WEAK, PasswordAgain, WebCodeForm, add_password_errors
from sportello.desks.policies import SIGNED_IN, customers_of
from sportello.desks.portal.access_log import in_words
from sportello.desks.portal.forms import EmailForm, NewQuestionForm, PasswordForm, SavedCodeForm, UsernameForm
from sportello.desks.portal.offers import ways
from sportello.desks.sessions import go_on, renew
from sportello.domain.accounts import answers, changes, recovery, web_codes
from sportello.domain.accounts.answers import WeakAnswer
from sportello.domain.accounts.changes import NameTaken
from sportello.domain.accounts.models import SavedCode
from sportello.domain.accounts.web_codes import NotRecognised
from sportello.domain.activities.kinds.registration import add_customer as let_see
from sportello.domain.activities.models import ActivityKind
from sportello.domain.customers import looking
from sportello.domain.journal.models import Event
from sportello.domain.people import printed_codes
from sportello.domain.people.models import User

PAGE = 30
LATEST = 5
PASSWORD_CHANGED = gettext_lazy("Your password is changed. Other devices have been signed out.")
form_page = require_http_methods(["GET", "HEAD", "POST"])


def person(request: HttpRequest) -> User:
    return cast(User, request.user)


def frame(request: HttpRequest, **context: Any) -> dict[str, Any]:
    """The context of pages that are there for people without customers too."""
    return {"tab": "account", "tabs": bool(customers_of(request)), **context}


@SIGNED_IN
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    user = person(request)
    asks = recovery.asks_of(user)
    context = frame(
        request,
        asks=asks,
        question=answers.question_of(user) if asks == "question" else "",
        has_saved_code=asks == "saved code" and SavedCode.objects.filter(user=user).exists(),
        awaiting=changes.awaiting_proof(user, now=timezone.now()),
        customers=customers_of(request),
        ways=ways(OF_DATA, **whose(request)),
        latest=[(event, in_words(event)) for event in events_of(user)[:LATEST]],
    )
    return render(request, "portal/account.html", context)


OF_DATA = [
    (ActivityKind.PERSONAL_DATA, gettext_lazy("See or change personal data")),
    (ActivityKind.MAILING_ADDRESS, gettext_lazy("Change the mailing address")),
    (ActivityKind.DIRECT_DEBIT, gettext_lazy("Pay by direct debit")),
]


def whose(request: HttpRequest) -> dict[str, str]:
    """Named where there is one alone; who has several is asked."""
    mine = customers_of(request)
    return {"customer": mine[0].code} if len(mine) == 1 else {}


def events_of(user: User) -> Any:
    return Event.objects.about("user", str(user.pk)).order_by("-at", "-id")


@SIGNED_IN
@require_safe
def access_log(request: HttpRequest) -> HttpResponse:
    page = Paginator(events_of(person(request)), PAGE).get_page(request.GET.get("page"))
    rows = [(event, in_words(event)) for event in page.object_list]
    looks = looking.looks_at([each.code for each in customers_of(request)])[:PAGE]
    return render(request, "portal/access_log.html", frame(request, page=page, rows=rows, looks=looks))


def change(
    request: HttpRequest, form: PasswordAgain, template: str, do: Callable[[dict[str, Any]], None], said: str
) -> HttpResponse:
    """Shows a form; does what it says once it is right, and leads back to the overview."""
    if request.method == "POST" and form.is_valid():
        try:
            do(form.cleaned_data)
        except NameTaken:
            form.add_error("username", TAKEN)
        except WeakAnswer:
            form.add_error("answer", WEAK)
        except ValidationError as error:
            add_password_errors(form, error)
        else:
            messages.success(request, said)
            return redirect("account")
    return render(request, f"portal/{template}.html", frame(request, form=form))


@SIGNED_IN
@form_page
def username(request: HttpRequest) -> HttpResponse:
    user = person(request)

    def do(cleaned: dict[str, Any]) -> None:
        changes.change_username(user, username=cleaned["username"], now=timezone.now())

    form = UsernameForm(request.POST or None, user=user)
    return change(request, form, "change_username", do, _("Your user name is changed."))


def password_changed_already(request: HttpRequest) -> HttpResponse | None:
    """The reply to the second of two presses."""
    if not go_on(request):
        return None
    messages.success(request, PASSWORD_CHANGED)
    return redirect("account")


@replace(SIGNED_IN, pressed_again=password_changed_already)
@form_page
def password(request: HttpRequest) -> HttpResponse:
    """Every other session ends; this one goes on under a new key."""
    user = person(request)

    def do(cleaned: dict[str, Any]) -> None:
        with transaction.atomic():
            changes.change_password(user, password=cleaned["password"], now=timezone.now())
            renew(request, user)

    form = PasswordForm(request.POST or None, user=user)
    return change(request, form, "change_password", do, str(PASSWORD_CHANGED))


@SIGNED_IN
@form_page
def question(request: HttpRequest) -> HttpResponse:
    user = person(request)

    def do(cleaned: dict[str, Any]) -> None:
        words = {name: cleaned[name] for name in ("key", "own_words", "answer")}
        changes.change_question(user, **words, now=timezone.now())

    form = NewQuestionForm(request.POST or None, user=user)
    return change(request, form, "change_question", do, _("Your secret question is changed."))


@SIGNED_IN
@form_page
def email(request: HttpRequest) -> HttpResponse:
    """Only writes to the new address; it is his once he has opened the link in that mail."""
    user = person(request)

    def do(cleaned: dict[str, Any]) -> None:
        limits.NEW_EMAIL_OF_USER.count(str(user.pk))
        limits.NEW_EMAIL_OF_EMAIL.count(cleaned["email"])
        changes.ask_for_proof(user, email=cleaned["email"], now=timezone.now())

    form = EmailForm(request.POST or None, user=user)
    said = _("We have written to your new address: open the link in that mail within 24 hours.")
    return change(request, form, "change_email", do, said)


@SIGNED_IN
@form_page
def remove_email(request: HttpRequest) -> HttpResponse:
    user = person(request)

    def do(cleaned: dict[str, Any]) -> None:
        changes.remove_email(user, now=timezone.now())

    form = PasswordAgain(request.POST or None, user=user)
    return change(request, form, "remove_email", do, _("Your e-mail address is removed. From now on we write by post."))


@SIGNED_IN
@form_page
def saved_code(request: HttpRequest) -> HttpResponse:
    """A new code to keep; it is shown in the answer to the form, and nowhere else. Only where one is ever asked for."""
    user = person(request)
    if recovery.asks_of(user) != "saved code":
        return redirect("account")
    form = SavedCodeForm(request.POST or None, user=user, initial={"seed": secrets.token_urlsafe(16)})
    code = ""
    if request.method == "POST" and form.is_valid():
        code = changes.change_saved_code(user, seed=form.cleaned_data["seed"], now=timezone.now())
    context = frame(request, form=form, saved_code=printed_codes.shown(code))
    return render(request, "portal/saved_code.html", context)


@SIGNED_IN
@form_page
def add_customer(request: HttpRequest) -> HttpResponse:
    """A further customer, with the code on his bill."""
    form = WebCodeForm(request.POST or None)
    if request.method == "POST":
        limits.limit(request, limits.WEB_CODE_OF_ADDRESS)
        if form.is_valid() and (number := added(form, person(request))):
            messages.success(
                request, _("Done: you now see this customer too. Request %(number)s.") % {"number": number}
            )
            return redirect("account")
    return render(request, "portal/add_customer.html", frame(request, form=form))


def added(form: WebCodeForm, user: User) -> str:
    """The number of the activity, "" where the form says why not. Raises TooManyTries."""
    code, identifier = form.cleaned_data["code"], form.cleaned_data["identifier"]
    limits.WEB_CODE_OF_CODE.count(printed_codes.digest(code))
    now = timezone.now()
    try:
        claim = web_codes.claim(code=code, identifier=identifier, now=now, again=user)
        return let_see(claim, user=user, now=now).number
    except NotRecognised:
        form.add_error(None, NOT_RECOGNISED)
        return ""
