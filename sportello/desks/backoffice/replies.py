"""Ready replies, as managers and administrators write them: per kind of request, in both languages."""

from typing import Any, cast
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from sportello.desks.policies import REPLY_EDITORS
from sportello.domain.activities import replies
from sportello.domain.activities.kinds.base import ONCE
from sportello.domain.activities.kinds.catalogue import KINDS
from sportello.domain.activities.models import Reply, Use
from sportello.domain.activities.models.replies import EVERY, OF_A_CONTRACT
from sportello.domain.activities.replies import ChangedMeanwhile
from sportello.domain.messages.placeholders import WrongText, check

LONGEST = 1_000  # characters
NOT_THERE = gettext_lazy("Choose one from the list.")
COMMON: dict[str, str | Promise] = {
    EVERY: gettext_lazy("Every kind of request"),
    OF_A_CONTRACT: gettext_lazy("Every kind that is about a contract"),
}


def kinds() -> list[tuple[str, str | Promise]]:
    return [*COMMON.items(), *((code, kind.title) for code, kind in KINDS.items())]


class ReplyForm(forms.Form):
    """``seen`` is the version that was opened, ``once`` tells a new one from its second press."""

    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2_000_000_000, required=False)
    once = forms.CharField(widget=forms.HiddenInput, max_length=ONCE, required=False)
    use = forms.ChoiceField(
        label=gettext_lazy("When it is there to be chosen"),
        choices=Use.choices,
        error_messages={"invalid_choice": NOT_THERE, "required": NOT_THERE},
    )
    italian = forms.CharField(label=gettext_lazy("Italian text"), max_length=LONGEST, required=False)
    english = forms.CharField(label=gettext_lazy("English text"), max_length=LONGEST, required=False)

    def _checked(self, name: str) -> str:
        """With the placeholders there are and no other brace."""
        text: str = self.cleaned_data[name].replace("\r\n", "\n")
        try:
            check(text, allowed=replies.VALUES)
        except WrongText as error:
            raise ValidationError(
                _("Braces are only for these placeholders: {number}, {name} and {due}."), code="braces"
            ) from error
        return text

    def clean_italian(self) -> str:
        return self._checked("italian")

    def clean_english(self) -> str:
        return self._checked("english")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and not cleaned["italian"] and not cleaned["english"]:
            self.add_error("italian", _("Write the text in one language at least."))
        return cleaned

    @property
    def texts(self) -> dict[str, Any]:
        return {
            "use": Use(self.cleaned_data["use"]),
            **{name: self.cleaned_data[name] for name in ("italian", "english")},
        }


class NewReplyForm(ReplyForm):
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind of request"), required=False, error_messages={"invalid_choice": NOT_THERE}
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        cast(forms.ChoiceField, self.fields["kind"]).choices = kinds()


@REPLY_EDITORS
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """By kind, the common ones first."""
    rows = list(Reply.objects.order_by("use", "pk"))
    groups = [(title, found) for code, title in kinds() if (found := [each for each in rows if each.kind == code])]
    return render(request, "backoffice/replies.html", {"tab": "administration", "groups": groups})


@REPLY_EDITORS
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    form = NewReplyForm(request.POST or None, initial={"once": uuid4().hex, "use": Use.ANSWER})
    if request.method == "POST" and form.is_valid():
        once = form.cleaned_data["once"] or uuid4().hex
        replies.add(kind=form.cleaned_data["kind"], once=once, by_id=request.user.pk, now=timezone.now(), **form.texts)
        return saved(request)
    return page(request, form)


@REPLY_EDITORS
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    reply = get_object_or_404(Reply, pk=pk)
    form = ReplyForm(request.POST or None, initial={**vars(reply), "seen": reply.version})
    if request.method == "POST" and form.is_valid():
        try:
            replies.change(
                pk, seen=form.cleaned_data["seen"] or 0, by_id=request.user.pk, now=timezone.now(), **form.texts
            )
        except ChangedMeanwhile:
            return page(request, form, reply=get_object_or_404(Reply, pk=pk), meanwhile=True)
        return saved(request)
    return page(request, form, reply=reply)


@REPLY_EDITORS
@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """To look here leads to the reply, where the button is. A second press finds nothing more to remove."""
    if request.method != "POST":
        return redirect("reply", get_object_or_404(Reply, pk=pk).pk)
    get_object_or_404(Reply, pk=pk)
    typed = request.POST.get("seen", "")
    seen = int(typed) if typed.isdecimal() and len(typed) < 10 else 0
    try:
        replies.remove(pk, seen=seen, by_id=request.user.pk, now=timezone.now())
    except ChangedMeanwhile:
        messages.error(request, _("Nothing has been removed: meanwhile somebody else has changed this reply."))
        return redirect("reply", pk)
    messages.success(request, _("The reply is removed. What was answered with it stays as it is."))
    return redirect("replies")


def saved(request: HttpRequest) -> HttpResponse:
    messages.success(request, _("The reply is saved and there to be chosen."))
    return redirect("replies")


def page(request: HttpRequest, form: ReplyForm, *, reply: Reply | None = None, meanwhile: bool = False) -> HttpResponse:
    """``meanwhile``: ``reply`` is not any more what was opened."""
    context = {
        "tab": "administration",
        "form": form,
        "reply": reply,
        "title": dict(kinds()).get(reply.kind, reply.kind) if reply else "",
        "meanwhile": meanwhile,
        "seen": reply.version if reply else "",
        "placeholders": [
            ("{number}", _("the number of the request")),
            ("{name}", _("first and last name, or the company's, of whom we write to")),
            ("{due}", _("the day by which we answer; a dash where there is none")),
        ],
    }
    return render(request, "backoffice/reply.html", context, status=409 if meanwhile else 200)
