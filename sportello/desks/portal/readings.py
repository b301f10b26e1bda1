"""Reading the meter: which supplies can be read, and the form for one of them up to its receipt."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Case, IntegerField, QuerySet, Value, When
from django.forms import BoundField, DateField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from sportello.billing.services import SERVICES
from sportello.desks.limits import PHOTOS_OF_USER, READINGS_OF_USER
from sportello.desks.policies import CUSTOMER, customers_of
from sportello.desks.portal import dials
from sportello.desks.portal.page import frame, today
from sportello.domain.activities.kinds.self_reading import drafts
from sportello.domain.activities.kinds.self_reading.forms import ReadingForm, Warned
from sportello.domain.activities.kinds.self_reading.profiles import share_between
from sportello.domain.activities.kinds.self_reading.reminding import is_wanted
from sportello.domain.activities.kinds.self_reading.sheets import Sheet, sheet_of, sheets_of
from sportello.domain.activities.kinds.self_reading.submitting import ChangedMeanwhile, opened_before, submit
from sportello.domain.activities.kinds.self_reading.wording import NOTHING_TO_READ, READ_TODAY
from sportello.domain.activities.models import Activity, Channel, Draft
from sportello.domain.customers.models import Supply
from sportello.domain.customers.models.parties import Service, SupplyStatus
from sportello.domain.people.models import User

PAGE = 30
LONGEST_KEPT = 2_000  # characters of one field of a draft
A_MOMENT = timedelta(minutes=1)
CHANGED = gettext_lazy(
    "Something about this meter has changed just now. Please check what you typed and send it again."
)
form_page = require_http_methods(["GET", "HEAD", "POST"])


def person(request: HttpRequest) -> User:
    return cast(User, request.user)


# --- which can be read -----------------------------------------------------------------------------------------------


@CUSTOMER
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Every supply: what is wanted of it now and what it showed last, or why there is nothing to read."""
    page = Paginator(readable_first(request), PAGE).get_page(request.GET.get("page"))
    sheets = [as_it_stands(sheet) for sheet in sheets_of(list(page.object_list), today=today())]
    context = frame(request, "readings") | {
        "page": page,
        "to_read": sorted((sheet for sheet in sheets if not sheet.why_not), key=urgency),
        "not_to_read": [sheet for sheet in sheets if sheet.why_not],
        "names": {customer.code: customer.name for customer in customers_of(request)},
        "why_not": NOTHING_TO_READ,
        "wanted": is_wanted,
        "on_dial": dials.on_dial,
    }
    return render(request, "portal/readings.html", context)


def as_it_stands(sheet: Sheet) -> Sheet:
    """For who has typed nothing yet: where no day is left to be read on, there is nothing to read either."""
    if not sheet.why_not and sheet.earliest and sheet.earliest > sheet.latest:
        return replace(sheet, why_not=READ_TODAY)
    return sheet


def readable_first(request: HttpRequest) -> QuerySet[Supply]:
    """Supplies within reach: those that have a meter and run come before those that have none or have ended."""
    last = Case(
        When(service=Service.TELEPHONY, then=Value(2)),
        When(status=SupplyStatus.CLOSED, then=Value(3)),
        When(status=SupplyStatus.ACTIVATING, then=Value(1)),
        default=Value(0),
        output_field=IntegerField(),
    )
    return Supply.objects.within_reach_of(request.user).annotate(last=last).order_by("last", "code")


def urgency(sheet: Sheet) -> tuple[bool, date]:
    """What is wanted and has not been given comes first, what closes soonest before the rest."""
    return not is_wanted(sheet), sheet.window.closes or date.max


# --- one supply ------------------------------------------------------------------------------------------------------


@CUSTOMER
@form_page
def one(request: HttpRequest, supply: str) -> HttpResponse:
    """The form; what is unusual is shown again to be confirmed; then the receipt."""
    sheet = sheet_of(supply_of(request, supply), today=today())
    if request.method != "POST":
        return form_anew(request, as_it_stands(sheet))
    count_try(request)
    form = filled_form(request, sheet)
    if done := opened_before(form, person(request)):
        say_received(request, done, form)
        return redirect("request", done.number)
    if form.errors or form.needs_confirmation:
        return ask_again(request, sheet, form)
    try:
        activity = submit(form, user=person(request), channel=Channel.PORTAL, now=timezone.now())
    except ChangedMeanwhile:
        messages.warning(request, CHANGED)
        fresh = sheet_of(sheet.supply, today=today())
        return ask_again(request, fresh, filled_form(request, fresh))
    say_received(request, activity, form)
    return redirect("request", activity.number)


