"""A visitor's own request: found by the number and the code of his receipt, read, answered and added to.

Which request a browser has shown to be its own stands in its session, so that no address names one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from sportello.desks import limits
from sportello.desks.forms import PrintedCode
from sportello.desks.policies import PUBLIC
from sportello.desks.saving import to_be_saved
from sportello.domain.accounts.models.throttle import TooManyTries
from sportello.domain.activities import visiting
from sportello.domain.activities.kinds.base import LONGEST_TEXT, MISSING, ONCE
from sportello.domain.activities.kinds.catalogue import KINDS
from sportello.domain.activities.kinds.files import FilesField
from sportello.domain.activities.models import Activity, Attachment, IllegalMove, Side, Status
from sportello.domain.activities.models.requests import AttachmentQuerySet, Remark
from sportello.domain.files import attachments
from sportello.domain.files.attachments import Attached, WrongFile

KEY = "visit"
NOT_FOUND = gettext_lazy("We have no request with this number and this code. Compare both with your receipt.")
ROOM = gettext_lazy(
    "Many files are being sent at this moment. Send your request without them: you can add them later, with the number "
    "and the code of the receipt."
)
CHANGED = gettext_lazy(
    "Your request has changed just now. Read what is new, and send your message again if it still holds."
)
form_page = require_http_methods(["GET", "HEAD", "POST"])


def browser_of(request: HttpRequest) -> str:
    """What this browser alone knows: the secret that it sends along with every form."""
    return str(request.META.get("CSRF_COOKIE", ""))


def remember(request: HttpRequest, activity: Activity) -> None:
    """This browser has shown that the request is its own; it is forgotten when the browser is closed."""
    if not request.user.is_authenticated:
        request.session.cycle_key()  # whoever planted the old one does not come along
        request.session.set_expiry(0)
    request.session[KEY] = activity.number


def present(request: HttpRequest) -> Activity | None:
    number = request.session.get(KEY)
    return visiting.visit_numbered(number) if number else None


def room_for(request: HttpRequest, files: Sequence[Attached]) -> bool:
    """Whether more files are taken from this address and its block, and from everybody, within this hour."""
    size = sum(-(-len(each.content) // 1_000) for each in files)
    try:
        limits.limit(request, limits.VISITOR_FILES_OF_ADDRESS)
        limits.VISITOR_KB_OF_BLOCK.count(limits.block_of(request), amount=size)
        limits.VISITOR_FILES_ALTOGETHER.count("all")
        limits.VISITOR_KB_ALTOGETHER.count("all", amount=size)
    except TooManyTries:
        return False
    return True


# --- finding it again ------------------------------------------------------------------------------------------------


class StatusForm(forms.Form):
    number = forms.CharField(label=gettext_lazy("Request number"), max_length=30, error_messages={"required": MISSING})
    code = PrintedCode(label=gettext_lazy("Code of the receipt"), max_length=60, error_messages={"required": MISSING})


@PUBLIC
@form_page
def status(request: HttpRequest) -> HttpResponse:
    """The same reply whichever of the two is wrong, and the same work."""
    form = StatusForm(request.POST or None)
    if request.method == "POST":
        limits.limit(request, limits.RECEIPTS_OF_ADDRESS)
        if form.is_valid():
            found = visiting.find(form.cleaned_data["number"], form.cleaned_data["code"])
            if found:
                limits.RECEIPTS_OF_ADDRESS.give_back(limits.address_of(request))
                remember(request, found)
                return redirect("ask_request")
            form.add_error(None, NOT_FOUND)
    return render(request, "website/ask_status.html", {"form": form})


# --- how it stands ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Standing:
    """A state as a tag and a sentence."""

    kind: str
    icon: str
    sentence: str | Promise


WE_HAVE_IT = gettext_lazy("We have received it, and an operator is going to deal with it.")
WE_WORK = gettext_lazy("An operator is dealing with it.")
STANDINGS: Final[dict[str, Standing]] = {
    Status.NEW: Standing("", "it-clock", WE_HAVE_IT),
    Status.TAKEN: Standing("", "it-user", WE_WORK),
    Status.WAITING: Standing("warn", "it-warning-circle", gettext_lazy("We have asked you something: please answer.")),
    Status.EXPORTED: Standing("", "it-clock", WE_WORK),
    Status.EXECUTED: Standing("good", "it-check", gettext_lazy("We have answered.")),
    Status.REFUSED: Standing("bad", "it-close-circle", gettext_lazy("We could not do what you asked for.")),
    Status.CANCELLED: Standing("", "it-close-circle", gettext_lazy("It has been cancelled.")),
}


class MessageForm(forms.Form):
    """Something more from the visitor; ``files`` are checked when all else is right."""

    text = forms.CharField(
        label=gettext_lazy("Your message"),
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": gettext_lazy("Write your message.")},
    )
    once = forms.CharField(required=False, max_length=ONCE, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, files: Any = None) -> None:
        super().__init__(data, files, initial={"once": uuid4().hex})
        self.fields["files"] = FilesField()

    def clean(self) -> dict[str, Any]:
        if not self.errors:
            try:
                self.cleaned_data["files"] = [attachments.checked(each) for each in self.cleaned_data["files"]]
            except WrongFile as error:
                self.add_error("files", ValidationError(attachments.told(error), code=error.code))
        return self.cleaned_data

    @property
    def attached(self) -> Sequence[Attached]:
        return self.cleaned_data["files"]  # type: ignore[no-any-return]


@PUBLIC
@form_page
def one(request: HttpRequest) -> HttpResponse:
    """How it stands, what was said on both sides, and a form to say something more."""
    activity = present(request)
    if activity is None:
        return redirect("ask_status")
    if request.method != "POST" or activity.status == Status.CANCELLED:
        return show(request, activity, MessageForm())
    limits.limit(request, limits.VISITOR_MESSAGES_OF_ADDRESS)
    form = MessageForm(request.POST, request.FILES)
    if form.is_valid() and form.attached and not room_for(request, form.attached):
        form.add_error("files", ROOM)
    if not form.is_valid():
        return show(request, activity, form)
    try:
        visiting.say(
            activity,
            text=form.cleaned_data["text"],
            files=form.attached,
            browser=browser_of(request),
            once=form.cleaned_data["once"] or uuid4().hex,
            now=timezone.now(),
        )
    except IllegalMove:
        messages.warning(request, CHANGED)
        return show(request, visiting.visit_numbered(activity.number) or activity, form)
    messages.success(request, _("We have received your message."))
    return redirect("ask_request")


@dataclass(frozen=True, slots=True)
class Said:
    """One remark with its files; ``ours`` is the company's."""

    remark: Remark
    ours: bool
    files: Sequence[Attachment]


