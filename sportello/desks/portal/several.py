"""The meters of several supplies in one go: a page with all their forms, sent together or not at all."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext

from sportello.desks.limits import READINGS_OF_USER
from sportello.desks.policies import CUSTOMER, customers_of
from sportello.desks.portal import dials
from sportello.desks.portal.page import frame, today
from sportello.desks.portal.readings import (
    CHANGED,
    PAGE,
    TypedDay,
    Unusual,
    as_it_stands,
    form_page,
    is_same,
    is_sent,
    keep_typed,
    kept_values,
    person,
    readable_first,
    say_received,
    typed_day,
    unusual,
)
from sportello.domain.activities.kinds.self_reading import drafts
from sportello.domain.activities.kinds.self_reading.forms import ReadingForm
from sportello.domain.activities.kinds.self_reading.sheets import Sheet, sheets_of
from sportello.domain.activities.kinds.self_reading.submitting import ChangedMeanwhile, opened_before, submit_all
from sportello.domain.activities.models import Activity, Channel, Draft
from sportello.domain.customers.models import Supply


@dataclass(frozen=True, slots=True)
class Line:
    """One supply's form. ``unusual`` is what is to be confirmed, None where nothing is."""

    sheet: Sheet
    form: ReadingForm
    day: TypedDay
    is_wrong: bool
    unusual: Unusual | None


@CUSTOMER
@form_page
def several(request: HttpRequest) -> HttpResponse:
    """A page of supplies at a time; those left empty are left out, and of the others all are sent or none."""
    page = Paginator(readable_first(request), PAGE).get_page(request.GET.get("page"))
    if request.method != "POST":
        return show_anew(request, page)
    READINGS_OF_USER.count(str(person(request).pk))
    forms = [filled_form(request, sheet) for sheet in sheets_on(page)]
    filled = [form for form in forms if is_filled(form)]
    done = [opened_before(form, person(request)) for form in filled]
    if filled and all(done):
        return received_before(request, [activity for activity in done if activity], filled)
    if not filled or any(form.errors or form.needs_confirmation for form in filled):
        keep(request, forms)
        return show(request, page, forms, filled)
    try:
        return receipt(request, submit_all(filled, user=person(request), channel=Channel.PORTAL, now=timezone.now()))
    except ChangedMeanwhile:
        messages.warning(request, CHANGED)
        forms = [filled_form(request, sheet) for sheet in sheets_on(page)]
        return show(request, page, forms, [form for form in forms if is_filled(form)])


def received_before(request: HttpRequest, activities: Sequence[Activity], forms: Sequence[ReadingForm]) -> HttpResponse:
    """The page was sent again: with the same numbers it is received, with others it says which ones hold."""
    other = [(done, form) for done, form in zip(activities, forms, strict=True) if not is_same(done, form)]
    if not other:
        return receipt(request, activities)
    for done, form in other:
        say_received(request, done, form)
    return redirect("requests")


def sheets_on(page: Page[Supply]) -> list[Sheet]:
    """Of this page's supplies, those that can be read."""
    sheets = [as_it_stands(sheet) for sheet in sheets_of(list(page.object_list), today=today())]
    return [sheet for sheet in sheets if not sheet.why_not]


def show_anew(request: HttpRequest, page: Page[Supply]) -> HttpResponse:
    """With what was typed last time, here or on a page of its own, and never sent."""
    sheets = sheets_on(page)
    found = drafts.find_all(person(request), [sheet.supply.code for sheet in sheets])
    known = {sheet.supply.code: sheet for sheet in sheets}
    kept = {code: draft for code, draft in found.items() if not is_sent(draft, known[code])}
    return show(request, page, [anew(sheet, kept.get(sheet.supply.code)) for sheet in sheets], kept=kept.values())


def anew(sheet: Sheet, draft: Draft | None) -> ReadingForm:
    initial = kept_values(draft, sheet) if draft else None
    return ReadingForm(sheet, today=today(), prefix=sheet.supply.code, initial=initial)


@CUSTOMER
@form_page
def draft(request: HttpRequest) -> HttpResponse:
    """What stands in the forms of this page now, kept for later; or forgotten, for who begins again. Opened, it leads to
    the page."""
    page = Paginator(readable_first(request), PAGE).get_page(request.GET.get("page"))
    sheets = sheets_on(page)
    if request.method == "POST" and "discard" not in request.POST:
        keep(request, [filled_form(request, sheet) for sheet in sheets])
        return HttpResponse(status=204)
    if request.method == "POST":
        drafts.forget(person(request), *(sheet.supply.code for sheet in sheets))
    return redirect(f"{reverse('readings_several')}?{urlencode({'page': page.number})}")


def keep(request: HttpRequest, forms: Sequence[ReadingForm]) -> None:
    """Of what was sent already nothing is kept."""
    for form in forms:
        if not opened_before(form, person(request)):
            keep_typed(request, form.sheet, prefix=f"{form.prefix}-")


def filled_form(request: HttpRequest, sheet: Sheet) -> ReadingForm:
    """As it was sent, and judged."""
    form = ReadingForm(sheet, request.POST, today=today(), prefix=sheet.supply.code)
    form.is_valid()
    return form


def is_filled(form: ReadingForm) -> bool:
    """Something was typed for one of its dials."""
    return any(str(form[dial.field].value() or "").strip() for dial in form.sheet.dials)


def show(
    request: HttpRequest,
    page: Page[Supply],
    forms: Sequence[ReadingForm],
    filled: Sequence[ReadingForm] = (),
    kept: Iterable[Draft] = (),
) -> HttpResponse:
    lines = [line(form, told=form in filled) for form in forms]
    wrong = [each for each in lines if each.is_wrong]
    context = frame(request, "readings") | {
        "page": page,
        "kept_at": max((each.updated_at for each in kept), default=None),
        "draft_address": f"{reverse('readings_several_draft')}?{urlencode({'page': page.number})}",
        "lines": lines,
        "wrong": wrong,
        "to_confirm": [] if wrong else [each for each in lines if each.unusual],
        "nothing": request.method == "POST" and not filled,
        "names": {customer.code: customer.name for customer in customers_of(request)},
        "on_dial": dials.on_dial,
    }
    return render(request, "portal/readings_several.html", context)


def line(form: ReadingForm, *, told: bool) -> Line:
    """``told`` says that its errors are shown: an empty form is no wrong one."""
    odd = unusual(form) if told and form.needs_confirmation else None
    return Line(form.sheet, form, typed_day(form["read_on"], form.sheet), told and bool(form.errors), odd)


def receipt(request: HttpRequest, activities: Sequence[Activity]) -> HttpResponse:
    """To the one request, or to the list with all their numbers."""
    numbers = ", ".join(activity.number for activity in activities)
    said = ngettext(
        "We have received your reading: request %(numbers)s.",
        "We have received your %(count)s readings: requests %(numbers)s.",
        len(activities),
    )
    messages.success(request, said % {"count": len(activities), "numbers": numbers})
    return redirect("request", activities[0].number) if len(activities) == 1 else redirect("requests")
