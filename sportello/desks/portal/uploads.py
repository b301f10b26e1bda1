"""Readings from a file, for who has more meters than anybody would type: read as a whole, sent as a whole or not at all."""

import base64
from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from sportello.desks.limits import READINGS_OF_USER
from sportello.desks.policies import CUSTOMER
from sportello.desks.portal.page import frame, today
from sportello.desks.portal.readings import CHANGED, form_page, person, readable_first
from sportello.desks.portal.several import receipt
from sportello.domain.activities.kinds.self_reading import drafts
from sportello.domain.activities.kinds.self_reading.sheets import Sheet, sheets_of
from sportello.domain.activities.kinds.self_reading.submitting import ChangedMeanwhile, open_anew_what_ended
from sportello.domain.activities.kinds.self_reading.upload import (
    LARGEST,
    MOST_ROWS,
    Upload,
    example,
    read_csv,
    submit_upload,
)

WHOLE = ""  # the draft that is of no supply: a file that waits to be confirmed
SHOWN = 100  # unusual lines


class UploadForm(forms.Form):
    """The file, or the word that the one sent a moment ago is right as it is."""

    file = forms.FileField(
        label=gettext_lazy("File with your readings (CSV)"),
        allow_empty_file=True,
        error_messages={"required": gettext_lazy("Choose a file."), "invalid": gettext_lazy("Choose a file.")},
    )

    def clean_file(self) -> bytes:
        file = self.cleaned_data["file"]
        if file.size > LARGEST:
            raise forms.ValidationError(_("The file is too large: 2 MB at most."))
        return bytes(file.read())


@CUSTOMER
@form_page
def upload(request: HttpRequest) -> HttpResponse:
    """Shows every line that is wrong; what is unusual is shown to be confirmed, the file being kept meanwhile."""
    if request.method != "POST":
        return show(request, UploadForm())
    READINGS_OF_USER.count(str(person(request).pk))
    if "confirmed" in request.POST:
        content = kept_file(request)
        form = UploadForm()
        if content is None:
            messages.warning(request, _("The file is not here any more. Please choose it again."))
            return show(request, form)
    else:
        form = UploadForm(request.POST, request.FILES)
        if not form.is_valid():
            return show(request, form)
        content = form.cleaned_data["file"]
    read = read_csv(content, sheets=sheets_of_all(request), today=today())
    return answer(request, form, read, content)


def answer(request: HttpRequest, form: UploadForm, read: Upload, content: bytes) -> HttpResponse:
    confirmed = request.POST.get("confirmed", "")
    if read.errors:
        return show(request, form, read)
    done = [open_anew_what_ended(row.form, person(request)) for row in read.rows]
    if all(done):
        return receipt(request, [activity for activity in done if activity])
    if read.unusual and confirmed != read.digest:
        keep_file(request, content)
        return show(request, form, read)
    try:
        activities = submit_upload(read, user=person(request), confirmed=confirmed, now=timezone.now())
    except ChangedMeanwhile:
        messages.warning(request, CHANGED)
        return show(request, form)
    drafts.forget(person(request), WHOLE)
    return receipt(request, activities)


def sheets_of_all(request: HttpRequest) -> Sequence[Sheet]:
    """Of every supply within reach, those that cannot be read too: a line of the file may name one."""
    return sheets_of(list(readable_first(request)), today=today())


def keep_file(request: HttpRequest, content: bytes) -> None:
    drafts.keep(person(request), WHOLE, {"file": base64.b64encode(content).decode()}, timezone.now())


def kept_file(request: HttpRequest) -> bytes | None:
    draft = drafts.find(person(request), WHOLE)
    return base64.b64decode(draft.data["file"]) if draft else None


def show(request: HttpRequest, form: UploadForm, read: Upload | None = None) -> HttpResponse:
    unusual = read.unusual if read and not read.errors else []
    context: dict[str, Any] = frame(request, "readings") | {
        "form": form,
        "read": read,
        "unusual": unusual[:SHOWN],
        "unusual_count": len(unusual),
        "most": MOST_ROWS,
    }
    return render(request, "portal/readings_upload.html", context)


@CUSTOMER
@require_safe
def template(request: HttpRequest) -> HttpResponse:
    """A file to fill in, with the person's own supplies."""
    content = example(sheets_of_all(request))
    return HttpResponse(
        content,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": content_disposition_header(True, _("readings.csv")) or "attachment"},
    )
