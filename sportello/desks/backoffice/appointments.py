"""Appointments with customers: made from the customer's page, changed and cancelled on their own."""

from datetime import date, datetime, time
from typing import Any, Final, cast
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from sportello.desks.backoffice.for_customer import own_page
from sportello.desks.backoffice.requests.targets import Targets
from sportello.desks.policies import REQUEST_STAFF, customers_of
from sportello.domain.activities import appointments
from sportello.domain.activities.appointments import Agreed, Taken
from sportello.domain.activities.kinds.base import MISSING, NOT_ON_OFFER, ONCE
from sportello.domain.activities.models import Activity, Appointment, Away, IllegalMove
from sportello.domain.customers.models import Customer
from sportello.domain.people.models import User
from sportello.ui.formats import clock

TIMES: Final = ["%H:%M", "%H.%M", "%H"]
FURTHEST: Final = 730  # days ahead
DAY_WORDS = {"invalid": gettext_lazy("Enter a day, such as 24/11/2026."), "required": MISSING}
TIME_WORDS = {"invalid": gettext_lazy("A time such as 10:30."), "required": MISSING}


def time_field(label: Any) -> forms.TimeField:
    return forms.TimeField(
        label=label, input_formats=TIMES, widget=forms.TimeInput(format="%H:%M"), error_messages=TIME_WORDS
    )


class AppointmentForm(forms.Form):
    subject = forms.CharField(label=gettext_lazy("What for"), max_length=120, error_messages={"required": MISSING})
    day = forms.DateField(
        label=gettext_lazy("Day"), widget=forms.DateInput(format="%Y-%m-%d"), error_messages=DAY_WORDS
    )
    starts = time_field(gettext_lazy("From"))
    ends = time_field(gettext_lazy("To"))
    person = forms.ChoiceField(
        label=gettext_lazy("Who goes there"), error_messages={"invalid_choice": NOT_ON_OFFER, "required": MISSING}
    )
    place = forms.CharField(label=gettext_lazy("Place"), max_length=300, error_messages={"required": MISSING})
    note = forms.CharField(
        label=gettext_lazy("Note for colleagues"),
        required=False,
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    anyhow = forms.BooleanField(label=gettext_lazy("All the same"), required=False)
    once = forms.CharField(widget=forms.HiddenInput, max_length=ONCE, required=False)
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any = None, *, colleagues: Targets, **options: Any) -> None:
        self.today = colleagues.today
        super().__init__(data, auto_id="appointment-%s", **options)
        self.people = {str(each.pk): each for each in colleagues.everybody}
        choices = [(code, each.get_full_name()) for code, each in self.people.items()]
        cast(forms.ChoiceField, self.fields["person"]).choices = [("", _("Choose")), *choices]
        self.taken = False

    def clean_day(self) -> date:
        day: date = self.cleaned_data["day"]
        if not 0 <= (day - self.today).days <= FURTHEST:
            raise ValidationError(_("Today or a later day, within two years."))
        return day

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        starts, ends = cleaned.get("starts"), cleaned.get("ends")
        if starts and ends and ends <= starts:
            self.add_error("ends", _("It ends before it begins."))
        return cleaned

    def agreed(self) -> Agreed:
        """After ``is_valid()``."""
        cleaned = self.cleaned_data
        person: User = self.people[cleaned["person"]]

        def at(hour: time) -> datetime:
            return timezone.make_aware(datetime.combine(cleaned["day"], hour))

        return Agreed(
            person=person,
            office=person.office,
            subject=cleaned["subject"],
            place=cleaned["place"],
            note=cleaned["note"],
            starts_at=at(cleaned["starts"]),
            ends_at=at(cleaned["ends"]),
        )

    def tell(self, error: IllegalMove) -> bool:
        """Says beside its field why it cannot be; False where there is nothing to say of the sort."""
        if isinstance(error, Taken):
            self.taken = True
            entry = error.entry
            when = f"{clock(entry.starts_at)}–{clock(entry.ends_at)}" if entry.starts_at and entry.ends_at else ""
            told = _("At %(when)s there is “%(what)s” already. Choose another time, or say below that it may be.")
            self.add_error("starts", told % {"when": when, "what": entry.title})
            return True
        if isinstance(error, Away):
            self.add_error("person", _("This person is not at work then: choose somebody else."))
            return True
        return False