def count_try(request: HttpRequest) -> None:
    """Raises TooManyTries."""
    user = str(person(request).pk)
    READINGS_OF_USER.count(user)
    if request.FILES.get("photo"):
        PHOTOS_OF_USER.count(user)


def filled_form(request: HttpRequest, sheet: Sheet) -> ReadingForm:
    """As it was sent, and judged."""
    if photo := request.FILES.get("photo"):
        photo.seek(0)  # it may have been looked at before
    form = ReadingForm(sheet, request.POST, request.FILES, today=today())
    form.is_valid()
    return form


def ask_again(request: HttpRequest, sheet: Sheet, form: ReadingForm) -> HttpResponse:
    """Shows what is wrong, or what is unusual; what was typed is kept for later as well."""
    if sheet.why_not:
        return not_now(request, sheet)
    keep(request, sheet)
    of_second_page = "confirmed" in request.POST and set(form.errors) <= {"photo", "note"}
    if (form.errors and of_second_page) or form.needs_confirmation:
        return ask_to_confirm(request, sheet, form)
    return show(request, sheet, form, "reading", draft=None)


def not_now(request: HttpRequest, sheet: Sheet) -> HttpResponse:
    return render(request, "portal/reading_not.html", sheet_context(request, sheet) | {"why_not": NOTHING_TO_READ})


def say_received(request: HttpRequest, activity: Activity, form: ReadingForm) -> None:
    """A form that is sent again has no second effect, and says so where other numbers stand in it."""
    number = {"number": activity.number}
    if is_same(activity, form):
        messages.success(request, _("We have received your reading. Your request is number %(number)s.") % number)
    else:
        messages.warning(
            request,
            _("With this form you had sent a reading already, request %(number)s, and that one holds. "
              "For another one please open the form anew.") % number,
        )  # fmt: skip


def is_same(activity: Activity, form: ReadingForm) -> bool:
    sent = activity.self_reading
    typed = {code: value for code, value in form.values.items() if value is not None}
    same_values = {code: Decimal(value) for code, value in sent.values.items()} == typed
    return same_values and sent.read_on == form.cleaned_data.get("read_on")


def supply_of(request: HttpRequest, code: str) -> Supply:
    """Raises Http404 for a foreign supply as for one that is not there."""
    return get_object_or_404(Supply.objects.within_reach_of(request.user).select_related("customer"), code=code)


def form_anew(request: HttpRequest, sheet: Sheet) -> HttpResponse:
    """With what was typed into it last time and never sent, if anything was."""
    if sheet.why_not:
        return not_now(request, sheet)
    draft = drafts.find(person(request), sheet.supply.code)
    if draft and is_sent(draft, sheet):
        draft = None
    form = ReadingForm(sheet, today=today(), initial=kept_values(draft, sheet) if draft else None)
    return show(request, sheet, form, "reading", draft=draft)


def kept_values(draft: Draft, sheet: Sheet) -> dict[str, str]:
    """Of a draft, only what this form still asks."""
    names = field_names(sheet)
    return {name: str(value) for name, value in draft.data.items() if name in names}


def is_sent(draft: Draft, sheet: Sheet) -> bool:
    """The page may have kept it a moment after the form was sent."""
    if not sheet.own or sheet.own[0].activity.opened_at < draft.updated_at - A_MOMENT:
        return False
    values = sheet.own[0].values
    return all(
        draft.data.get(dial.field, "").lstrip("0") == values.get(dial.code, "").lstrip("0") for dial in sheet.dials
    )


def field_names(sheet: Sheet) -> list[str]:
    return ["read_on", "note", *(dial.field for dial in sheet.dials)]


def show(request: HttpRequest, sheet: Sheet, form: ReadingForm, template: str, **more: Any) -> HttpResponse:
    context = sheet_context(request, sheet) | {
        "form": form,
        "day": typed_day(form["read_on"], sheet),
        "photo_again": bool(request.FILES.get("photo")),
    }
    return render(request, f"portal/{template}.html", context | more)


