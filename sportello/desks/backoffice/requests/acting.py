"""What operators do to a request. Whoever comes second sees what the first did; whoever presses twice, what he did."""

from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from sportello.desks.backoffice import own
from sportello.desks.backoffice.requests.filters import kept
from sportello.desks.backoffice.requests.forms import Acting, AssignForm, DueForm, RefusalForm, WriteForm
from sportello.desks.backoffice.requests.page import all_requests, form_of, forms_for, page
from sportello.desks.backoffice.requests.story import acted, story_of
from sportello.desks.policies import REQUEST_DECIDERS, REQUEST_READERS, REQUEST_STAFF
from sportello.domain.activities import assigning, handling, posting
from sportello.domain.activities.kinds.base import ONCE
from sportello.domain.activities.models import Activity, AnswerBy, IllegalMove, Remark, SentBy, Status
from sportello.domain.people.models import User

Verb = Callable[[str, Any, User, datetime], Activity]


def once_of(form: Acting, number: str, by: User) -> str:
    """What the form carries, made this person's and this request's own: nobody can name another's."""
    return sha256(f"{by.pk}:{number}:{form.cleaned_data['once']}".encode()).hexdigest()[:ONCE]


def _written(verb: Callable[..., Activity]) -> Verb:
    def act(number: str, form: WriteForm, by: User, now: datetime) -> Activity:
        cleaned, once = form.cleaned_data, once_of(form, number, by)
        seen, text = cleaned["seen"], cleaned["text"]
        return verb(number, seen=seen, text=text, files=form.attached, by=by, now=now, once=once)

    return act


def _plain(verb: Callable[..., Activity]) -> Verb:
    def act(number: str, form: Acting, by: User, now: datetime) -> Activity:
        return verb(number, seen=form.cleaned_data["seen"], by=by, now=now)

    return act


def _ended(verb: Callable[..., Activity]) -> Verb:
    def act(number: str, form: Acting, by: User, now: datetime) -> Activity:
        return verb(number, seen=form.cleaned_data["seen"], answer=answer_in(form), by=by, now=now)

    return act


def _due(number: str, form: DueForm, by: User, now: datetime) -> Activity:
    cleaned, once = form.cleaned_data, once_of(form, number, by)
    due_on, past = cleaned["due_on"], cleaned["past_the_limit"]
    return handling.change_due(
        number, seen=cleaned["seen"], due_on=due_on, text=cleaned["why"], past_the_limit=past, by=by, now=now, once=once
    )


def _assign(number: str, form: AssignForm, by: User, now: datetime) -> Activity:
    cleaned, once = form.cleaned_data, once_of(form, number, by)
    return assigning.assign(
        number,
        target=form.target,
        seen=cleaned["seen"],
        due_on=cleaned["due_on"],
        text=cleaned["why"],
        past_the_limit=cleaned["past_the_limit"],
        by=by,
        now=now,
        once=once,
    )


def _confirmed(*, is_done: bool) -> Verb:
    def act(number: str, form: Acting, by: User, now: datetime) -> Activity:
        cleaned, once = form.cleaned_data, once_of(form, number, by)
        seen, text = cleaned["seen"], cleaned["text"]
        return assigning.confirm(number, is_done=is_done, text=text, seen=seen, by=by, now=now, once=once)

    return act


def _by_post(*, post: bool) -> Verb:
    def act(number: str, form: Acting, by: User, now: datetime) -> Activity:
        return posting.answer_by(number, post=post, seen=form.cleaned_data["seen"], by=by, now=now)

    return act


def _reopen(number: str, form: Acting, by: User, now: datetime) -> Activity:
    cleaned, once = form.cleaned_data, once_of(form, number, by)
    return handling.take_up_again(
        number, seen=cleaned["seen"], text=cleaned["why"], files=(), by=by, now=now, once=once
    )


def _carry_on(number: str, form: Acting, by: User, now: datetime) -> Activity:
    cleaned, once = form.cleaned_data, once_of(form, number, by)
    return handling.carry_on(
        number, seen=cleaned["seen"], answer=cleaned["answer"], text=cleaned["why"], by=by, now=now, once=once
    )


def answer_in(form: Acting) -> str:
    return form.answer if isinstance(form, RefusalForm) else str(form.cleaned_data["answer"])


OF_AGENTS: dict[str, Verb] = {
    "note": _written(handling.note),
    "said_done": _confirmed(is_done=True),
    "said_missing": _confirmed(is_done=False),
}
WRITES: dict[str, Verb] = {
    **OF_AGENTS,
    "answer": _written(handling.answer),
    "read": _plain(handling.nothing_to_answer),
    "post": _by_post(post=True),
    "mail": _by_post(post=False),
}
DECIDES: dict[str, Verb] = {
    "ask": _written(handling.ask),
    "take": _plain(handling.take),
    "give_back": _plain(handling.give_back),
    "assign": _assign,
    "retry": _plain(handling.retry),
    "execute": _ended(handling.execute),
    "by_hand": _ended(handling.executed_by_hand),
    "refuse": _ended(handling.refuse),
    "due": _due,
    "reopen": _reopen,
    "sure": _plain(handling.made_sure),
    "carry_on": _carry_on,
    "leave_stopped": _ended(handling.leave_stopped),
}


# What the story says of a verb without words.
ONE_WORD = {"retry": "sent", "read": "seen_to", "sure": "made_sure", "post": "by_post", "mail": "by_mail"}
ENDED = {
    "execute": ("executed", "sent"),
    "by_hand": ("executed",),
    "refuse": ("refused",),
    "leave_stopped": ("stays_stopped",),
}