@REQUEST_STAFF
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest, code: str) -> HttpResponse:
    """With a customer; about the request that the question names, where it is his."""
    customer = get_object_or_404(Customer, code=code)
    if customer in customers_of(request):
        return own_page(request, customer)
    user, now = cast(User, request.user), timezone.now()
    activity = Activity.objects.filter(customer=customer, number=request.GET.get("request", "")).first()
    colleagues = Targets(user, timezone.localdate(now))
    if request.method != "POST":
        supply = (activity and activity.supply) or customer.supplies.order_by("code").first()
        initial = {
            "once": uuid4().hex,
            "day": timezone.localdate(now),
            "person": user.pk,
            "place": (supply and supply.address) or customer.address,
        }
        return page(request, customer, AppointmentForm(colleagues=colleagues, initial=initial), activity=activity)
    form = AppointmentForm(request.POST, colleagues=colleagues)
    if form.is_valid():
        once = f"{user.pk}-{form.cleaned_data['once'] or uuid4().hex}"[:ONCE]
        try:
            made = appointments.make(
                customer,
                form.agreed(),
                activity=activity,
                by=user,
                now=now,
                once=once,
                anyhow=form.cleaned_data["anyhow"],
            )
        except (Taken, Away) as error:
            form.tell(error)
        else:
            messages.success(request, _("The appointment is made; everybody concerned is told."))
            return redirect("staff_appointment", made.pk)
    return page(request, customer, form, activity=activity)


@REQUEST_STAFF
@require_http_methods(["GET", "HEAD", "POST"])
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """What has been agreed, to be changed or cancelled."""
    found = Appointment.objects.select_related("customer", "activity", "person", "office")
    kept = get_object_or_404(found, pk=pk)
    if kept.customer in customers_of(request):
        return own_page(request, kept.customer)
    user, now = cast(User, request.user), timezone.now()
    colleagues = Targets(user, timezone.localdate(now))
    form = AppointmentForm(
        request.POST if request.POST.get("verb") == "change" else None, colleagues=colleagues, initial=initial_of(kept)
    )
    too_late = False
    if request.method == "POST":
        try:
            if request.POST.get("verb") == "cancel":
                seen = request.POST.get("seen", "")
                appointments.cancel(pk, seen=int(seen) if seen.isdecimal() else -1, by=user, now=now)
                messages.success(request, _("The appointment is cancelled; everybody concerned is told."))
                return redirect("staff_appointment", pk)
            if form.is_valid():
                cleaned = form.cleaned_data
                seen_ = cleaned["seen"] if cleaned["seen"] is not None else -1
                appointments.change(pk, form.agreed(), seen=seen_, by=user, now=now, anyhow=cleaned["anyhow"])
                messages.success(request, _("The appointment is changed; everybody concerned is told."))
                return redirect("staff_appointment", pk)
        except IllegalMove as error:
            too_late = not (form.is_bound and form.tell(error))
            kept = get_object_or_404(found, pk=pk)
    return page(request, kept.customer, form, activity=kept.activity, kept=kept, too_late=too_late)


def initial_of(kept: Appointment) -> dict[str, Any]:
    starts, ends = timezone.localtime(kept.starts_at), timezone.localtime(kept.ends_at)
    return {
        "subject": kept.subject,
        "day": starts.date(),
        "starts": starts.time(),
        "ends": ends.time(),
        "person": kept.person_id,
        "place": kept.place,
        "note": kept.note,
        "seen": kept.version,
    }


def page(
    request: HttpRequest,
    customer: Customer,
    form: AppointmentForm,
    *,
    activity: Activity | None,
    kept: Appointment | None = None,
    too_late: bool = False,
) -> HttpResponse:
    context = {
        "tab": "plan",
        "customer": customer,
        "form": form,
        "activity": activity,
        "kept": kept,
        "too_late": too_late,
    }
    return render(request, "backoffice/appointment.html", context, status=409 if too_late else 200)
