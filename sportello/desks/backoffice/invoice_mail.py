"""The nightly mailing of invoices: how it goes, its stop and its numbers."""

from dataclasses import asdict

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from sportello.desks.backoffice.invoice_mail_forms import RateForm, TimetableForm
from sportello.desks.policies import ADMINISTRATORS
from sportello.domain.invoice_mail import lanes, nights
from sportello.domain.invoice_mail.models import Rate, Run, Timetable
from sportello.domain.invoice_mail.progress import progress
from sportello.domain.invoice_mail.setting import ChangedMeanwhile, numbers_of, set_timetable

RUNS = 14


@ADMINISTRATORS
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    return page(request)


def page(
    request: HttpRequest,
    *,
    timetable_form: TimetableForm | None = None,
    rate_form: RateForm | None = None,
    meanwhile: bool = False,
) -> HttpResponse:
    """``meanwhile``: somebody else has changed the numbers that were to be saved."""
    now = timezone.now()
    present = Timetable.objects.in_force(now)
    context = {
        "tab": "administration",
        "now": now,
        "progress": progress(now=now),
        "runs": Run.objects.newest_first()[:RUNS],
        "rates": sorted(Rate.objects.in_force(now).items()),
        "timetable_form": timetable_form or TimetableForm(initial=asdict(numbers_of(present))),
        "rate_form": rate_form or RateForm(),
        "seen": present.pk or "",
        "meanwhile": meanwhile,
    }
    return render(request, "backoffice/invoice_mail.html", context, status=409 if meanwhile else 200)


@ADMINISTRATORS
@require_POST
def stop(request: HttpRequest) -> HttpResponse:
    try:
        nights.stop(by_id=request.user.pk, now=timezone.now())
    except nights.NothingToStop:
        messages.error(request, _("No run is under way, or it is stopped already."))
    else:
        messages.success(request, _("The run is stopped: nothing goes out until it is continued."))
    return redirect("invoice_mail")


@ADMINISTRATORS
@require_POST
def go_on(request: HttpRequest) -> HttpResponse:
    try:
        nights.go_on(by_id=request.user.pk, now=timezone.now())
    except nights.NothingToContinue:
        messages.error(request, _("No run is stopped."))
    else:
        messages.success(request, _("The run goes on."))
    return redirect("invoice_mail")


@ADMINISTRATORS
@require_POST
def timetable(request: HttpRequest) -> HttpResponse:
    form = TimetableForm(request.POST)
    if not form.is_valid():
        return page(request, timetable_form=form)
    try:
        set_timetable(form.numbers, seen=form.cleaned_data["seen"], by_id=request.user.pk, now=timezone.now())
    except ChangedMeanwhile:
        return page(request, timetable_form=form, meanwhile=True)
    messages.success(request, _("The hours and numbers are saved; they hold from now on."))
    return redirect("invoice_mail")


@ADMINISTRATORS
@require_POST
def rate(request: HttpRequest) -> HttpResponse:
    form = RateForm(request.POST)
    if not form.is_valid():
        return page(request, rate_form=form)
    domain, per_minute = form.cleaned_data["domain"], form.cleaned_data["domain_per_minute"]
    try:
        lanes.set_rate(domain, per_minute=per_minute, by_id=request.user.pk, now=timezone.now())
    except lanes.WrongDomain:
        form.add_error("domain", _("This is no domain that e-mail can go to."))
        return page(request, rate_form=form)
    messages.success(request, _("The bound of the domain is saved; it holds from now on."))
    return redirect("invoice_mail")
