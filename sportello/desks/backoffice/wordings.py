"""Texts of messages: what an administrator makes of them, looks at, tries on himself, and takes back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from sportello.desks.backoffice.placeholders import placeholders_of
from sportello.desks.backoffice.wording_titles import title_of
from sportello.desks.backoffice.wordings_forms import WordingForm, as_typed
from sportello.desks.policies import ADMINISTRATORS
from sportello.domain.accounts import texts as texts_of_access
from sportello.domain.activities import proof_texts as texts_of_proofs
from sportello.domain.activities import texts as texts_of_requests
from sportello.domain.activities import texts_for_staff
from sportello.domain.activities.kinds.self_reading import texts as texts_of_readings
from sportello.domain.calendars import texts as texts_of_calendars
from sportello.domain.invoice_mail import previewing
from sportello.domain.invoice_mail import texts as texts_of_invoices
from sportello.domain.invoice_mail.previewing import Real
from sportello.domain.journal.models import record
from sportello.domain.messages import previews, wordings
from sportello.domain.messages.addresses import WrongAddress
from sportello.domain.messages.composing import Words, as_text
from sportello.domain.messages.kinds import LANGUAGES, Kind, Text, UnknownKind, kind_named, language_of, registered
from sportello.domain.messages.links import Link
from sportello.domain.messages.models import Wording
from sportello.domain.messages.placeholders import names_in
from sportello.domain.messages.wordings import ChangedMeanwhile, InForce
from sportello.domain.people.models import User

# Where kinds of message are registered: a web process would else know only those that its other pages write.
REGISTERED_IN = (
    texts_of_access,
    texts_of_calendars,
    texts_of_requests,
    texts_for_staff,
    texts_of_proofs,
    texts_of_readings,
    texts_of_invoices,
)
MOST_VERSIONS = 50
BUILT_IN = "built-in"


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """``state`` is past, now or to come; ``wording`` is None for the text that is built in."""

    wording: Wording | None
    state: str
    text: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """How one kind stands in one language. ``present`` is None while the built-in text holds that nobody has changed."""

    language: str
    present: Wording | None
    to_come: Wording | None
    fits: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """``untold`` are placeholders of the built-in text that this one does not use."""

    words: Words
    text: str
    untold: list[str]


# --- the list --------------------------------------------------------------------------------------------------------


@ADMINISTRATORS
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    language = language_of(get_language() or "")
    found = [(title_of(kind, language), kind, cells) for kind, cells in kinds_with_cells(now=timezone.now())]
    rows = [
        (kind, title, kind.texts[language].subject, cells)
        for title, kind, cells in sorted(found, key=lambda row: row[0].casefold())
    ]
    return render(request, "backoffice/wordings.html", {"tab": "administration", "rows": rows})


def kinds_with_cells(*, now: datetime) -> list[tuple[Kind, list[Cell]]]:
    versions = Wording.objects.select_related("by")
    present = {(row.kind, row.language): row for row in versions.present(now)}
    to_come = {(row.kind, row.language): row for row in versions.next(now)}
    return [
        (
            kind,
            [
                cell(kind, language, present.get((kind.name, language)), to_come.get((kind.name, language)))
                for language in LANGUAGES
            ],
        )
        for kind in registered()
    ]


def cell(kind: Kind, language: str, present: Wording | None, to_come: Wording | None) -> Cell:
    fits = present is None or present.built_in or wordings.fits(kind, present.text)
    return Cell(language=language, present=present, to_come=to_come, fits=fits)


def that_do_not_fit(*, now: datetime) -> list[str]:
    """The titles of changed texts that the present program cannot use any more, so that the built-in ones are sent."""
    language = language_of(get_language() or "")
    return [
        title_of(kind, language)
        for kind, cells in kinds_with_cells(now=now)
        for each in cells
        if each.present and not each.fits
    ]


# --- one text --------------------------------------------------------------------------------------------------------


@ADMINISTRATORS
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, text: str) -> HttpResponse:
    """``text`` is the kind's name and the language, as in "request_received-it"."""
    kind, language = kind_and_language(text)
    today = timezone.localdate()
    if request.method != "POST":
        beginning = text_to_begin_with(request, kind, language)
        form = WordingForm(kind, initial=as_typed(beginning), today=today)
        return page(request, kind, language, form, shown=beginning)
    if "built_in" in request.POST:
        return back_to_built_in(request, kind, language)
    form = WordingForm(kind, request.POST, today=today)
    if not form.is_valid():
        return page(request, kind, language, form)
    if "preview" in request.POST:
        return look(request, kind, language, form)
    if "test" in request.POST:
        send_test(request, kind, language, form.text)
        return page(request, kind, language, form, shown=form.text)
    return save(request, kind, language, form)


