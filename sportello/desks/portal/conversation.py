"""What was said about a request by either side, and the forms by which its customer says more."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sportello.desks.portal.page import person_of
from sportello.domain.activities.kinds.base import LONGEST_TEXT
from sportello.domain.activities.kinds.files import FilesField
from sportello.domain.activities.models import OVER, Activity, Attachment, Remark, Side, Status
from sportello.domain.files import attachments
from sportello.domain.files.attachments import Attached, WrongFile


class SayForm(forms.Form):
    """A message with files, or either of them. After ``is_valid()``: ``attached``."""

    once = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)
    text = forms.CharField(
        label=gettext_lazy("Your message"),
        required=False,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    sometimes = frozenset({"text"})

    def __init__(self, data: Any = None, files: Any = None, *, prefix: str) -> None:
        super().__init__(data, files, auto_id=f"{prefix}-%s", initial={"once": uuid4().hex})
        self.fields["files"] = FilesField()
        self.attached: list[Attached] = []

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not cleaned.get("text") and not cleaned.get("files") and not self.errors:
            self.add_error("text", self.nothing())
        if not self.errors:
            try:
                self.attached = [attachments.checked(each) for each in cleaned["files"]]
            except WrongFile as error:
                self.add_error("files", ValidationError(attachments.told(error), code=error.code))
        return cleaned

    def nothing(self) -> str:
        return _("Write something, or attach a file.")


class ReopenForm(SayForm):
    """Files alone are no reason."""

    def __init__(self, data: Any = None, files: Any = None, *, prefix: str) -> None:
        super().__init__(data, files, prefix=prefix)
        self.fields["text"].label = gettext_lazy("Why should we look at it again?")
        self.fields["text"].required = True
        self.fields["text"].error_messages["required"] = gettext_lazy("Tell us why.")


# --- what is shown ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """``address`` is "" where it cannot be opened."""

    name: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One remark: ``who`` is "me", "another" person of the customer, or "us"."""

    who: str
    sort: str
    text: str
    at: datetime
    files: Sequence[File]


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """What was said, the oldest first, and the files that came with the request itself."""

    said: Sequence[Said]
    files: Sequence[File]


def talk_of(request: HttpRequest, activity: Activity) -> Talk:
    """Two queries, whatever was said."""
    user = person_of(request)
    attached = Attachment.objects.within_reach_of(user).for_the_customer().filter(activity=activity)
    files: dict[int | None, list[File]] = defaultdict(list)
    for each in attached.order_by("position"):
        files[each.remark_id].append(File(name=each.name, address=address_of(activity, each)))
    remarks = Remark.objects.within_reach_of(user).for_the_customer().filter(activity=activity)
    said = [
        Said(
            who="us" if each.side == Side.STAFF else "me" if each.by_id == user.pk else "another",
            sort=each.sort,
            text=each.text,
            at=each.at,
            files=files[each.pk],
        )
        for each in remarks.order_by("at", "pk")
    ]
    return Talk(said=said, files=files[None])


def address_of(activity: Activity, attachment: Attachment) -> str:
    return reverse("request_file", args=[f"{activity.number}-{attachment.position}"])


def forms_for(activity: Activity, **sent: SayForm) -> dict[str, SayForm | None]:
    """The forms that its present state allows, as they were ``sent`` or empty."""
    goes_on = activity.status not in OVER
    may_reopen = activity.status in (Status.EXECUTED, Status.REFUSED)
    return {
        "say": sent.get("say") or (SayForm(prefix="say") if goes_on else None),
        "reopen": sent.get("reopen") or (ReopenForm(prefix="reopen") if may_reopen else None),
    }