def show(request: HttpRequest, activity: Activity, form: MessageForm) -> HttpResponse:
    files = list(files_of(activity).order_by("position"))
    remarks = Remark.objects.filter(activity=activity).for_the_customer().order_by("at", "pk")
    context = {
        "activity": activity,
        "standing": STANDINGS[activity.status],
        "answer_on": activity.limit_on or activity.due_on,
        "lines": KINDS[activity.kind].form.lines(activity.asked),
        "files": [each for each in files if each.remark_id is None],
        "said": [
            Said(each, each.side == Side.STAFF, [file for file in files if file.remark_id == each.pk])
            for each in remarks
        ],
        "form": form,
        "files_again": bool(request.FILES),
        "may_write": activity.status != Status.CANCELLED,
    }
    return render(request, "website/ask_request.html", context)


def files_of(activity: Activity) -> AttachmentQuerySet:
    """His own, and those of our answers."""
    return Attachment.objects.filter(activity=activity).for_the_customer()


@PUBLIC
@require_safe
def file(request: HttpRequest, position: int) -> HttpResponse:
    """A file of the request that is this browser's, to be saved; of no request, foreign and missing are the same."""
    activity = present(request)
    if activity is None:
        raise Http404
    found = get_object_or_404(files_of(activity).select_related("file"), position=position)
    return to_be_saved(found.file, found.name)