def ask_to_confirm(request: HttpRequest, sheet: Sheet, form: ReadingForm) -> HttpResponse:
    """What was typed and why it is unusual; a photo or a note that is wrong has its message there."""
    judged = form if not form.errors else ReadingForm(sheet, request.POST, today=today())
    judged.is_valid()
    return show(request, sheet, form, "reading_confirm", unusual=unusual(judged))


def sheet_context(request: HttpRequest, sheet: Sheet) -> dict[str, Any]:
    return frame(request, "readings", [sheet.supply.customer]) | {
        "sheet": sheet,
        "supply": sheet.supply,
        "service": SERVICES[sheet.supply.service],
        "on_dial": dials.on_dial,
        "drawings": {dial.code: dials.drawing(dial) for dial in sheet.dials},
        "red": dials.has_red_digits(sheet),
        "bands": dials.has_bands(sheet),
    }


@dataclass(frozen=True, slots=True)
class TypedDay:
    """The day's field: ``kind`` is "date" with a day as browsers write it, or "text" with whatever was typed."""

    kind: str
    value: str
    is_today: bool


def typed_day(field: BoundField, sheet: Sheet) -> TypedDay:
    typed = field.value()
    try:
        day = cast(DateField, field.field).to_python(typed)
    except ValidationError:
        day = None
    if day is None:
        return TypedDay("text" if typed else "date", str(typed or ""), is_today=False)
    return TypedDay("date", day.isoformat(), day == sheet.latest)


# --- what is unusual about it ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Unusual:
    """What is told before it is confirmed; sums in whole units of the service, None where nobody can say.

    ``times`` is how many times what was expected it is, None where that is less than two. ``digest`` is what confirms it.
    """

    warnings: Sequence[Warned]
    kept: bool
    since: date | None
    used: Decimal | None
    low: Decimal | None
    high: Decimal | None
    times: Decimal | None
    digest: str


def unusual(form: ReadingForm) -> Unusual | None:
    """None for a form that has errors."""
    judged = form.judgement
    if judged is None or judged.errors:
        return None
    used, before = judged.consumption, judged.measured_against
    return Unusual(
        warnings=form.warnings,
        kept=judged.verdict == "kept",
        since=before.read_on if before else None,
        used=in_whole_units(used),
        low=in_whole_units(judged.low),
        high=in_whole_units(judged.high),
        times=None
        if used is not None and judged.high is not None and used <= judged.high
        else times_expected(form.sheet, used, before.read_on if before else None, form.cleaned_data["read_on"]),
        digest=form.digest,
    )


def in_whole_units(amount: Decimal | None) -> Decimal | None:
    return None if amount is None else amount.quantize(Decimal(1))


def times_expected(sheet: Sheet, used: Decimal | None, since: date | None, until: date) -> Decimal | None:
    if used is None or since is None or sheet.annual is None:
        return None
    expected = sheet.annual * share_between(sheet.shares, after=since, until=until)
    times = (used / expected).quantize(Decimal(1)) if expected > 0 else Decimal(0)
    return times if times >= 2 else None


# --- forms that are not sent -----------------------------------------------------------------------------------------


@CUSTOMER
@form_page
def draft(request: HttpRequest, supply: str) -> HttpResponse:
    """What stands in the form now, kept for later; or forgotten, for who begins again. Opened, it leads to the form."""
    sheet = sheet_of(supply_of(request, supply), today=today())
    if "discard" in request.POST:
        drafts.forget(person(request), supply)
    if request.method != "POST" or "discard" in request.POST:
        return redirect("reading", supply)
    keep(request, sheet)
    return HttpResponse(status=204)


def keep(request: HttpRequest, sheet: Sheet) -> None:
    """Only what was typed: a form that was never sent has nothing that could be sent twice."""
    keep_typed(request, sheet, prefix="")


def keep_typed(request: HttpRequest, sheet: Sheet, *, prefix: str) -> None:
    """``prefix`` stands before the names of this sheet's fields on a page that has several."""
    typed = {name: request.POST.get(f"{prefix}{name}", "")[:LONGEST_KEPT] for name in field_names(sheet)}
    if any(typed[name] for name in typed if name != "read_on"):
        drafts.keep(person(request), sheet.supply.code, typed, timezone.now())
