"""Letters on their way out of the house: those to be printed, those to be posted, those that are in the post."""

from typing import Any, cast
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from sportello.desks.policies import REQUEST_DECIDERS, REQUEST_STAFF
from sportello.domain.journal.models import record
from sportello.domain.messages import letters
from sportello.domain.messages.composing import words_of
from sportello.domain.messages.letters import WrongDay
from sportello.domain.messages.models import Channel, Message, MessageQuerySet, State
from sportello.domain.people.models import User

PAGE = 50
SHOWN = ("to_print", "to_post", "posted")


class Chosen(forms.Form):
    """Which letters, and what has become of them."""

    letter = forms.TypedMultipleChoiceField(coerce=int, required=False)
    mark = forms.ChoiceField(
        choices=[(mark, mark) for mark in ("printed", "open", "not_printed", "posted")], required=False
    )
    on = forms.DateField(required=False)

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        numbers = [
            each for each in data.getlist("letter")[:PAGE] if each.isascii() and each.isdigit() and len(each) < 19
        ]
        cast(forms.TypedMultipleChoiceField, self.fields["letter"]).choices = [(each, each) for each in numbers]


@REQUEST_STAFF
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    return page(request, request.GET.get("show", ""))


def page(request: HttpRequest, show: str, *, wrong_day: bool = False) -> HttpResponse:
    """The oldest first; what is in the post, the latest."""
    shown = show if show in SHOWN else SHOWN[0]
    found = of(request, shown).select_related("printed_by", "posted_by")
    context = {
        "tab": "requests",
        "shown": shown,
        "counts": {each: of(request, each).count() for each in SHOWN[:2]},
        "page": Paginator(found, PAGE).get_page(request.GET.get("page")),
        "posted_on": timezone.localdate(),
        "wrong_day": wrong_day,
    }
    return render(request, "backoffice/letters.html", context, status=400 if wrong_day else 200)


def visible(request: HttpRequest) -> MessageQuerySet:
    """Those with codes that open a login only to who decides on requests: anybody can have one written at the website, and
    who talks to customers on the telephone is to know none of theirs. Their codes are seen by who prints them alone."""
    letters = Message.objects.filter(channel=Channel.LETTER)
    return letters if REQUEST_DECIDERS.admits(request) else letters.without_codes()


def of(request: HttpRequest, shown: str) -> MessageQuerySet:
    letters = visible(request)
    if shown == "to_print":
        return letters.letters_to_print().order_by("created_at", "pk")
    if shown == "to_post":
        return letters.letters_to_post().order_by("printed_at", "created_at", "pk")
    return letters.letters_posted().order_by("-posted_on", "-pk")


@REQUEST_STAFF
@require_safe
def sheets(request: HttpRequest) -> HttpResponse:
    """Each letter that was chosen on a sheet of its own. That somebody has looked is written down."""
    form = Chosen(request.GET)
    keys = form.cleaned_data["letter"] if form.is_valid() else []
    found = list(visible(request).filter(pk__in=keys).select_related("printed_by").order_by("created_at", "pk"))
    user_id = cast(User, request.user).pk
    for each in found:
        about = (each.about_kind, each.about_key) if each.about_key else ("message", str(each.pk))
        record(
            "backoffice.letter_seen",
            now=timezone.now(),
            actor_id=user_id,
            about=about,
            customer_code=each.customer_code,
            message=each.pk,
            code=bool(each.secrets) and not each.hides_its_code_from(user_id),
        )
    hidden = [each for each in found if each.hides_its_code_from(user_id)]
    context = {
        "tab": "requests",
        "letters": [(each, words_of(each, hidden=each in hidden)) for each in found],
        "to_open": [each for each in hidden if each.printed_at is None],
        "others": [each for each in hidden if each.printed_at is not None],
        "to_print": [each for each in found if each.state == State.QUEUED and each.printed_at is None],
    }
    return render(request, "backoffice/letter_sheets.html", context)


@REQUEST_STAFF
@require_http_methods(["GET", "HEAD", "POST"])
def mark(request: HttpRequest) -> HttpResponse:
    """To look here leads to the list, where the buttons are."""
    form = Chosen(request.POST)
    if request.method != "POST" or not form.is_valid() or not form.cleaned_data["mark"]:
        return redirect("staff_letters")
    what = form.cleaned_data["mark"]
    keys = list(visible(request).filter(pk__in=form.cleaned_data["letter"]).values_list("pk", flat=True))
    by_id, now = cast(User, request.user).pk, timezone.now()
    if what == "posted":
        return post(request, keys, form, by_id=by_id)
    verb = letters.mark_not_printed if what == "not_printed" else letters.mark_printed
    done = verb(keys, by_id=by_id, now=now)
    said = ngettext("%(num)s letter is printed.", "%(num)s letters are printed.", len(done))
    if what == "not_printed":
        said = ngettext("%(num)s letter is to be printed again.", "%(num)s letters are to be printed again.", len(done))
    tell(request, said, len(done))
    if what == "open":
        return redirect(f"{reverse('staff_letter_sheets')}?{urlencode({'letter': keys}, doseq=True)}")
    return redirect("staff_letters")


def post(request: HttpRequest, keys: list[int], form: Chosen, *, by_id: int) -> HttpResponse:
    on = form.cleaned_data["on"] or timezone.localdate()
    try:
        done = letters.mark_posted(keys, on=on, by_id=by_id, now=timezone.now())
    except WrongDay:
        return page(request, "to_post", wrong_day=True)
    tell(request, ngettext("%(num)s letter is in the post.", "%(num)s letters are in the post.", len(done)), len(done))
    return redirect("staff_letters")


def tell(request: HttpRequest, said: str, count: int) -> None:
    if count:
        messages.success(request, said % {"num": count})
    else:
        messages.info(request, _("Nothing has changed: no letter was chosen, or a colleague was quicker."))