@ADMINISTRATORS
@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes back a version that does not hold yet. To look here leads to its text, where the button is."""
    version = Wording.objects.versions().filter(pk=pk).first()
    if version is None:
        raise Http404
    if request.method == "POST":
        try:
            wordings.remove(pk, by_id=request.user.pk, now=timezone.now())
        except InForce:
            messages.error(request, _("This text is in force already. Save another one that follows it."))
        else:
            messages.success(request, _("The text that was to come is removed."))
    return redirect("wording", f"{version.kind}-{version.language}")


def look(request: HttpRequest, kind: Kind, language: str, form: WordingForm) -> HttpResponse:
    """With samples, or with an invoice that there is: that somebody looks at one is written down."""
    number = form.cleaned_data.get("invoice", "")
    found = previewing.real(kind, number, language=language) if number else None
    if number and found is None:
        form.add_error("invoice", _("There is no invoice with this number."))
        return page(request, kind, language, form)
    if found:
        record(
            "backoffice.invoice_previewed",
            now=timezone.now(),
            actor_id=request.user.pk,
            about=("invoice", number),
            customer_code=found.invoice.customer_id,
        )
    return page(request, kind, language, form, shown=form.text, asked_for=True, real=found)


def save(request: HttpRequest, kind: Kind, language: str, form: WordingForm) -> HttpResponse:
    try:
        version = wordings.save(
            kind,
            language,
            form.text,
            since=form.since,
            seen_as=form.cleaned_data["seen"],
            by_id=request.user.pk,
            now=timezone.now(),
        )
    except ChangedMeanwhile:
        return page(request, kind, language, form, shown=form.text, meanwhile=True)
    messages.success(request, told(version))
    return redirect("wording", f"{kind.name}-{language}")


def back_to_built_in(request: HttpRequest, kind: Kind, language: str) -> HttpResponse:
    try:
        wordings.save(
            kind,
            language,
            None,
            since=None,
            seen_as=request.POST.get("seen", ""),
            by_id=request.user.pk,
            now=timezone.now(),
        )
    except ChangedMeanwhile:
        beginning = wordings.text_in_force(kind, language, now=timezone.now())
        form = WordingForm(kind, initial=as_typed(beginning), today=timezone.localdate())
        return page(request, kind, language, form, shown=beginning, meanwhile=True)
    messages.success(request, _("The built-in text is in force again."))
    return redirect("wording", f"{kind.name}-{language}")


def send_test(request: HttpRequest, kind: Kind, language: str, text: Text) -> None:
    """Tells how it went by a notice on the page that follows."""
    user = administrator(request)
    try:
        written = previews.send_test(kind, language, text, to=user, link=Link("home"), now=timezone.now())
    except WrongAddress:
        messages.error(request, _("Your login has no e-mail address that a test could go to."))
        return
    words = {"address": user.email}
    if written:
        messages.success(request, _("A test is on its way to %(address)s. Nothing has been saved.") % words)
    else:
        messages.success(request, _("This test has gone to %(address)s just now. Nothing has been saved.") % words)


def page(
    request: HttpRequest,
    kind: Kind,
    language: str,
    form: WordingForm,
    *,
    shown: Text | None = None,
    asked_for: bool = False,
    meanwhile: bool = False,
    real: Real | None = None,
) -> HttpResponse:
    """``shown`` is what the preview is of, ``real`` an invoice to show it with; ``asked_for`` brings it into view.
    ``meanwhile``: somebody else has saved."""
    versions = versions_of(kind, language, now=timezone.now())
    context = {
        "tab": "administration",
        "kind": kind,
        "language": language,
        "title": title_of(kind, language_of(get_language() or "")),
        "form": form,
        # What was on the page that was sent, but where its sender has been told what is there by now.
        "seen": wordings.seen(kind, language) if meanwhile or not form.is_bound else form.data.get("seen", ""),
        "meanwhile": versions[0] if meanwhile else None,
        "placeholders": list(placeholders_of(kind, language)),
        "preview": preview_of(kind, language, shown, real) if shown else None,
        "real": real,
        "asked_for": asked_for,
        "versions": versions,
        "is_changed": any(each.state == "now" and each.wording and not each.wording.built_in for each in versions),
        "address": administrator(request).email,
    }
    return render(request, "backoffice/wording.html", context, status=409 if meanwhile else 200)


def preview_of(kind: Kind, language: str, text: Text, real: Real | None = None) -> Preview:
    """Of a text that has passed its checks."""
    values, name = (real.values, real.name) if real else (None, "")
    words = previews.words(kind, language, text, values=values, name=name)
    used = set().union(*map(names_in, text.pieces()))
    wanted = set().union(*map(names_in, kind.texts[language].pieces()))
    return Preview(words=words, text=as_text(words), untold=[f"{{{name}}}" for name in sorted(wanted - used)])


def versions_of(kind: Kind, language: str, *, now: datetime) -> Sequence[Version]:
    """The newest first, and the built-in text last."""
    found, holds = [], False
    rows = Wording.objects.of(kind.name, language).versions().select_related("by")[:MOST_VERSIONS]
    for row in rows:
        begun = row.valid_from is not None and row.valid_from <= now
        state = "to come" if not begun else "past" if holds else "now"
        holds = holds or begun
        found.append(Version(wording=row, state=state, text=kind.texts[language] if row.built_in else row.text))
    built_in = Version(wording=None, state="past" if holds else "now", text=kind.texts[language])
    return [*found, built_in]


def text_to_begin_with(request: HttpRequest, kind: Kind, language: str) -> Text:
    """What is in force, or the version that was asked for as long as it fits."""
    wanted = request.GET.get("from", "")
    if wanted == BUILT_IN:
        return kind.texts[language]
    if wanted.isdecimal() and len(wanted) < 19:
        row = Wording.objects.of(kind.name, language).versions().filter(pk=int(wanted), built_in=False).first()
        if row and wordings.fits(kind, row.text):
            return row.text
    return wordings.text_in_force(kind, language, now=timezone.now())


def kind_and_language(text: str) -> tuple[Kind, str]:
    name, _dash, language = text.rpartition("-")
    try:
        kind = kind_named(name)
    except UnknownKind:
        raise Http404 from None
    if language not in LANGUAGES:
        raise Http404
    return kind, language


def administrator(request: HttpRequest) -> User:
    """The policy has admitted him."""
    return cast(User, request.user)


def told(version: Wording) -> str:
    if version.valid_from is not None and version.valid_from > timezone.now():
        day = timezone.localdate(version.valid_from)
        return _("The text is saved, to be in force from %(day)s.") % {"day": f"{day:%d/%m/%Y}"}
    return _("The text is saved and in force.")
