"""A forgotten password: asking for a link or a letter, and choosing a new one with it. A visit alone uses nothing up."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from sportello.desks import limits
from sportello.desks.forms import add_password_errors
from sportello.desks.policies import PUBLIC
from sportello.desks.secret_addresses import form_page, secret_address
from sportello.desks.website import steps
from sportello.desks.website.forms import ChoosePasswordForm, ForgottenForm, LetterCodeForm
from sportello.domain.accounts import answers, changes, jobs, recovery
from sportello.domain.accounts.changes import AddressTaken
from sportello.domain.accounts.links import DeadLink
from sportello.domain.accounts.models import Link
from sportello.domain.accounts.recovery import WrongAnswer
from sportello.domain.people.models import normalise_username

KEY = "recovery"


def dead(request: HttpRequest, *, of_email: bool = False) -> HttpResponse:
    """One page for links that were used, are too old, were replaced, or never were: for a password, or for an address."""
    return render(request, "website/dead_link.html", {"of_email": of_email}, status=404)


@PUBLIC
@form_page
def forgot_password(request: HttpRequest) -> HttpResponse:
    """The same reply and the same work whoever is named; what is sent is sent by a job."""
    form = ForgottenForm(request.POST or None)
    if request.method == "POST":
        limits.limit(request, limits.RECOVERY_OF_ADDRESS)
        if form.is_valid():
            identifier, by_post = form.cleaned_data["identifier"], form.cleaned_data["by"] == ForgottenForm.POST
            limits.RECOVERY_OF_NAME.count(normalise_username(identifier))
            user = recovery.find_user(identifier)
            jobs.defer_recovery(user_id=user.pk if user else 0, by_post=by_post)
            return redirect("forgot_password_by_post" if by_post else "forgot_password_by_mail")
    return render(request, "website/forgot_password.html", {"form": form})


@PUBLIC
@require_safe
def sent(request: HttpRequest, *, by_post: bool) -> HttpResponse:
    return render(request, "website/forgot_password_sent.html", {"by_post": by_post})


@PUBLIC
@secret_address
@form_page
def choose_password(request: HttpRequest, token: str) -> HttpResponse:
    """The link of a mail."""
    return _choose(request, recovery.number_of(token))


@PUBLIC
@form_page
def recovery_code(request: HttpRequest) -> HttpResponse:
    """The code of a letter, with the user name that it names."""
    form = LetterCodeForm(request.POST or None)
    if request.method == "POST":
        limits.limit(request, limits.LETTER_CODE_OF_ADDRESS)
        if form.is_valid():
            code, username = form.cleaned_data["code"], form.cleaned_data["username"]
            limits.LETTER_CODE_OF_NAME.count(normalise_username(username))
            try:
                link = recovery.link_of_code(code, username=username, now=timezone.now())
            except DeadLink:
                form.add_error(None, _("Code and user name do not belong together, or the code is no longer valid."))
            else:
                steps.begin(request, KEY, link=link.pk)
                return redirect("recovery_code_password")
    return render(request, "website/recovery_code.html", {"form": form})


@PUBLIC
@form_page
def recovery_code_password(request: HttpRequest) -> HttpResponse:
    shown = steps.kept(request, KEY)
    if shown is None:
        return redirect("recovery_code")
    return _choose(request, shown["link"])


def _choose(request: HttpRequest, number: int) -> HttpResponse:
    """Question and new password, for the holder of this link; five wrong answers end it."""
    try:
        link = recovery.link_numbered(number, now=timezone.now())
    except DeadLink:
        link = None  # perhaps just used by this very form, sent twice
    form = ChoosePasswordForm(request.POST or None, asks=recovery.asked_by(link) if link else "")
    if request.method == "POST":
        limits.limit(request, limits.CHOOSE_OF_ADDRESS)
        if number:
            limits.CHOOSE_OF_LINK.count(str(number))
        if form.is_valid():
            try:
                chosen = chosen_password(form, number)
            except DeadLink:
                return dead(request)
            if chosen:
                messages.success(request, _("Your new password is set. All devices have been signed out."))
                return redirect("account_login")
    return dead(request) if link is None else render(request, "website/choose_password.html", asking(link, form))


def chosen_password(form: ChoosePasswordForm, number: int) -> bool:
    """Whether the password is set; where it is not, the form says why. Raises DeadLink, with the last wrong answer too."""
    proof, password = form.cleaned_data.get("proof", ""), form.cleaned_data["password"]
    try:
        recovery.choose_password(number, proof=proof, password=password, now=timezone.now())
    except ValidationError as error:
        add_password_errors(form, error)
    except WrongAnswer as error:
        if not error.left:
            raise DeadLink from error
        left = ngettext("%(num)s try is left.", "%(num)s tries are left.", error.left) % {"num": error.left}
        form.add_error("proof", " ".join([_("This is not right."), left]))
    else:
        return True
    return False


def asking(link: Link, form: ChoosePasswordForm) -> dict[str, Any]:
    asks = recovery.asked_by(link)
    question = answers.question_of(link.user) if asks == "question" else ""
    # Who never set a question cannot answer it: only an operator can let him go on.
    return {"form": form, "asks": asks, "question": question, "unanswerable": asks == "question" and not question}


@PUBLIC
@secret_address
@form_page
def prove_email(request: HttpRequest, token: str) -> HttpResponse:
    """A visit shows a button; only its press proves the address, so that no mail scanner does."""
    now = timezone.now()
    if request.method == "POST":
        limits.limit(request, limits.PROOF_OF_ADDRESS)
        try:
            changes.prove_email(token, now=now)
        except DeadLink:
            return dead(request, of_email=True)
        except AddressTaken:
            return render(request, "website/address_taken.html")
        return redirect("email_proven")
    try:
        link = changes.link_of_proof(token, now=now)
    except DeadLink:
        return dead(request, of_email=True)
    return render(request, "website/prove_email.html", {"link": link})


@PUBLIC
@require_safe
def email_proven(request: HttpRequest) -> HttpResponse:
    return render(request, "website/email_proven.html")
