"""One self-reading with all that helps to decide on it, and the decision."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from hashlib import sha256
from typing import Any, cast
from urllib.parse import urlencode

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from sportello.billing.services import SERVICES
from sportello.desks.backoffice import own
from sportello.desks.backoffice.decided import ACCEPTED, CORRECTED, REFUSED, decision_on
from sportello.desks.backoffice.decision_forms import AcceptForm, CorrectForm, RefuseForm, Seen
from sportello.desks.backoffice.dials import earlier, lines_of
from sportello.desks.backoffice.queue import in_words, words_of_reasons
from sportello.desks.policies import READING_DECIDERS, READING_STAFF
from sportello.domain.activities.kinds.self_reading import deciding
from sportello.domain.activities.kinds.self_reading.deciding import STOPPED
from sportello.domain.activities.kinds.self_reading.submitting import billing_takes_readings
from sportello.domain.activities.models import IllegalMove, SelfReading
from sportello.domain.activities.models.self_readings import SelfReadingQuerySet
from sportello.domain.customers.models import Meter, MeterReading
from sportello.domain.journal.models import record
from sportello.domain.ledger.reading import rows_about
from sportello.domain.people.models import User

HISTORY = 12  # readings of the supply that are shown


class SeenOtherwise(Exception):
    """The reading is not any more what it was on the page from which the decision comes."""


def all_readings() -> SelfReadingQuerySet:
    """What the staff who look at readings may see, the bytes of photos aside."""
    return SelfReading.objects.select_related("activity__customer", "supply", "replaces__activity")


@READING_STAFF
@require_safe
def detail(request: HttpRequest, number: str) -> HttpResponse:
    """Waiting for a decision or decided on; that somebody has looked is written down."""
    reading = get_object_or_404(all_readings(), activity__number=number)
    if own.is_own(request, reading.activity):
        return own.page(request, reading.activity, tab="readings")
    record(
        "backoffice.reading_seen",
        now=timezone.now(),
        actor_id=request.user.pk,
        about=("activity", number),
        customer_code=reading.activity.customer_code,
    )
    return page(request, reading, forms_for(reading))


@READING_DECIDERS
@require_http_methods(["GET", "HEAD", "POST"])
def decide(request: HttpRequest, number: str) -> HttpResponse:
    """One of three decisions, whichever form was sent. To look here leads to the page with the forms."""
    reading = get_object_or_404(all_readings(), activity__number=number)
    if own.is_own(request, reading.activity):
        return own.page(request, reading.activity, tab="readings")
    if request.method != "POST":
        return redirect(address_of(request, "staff_reading", number))
    choice = request.POST.get("decision", "")
    forms = forms_for(reading, choice, request.POST)
    form = forms.get(choice)
    if form is None or not form.is_valid():
        return page(request, reading, forms, choice=choice)
    try:
        carry_out(choice, form, number=number, by=cast(User, request.user))
    except (SeenOtherwise, IllegalMove):
        return second(request, number, choice, forms)
    messages.success(request, told(choice, number))
    return redirect(address_of(request, "staff_readings"))


def second(request: HttpRequest, number: str, choice: str, forms: Mapping[str, Seen]) -> HttpResponse:
    """Somebody was quicker. Where it was the same person with the same decision, the form was just sent twice."""
    reading = all_readings().get(activity__number=number)
    decision = decision_on(reading)
    same = decision and (decision.by_id, decision.what) == (request.user.pk, choice)
    if same and not waits(reading) and says_the_same(reading, choice, forms[choice]):
        messages.success(request, told(choice, number))
        return redirect(address_of(request, "staff_readings"))
    return page(request, reading, forms, choice=choice, too_late=True)


def says_the_same(reading: SelfReading, choice: str, form: Seen) -> bool:
    """Whether what was decided is what stands in this form."""
    if choice == CORRECTED:
        filled = cast(CorrectForm, form)
        sent = {code: Decimal(value) for code, value in (reading.corrected or {}).items()}
        return sent == dict(filled.values) and reading.activity.answer == filled.cleaned_data["note"]
    return choice != REFUSED or reading.activity.answer == cast(RefuseForm, form).answer


@transaction.atomic
def carry_out(choice: str, form: Seen, *, number: str, by: User) -> None:
    """Raises SeenOtherwise, and IllegalMove where there is nothing (more) to decide."""
    reading = deciding.lock(number)
    if form.cleaned_data["seen"] != seen(reading):
        raise SeenOtherwise
    DECISIONS[choice](reading, form, by)


def accept(reading: SelfReading, form: Seen, by: User) -> None:
    number = reading.activity.number
    verb = deciding.replay if reading.activity.attention in STOPPED else deciding.accept
    verb(number, by=by, now=timezone.now())


def correct(reading: SelfReading, form: Seen, by: User) -> None:
    filled = cast(CorrectForm, form)
    note = filled.cleaned_data["note"]
    deciding.correct(reading.activity.number, values=filled.values, note=note, by=by, now=timezone.now())


def refuse(reading: SelfReading, form: Seen, by: User) -> None:
    answer = cast(RefuseForm, form).answer
    deciding.refuse(reading.activity.number, answer=answer, by=by, now=timezone.now())


DECISIONS: dict[str, Callable[[SelfReading, Seen, User], None]] = {
    ACCEPTED: accept,
    CORRECTED: correct,
    REFUSED: refuse,
}


def told(choice: str, number: str) -> str:
    if choice != REFUSED and not billing_takes_readings():
        return _("%(number)s counts as entered into billing.") % {"number": number}
    texts = {
        ACCEPTED: _("%(number)s is on its way to billing."),
        CORRECTED: _("%(number)s is on its way to billing with the corrected values."),
        REFUSED: _("%(number)s is refused; the customer gets your answer."),
    }
    return texts[choice] % {"number": number}


# --- the page --------------------------------------------------------------------------------------------------------


def waits(reading: SelfReading) -> bool:
    return bool(reading.activity.attention)


def seen(reading: SelfReading) -> str:
    """Changes with whatever a decision goes by."""
    activity = reading.activity
    what = (activity.status, activity.attention, reading.key, reading.corrected, reading.values)
    return sha256(repr(what).encode()).hexdigest()


def forms_for(reading: SelfReading, choice: str = "", data: Any = None) -> dict[str, Seen]:
    """One form a decision; ``data`` is of the one that was chosen."""
    initial = {"seen": seen(reading)}
    lines = lines_of(reading, Meter.objects.filter(code=reading.meter_code).first())
    language = reading.activity.of_customer.language

    def sent(what: str) -> Any:
        return data if what == choice else None

    return {
        ACCEPTED: AcceptForm(sent(ACCEPTED), initial=initial, auto_id="accept-%s"),
        CORRECTED: CorrectForm(sent(CORRECTED), lines=lines, initial=initial, auto_id="correct-%s"),
        REFUSED: RefuseForm(sent(REFUSED), language=language, initial=initial, auto_id="refuse-%s"),
    }


def page(
    request: HttpRequest, reading: SelfReading, forms: Mapping[str, Seen], *, choice: str = "", too_late: bool = False
) -> HttpResponse:
    activity, supply = reading.activity, reading.supply
    meters = Meter.objects.filter(supply=supply).in_bulk()
    meter = meters.get(reading.meter_code)
    history = MeterReading.objects.filter(supply=supply).newest_first()[:HISTORY]
    context = {
        "tab": "readings",
        "today": timezone.localdate(),
        "reading": reading,
        "activity": activity,
        "customer": activity.customer,
        "supply": supply,
        "service": SERVICES[supply.service],
        "meter": meter,
        "lines": lines_of(reading, meter),
        "reasons": in_words(reading.reasons),
        "history": [earlier(each, meters) for each in history],
        "row": rows_about("activity", [activity.number]).get(activity.number),
        "decision": None if waits(reading) and not too_late else decision_on(reading),
        "waits": waits(reading),
        "by_hand": not billing_takes_readings(),
        "stopped": activity.attention in STOPPED,
        "may_decide": READING_DECIDERS.admits(request),
        "forms": forms,
        "failed": forms.get(choice),
        "too_late": too_late,
        "seen": seen(reading),
        "queue": address_of(request, "staff_readings"),
        "here_to_decide": address_of(request, "staff_decide_reading", activity.number),
    }
    return render(request, "backoffice/reading.html", context, status=409 if too_late else 200)


def address_of(request: HttpRequest, name: str, *args: str) -> str:
    """With the reason that the list was narrowed to, so that one comes back to the same list."""
    reason = request.GET.get("reason", "")
    question = f"?{urlencode({'reason': reason})}" if reason in words_of_reasons() else ""
    return reverse(name, args=args) + question