@REQUEST_READERS
@require_http_methods(["GET", "HEAD", "POST"])
def write(request: HttpRequest, number: str) -> HttpResponse:
    """A note, an answer, that there is nothing to answer, or how it stands; an agent does not write to the customer."""
    return act(request, number, WRITES if REQUEST_STAFF.admits(request) else OF_AGENTS)


@REQUEST_DECIDERS
@require_http_methods(["GET", "HEAD", "POST"])
def decide(request: HttpRequest, number: str) -> HttpResponse:
    """Everything else."""
    return act(request, number, DECIDES)


def act(request: HttpRequest, number: str, verbs: dict[str, Verb]) -> HttpResponse:
    """To look here leads to the page with the forms."""
    user = cast(User, request.user)
    activity = get_object_or_404(all_requests(user), number=number)
    if own.is_own(request, activity):
        return own.page(request, activity, tab="requests")
    if request.method != "POST":
        return redirect(here(request, number))
    verb = request.POST.get("verb", "")
    forms = forms_for(activity, verb, request.POST, request.FILES, by=user)
    form = form_of(forms, verb) if verb in verbs else None
    if form is None or not form.is_valid():
        return page(request, activity, forms, verb=verb if form else "")
    try:
        activity = verbs[verb](number, form, user, timezone.now())
    except assigning.CANNOT_GIVE as error:
        form.add_error("to", why_not(error))
        return page(request, activity, forms, verb=verb)
    except IllegalMove:
        return second(request, number, verb, form)
    return done(request, activity, verb, form)


def why_not(error: IllegalMove) -> str:
    """Why a request cannot be given to somebody."""
    if isinstance(error, assigning.OfTheirOwn):
        return _("This is a request of a customer whom this person represents: choose somebody else.")
    if isinstance(error, assigning.NotForAgents):
        return _("This request cannot be given to this person.")
    return _("This person is not at work now: choose somebody else.")


def second(request: HttpRequest, number: str, verb: str, form: Acting) -> HttpResponse:
    """Somebody was quicker. Where it was the same person with the same, the form was just sent twice."""
    activity = get_object_or_404(all_requests(cast(User, request.user)), number=number)
    if is_the_same(activity, verb, form, cast(User, request.user)):
        return done(request, activity, verb, form)
    fresh = forms_for(activity, verb, request.POST, by=cast(User, request.user))
    return page(request, activity, fresh, verb=verb, too_late=True)


def is_the_same(activity: Activity, verb: str, form: Acting, user: User) -> bool:
    """Whether what this form asks for is the last thing that happened, by this person."""
    story = story_of(activity.number)
    if verb == "take":
        return activity.owner_id == user.pk and acted(story, user, "taken", "handed_over")
    if verb == "give_back":
        return activity.status == Status.NEW and acted(story, user, "new")
    if verb in ONE_WORD:
        return acted(story, user, ONE_WORD[verb])
    if verb in ENDED:
        return activity.answer == answer_in(form) and acted(story, user, *ENDED[verb])
    return False  # the others are told from one another by what their forms carry


def done(request: HttpRequest, activity: Activity, verb: str, form: Acting) -> HttpResponse:
    """What ends one's work on it leads back to the list."""
    messages.success(request, told(activity, verb, form, cast(User, request.user)))
    if verb in ENDED or verb == "give_back":
        return redirect(reverse("staff_requests") + kept(request))
    if not all_requests(cast(User, request.user)).filter(pk=activity.pk).exists():  # an agent's no more
        return redirect(reverse("staff_requests"))
    return redirect(here(request, activity.number))


def here(request: HttpRequest, number: str) -> str:
    return reverse("staff_request", args=[number]) + kept(request)


def told(activity: Activity, verb: str, form: Acting, user: User) -> str:
    if verb in ("answer", "ask"):
        return way_of(activity, Remark.objects.filter(once=once_of(form, activity.number, user)).first())
    if verb == "execute" and not activity.is_over:
        return _("%(number)s is on its way to billing.") % {"number": activity.number}
    texts = {
        "note": _("The note is written down; the customer does not see it."),
        "take": _("%(number)s is in your charge."),
        "give_back": _("%(number)s is nobody's again."),
        "assign": _("%(number)s has been given to %(who)s."),
        "said_done": _("It is written down that %(number)s is done."),
        "said_missing": _("What is missing for %(number)s is written down."),
        "retry": _("%(number)s is on its way to billing."),
        "execute": _("%(number)s is executed; the customer gets your answer."),
        "by_hand": _("%(number)s is executed; the customer gets your answer."),
        "refuse": _("%(number)s is refused; the customer gets your answer."),
        "due": _("%(number)s has another due date."),
        "reopen": _("%(number)s is open again and in your charge."),
        "post": _("Answers to %(number)s leave as letters."),
        "mail": _("Answers to %(number)s leave by e-mail where there is an address."),
        "read": _("What the customer wrote is seen to."),
        "sure": _("%(number)s was the customer's own: that is written down."),
        "carry_on": _("%(number)s goes on and is in your charge; everybody who was told of it knows."),
        "leave_stopped": _("%(number)s stays cancelled; everybody who was told of it knows."),
    }
    who = (activity.owner and activity.owner.get_full_name()) or activity.office or ""
    return texts[verb] % {"number": activity.number, "who": who}


def way_of(activity: Activity, remark: Remark | None) -> str:
    """By which way what was written reaches whoever asked."""
    if remark is not None and remark.sent_by == SentBy.MAIL:
        return _("It goes out by e-mail.")
    if remark is not None and remark.sent_by == SentBy.LETTER:
        return _("A letter is ready to be printed.")
    if activity.customer is None and activity.visitor.answer_by == AnswerBy.PHONE:
        return _("It is written down. Call %(phone)s: that is how the visitor wants to be answered.") % {
            "phone": activity.visitor.phone
        }
    return _("It is written down, and can be read at the counter: there is no address to send it to.")
