"""First access in three steps: the code on the bill, name and address, then a look at it all and the password.

The password is chosen last, so that it never waits in a session. After it the person signs in by himself: what he has
just chosen is then proven to be remembered, by him or by his device, and a form sent twice finds its session unchanged.
"""

import secrets
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods, require_safe

from sportello.desks import limits
from sportello.desks.forms import NOT_RECOGNISED, TAKEN, WEAK, WebCodeForm, add_password_errors
from sportello.desks.policies import PUBLIC
from sportello.desks.website import steps
from sportello.desks.website.forms import DetailsForm, LostCodeForm, SecretsAndQuestionForm, SecretsForm
from sportello.domain.accounts import jobs, recovery, web_codes
from sportello.domain.accounts.answers import WeakAnswer
from sportello.domain.accounts.changes import NameTaken
from sportello.domain.accounts.web_codes import Claim, NotRecognised
from sportello.domain.activities.kinds.registration import NewLogin, check_password, is_weak_answer, register
from sportello.domain.customers.models import Customer
from sportello.domain.people import printed_codes
from sportello.domain.people.models import User

KEY = "first_access"
form_page = require_http_methods(["GET", "HEAD", "POST"])


@PUBLIC
@form_page
def start(request: HttpRequest) -> HttpResponse:
    """Step 1: code and number; who has a login already adds the customer to it instead."""
    if request.user.is_authenticated:
        return redirect("add_customer")
    form = WebCodeForm(request.POST or None)
    if request.method == "POST":
        limits.limit(request, limits.WEB_CODE_OF_ADDRESS)
        if form.is_valid() and (claim := claimed(form)):
            values = {"customer": claim.customer_code, "digest": claim.digest, "seed": secrets.token_urlsafe(16)}
            steps.begin(request, KEY, **values)
            return redirect("first_access_details")
    return render(request, "website/first_access_code.html", {"form": form})


def claimed(form: WebCodeForm) -> Claim | None:
    """Whose code it is; where it is nobody's, the form says so. Raises TooManyTries."""
    code, identifier = form.cleaned_data["code"], form.cleaned_data["identifier"]
    limits.WEB_CODE_OF_CODE.count(printed_codes.digest(code))
    try:
        return web_codes.claim(code=code, identifier=identifier, now=timezone.now())
    except NotRecognised:
        form.add_error(None, NOT_RECOGNISED)
        return None


@PUBLIC
@form_page
def details(request: HttpRequest) -> HttpResponse:
    """Step 2: user name, and an address if he has one."""
    attempt = steps.kept(request, KEY)
    if attempt is None or "done" in attempt:
        return redirect("first_access" if attempt is None else "first_access_done")
    form = DetailsForm(request.POST or None, initial=attempt)
    if request.method == "POST":
        limits.REGISTRATION_OF_CLAIM.count(attempt["digest"])
        if form.is_valid():
            if User.objects.filter(username=form.cleaned_data["username"]).exists():
                form.add_error("username", TAKEN)
            else:
                steps.keep(request, KEY, **form.cleaned_data)
                return redirect("first_access_finish")
    return render(request, "website/first_access_details.html", {"form": form, "customer": customer_of(attempt)})


@PUBLIC
@form_page
def finish(request: HttpRequest) -> HttpResponse:
    """Step 3: a look at what was chosen; password and question; then the login is made."""
    attempt = steps.kept(request, KEY)
    if attempt is None or "username" not in attempt:
        return redirect("first_access" if attempt is None else "first_access_details")
    if "done" in attempt and request.method != "POST":
        return redirect("first_access_done")
    asks = recovery.asks_of(User())
    form_class = SecretsAndQuestionForm if asks == "question" else SecretsForm
    form = form_class(request.POST or None)
    if request.method == "POST":
        limits.REGISTRATION_OF_CLAIM.count(attempt["digest"])
        form.is_valid()
        tell_weaknesses(form, attempt)
        if not form.errors and made(request, form, attempt):
            return redirect("first_access_done")
    context = {"form": form, "customer": customer_of(attempt), "chosen": attempt, "asks": asks}
    return render(request, "website/first_access_finish.html", context)


def tell_weaknesses(form: SecretsForm, attempt: dict[str, Any]) -> None:
    """Password and answer are looked at whatever else is wrong, so that all is told at once."""
    claim = Claim(customer_code=attempt["customer"], digest=attempt["digest"])
    cleaned = {"password": "", **form.cleaned_data}
    chosen = chosen_login(cleaned, attempt)
    if chosen.password:
        try:
            check_password(claim, chosen)
        except ValidationError as error:
            add_password_errors(form, error)
    if chosen.answer and is_weak_answer(claim, chosen):
        form.add_error("answer", WEAK)


def made(request: HttpRequest, form: SecretsForm, attempt: dict[str, Any]) -> bool:
    """Whether the login is there; where it is not, the form says why."""
    claim = Claim(customer_code=attempt["customer"], digest=attempt["digest"])
    try:
        activity = register(claim, chosen=chosen_login(form.cleaned_data, attempt), now=timezone.now())
    except NotRecognised:
        form.add_error(None, NOT_RECOGNISED)
    except NameTaken:
        form.add_error(None, TAKEN)
    except WeakAnswer:
        form.add_error("answer", WEAK)
    except ValidationError as error:
        add_password_errors(form, error)
    else:
        steps.keep(request, KEY, done=activity.number)
        return True
    return False


def chosen_login(cleaned: dict[str, Any], attempt: dict[str, Any]) -> NewLogin:
    return NewLogin(
        username=attempt["username"],
        password=cleaned["password"],
        email=attempt["email"],
        question_key=cleaned.get("key", ""),
        own_words=cleaned.get("own_words", ""),
        answer=cleaned.get("answer", ""),
        saved_code_seed=attempt["seed"],
        language=(get_language() or "it")[:2],
    )


@PUBLIC
@require_safe
def done(request: HttpRequest) -> HttpResponse:
    """The number, what happens next, and the code to keep where the policy wants one."""
    attempt = steps.kept(request, KEY)
    if attempt is None or "done" not in attempt:
        return redirect("first_access")
    user = User.objects.filter(username=attempt["username"]).first()
    code = recovery.saved_code_of(user, seed=attempt["seed"]) if user else ""
    context = {"chosen": attempt, "customer": customer_of(attempt), "saved_code": printed_codes.shown(code)}
    return render(request, "website/first_access_done.html", context)


def customer_of(attempt: dict[str, Any]) -> Customer | None:
    """Whose code was shown: he who holds it may see the name that stands above it on the bill."""
    return Customer.objects.filter(code=attempt["customer"]).first()


@PUBLIC
@form_page
def lost_code(request: HttpRequest) -> HttpResponse:
    """A new code, to the address that billing has; the reply is the same whatever was typed."""
    form = LostCodeForm(request.POST or None)
    if request.method == "POST":
        limits.limit(request, limits.LOST_CODE_OF_ADDRESS)
        if form.is_valid():
            customer, identifier = form.cleaned_data["customer"], form.cleaned_data["identifier"]
            limits.LOST_CODE_OF_CUSTOMER.count(customer.strip())
            jobs.defer_web_code(customer_code=web_codes.holder_of(customer_code=customer, identifier=identifier))
            return redirect("lost_code_sent")
    return render(request, "website/lost_code.html", {"form": form})


@PUBLIC
@require_safe
def lost_code_sent(request: HttpRequest) -> HttpResponse:
    return render(request, "website/lost_code_sent.html")
