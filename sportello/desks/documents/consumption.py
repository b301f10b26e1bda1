"""What was used at one supply as a table to be saved, for the period that the page shows."""

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from sportello.billing.services import SERVICES
from sportello.desks.documents.names import safe
from sportello.desks.policies import CUSTOMER
from sportello.desks.spreadsheets import Cell, csv_of
from sportello.domain.customers.filters import PeriodChoice
from sportello.domain.customers.history import Line, lines_of
from sportello.domain.customers.models import Meter, MeterReading, Supply, Usage
from sportello.domain.customers.models.meters import Measure, ReadingOrigin, RegisterRole, Validation

Table = tuple[list[str], list[list[Cell]]]


@CUSTOMER
@require_safe
def consumption_csv(request: HttpRequest, code: str) -> HttpResponse:
    """All of the period, whatever page is open; in the language of who asks, with Italian numbers."""
    supply = get_object_or_404(Supply.objects.within_reach_of(request.user), code=code)
    meters = Meter.objects.within_reach_of(request.user).filter(supply=supply)
    readings = MeterReading.objects.within_reach_of(request.user).filter(supply=supply)
    lines = lines_of(meters, readings, unit=SERVICES[supply.service].unit)
    usage = list(Usage.objects.within_reach_of(request.user).filter(supply=supply).newest_first())
    days = [*(line.read_on for line in lines), *(used.period_to for used in usage)]
    span = PeriodChoice(request.GET, days=days, today=timezone.localdate()).span
    if lines or not usage:
        head, rows = of_readings(supply, [line for line in reversed(lines) if span.covers(line.read_on)])
    else:
        head, rows = of_usage(supply, [used for used in usage if span.covers(used.period_to)])
    response = HttpResponse(csv_of(head, rows), content_type="text/csv; charset=utf-8")
    name = "-".join([safe(_("consumption")), safe(supply.code)]) + ".csv"
    response.headers["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response.headers["Cache-Control"] = "no-store"
    return response


def of_readings(supply: Supply, lines: Sequence[Line]) -> Table:
    """A column for each dial and for each time band that there is."""
    service = SERVICES[supply.service]
    labels = {role: str(label) for role, label in RegisterRole.choices}
    origins = {origin: str(label) for origin, label in ReadingOrigin.choices}
    dials = list(dict.fromkeys(shown.role or shown.register for line in lines for shown in line.shown))
    bands = sorted({role for line in lines for role, _figure in line.count.bands})
    head = [
        _("Supply"),
        _("Reading date"),
        _("Serial number"),
        *(_("Reading %(dial)s") % {"dial": labels.get(dial, dial)} for dial in dials),
        _("Type of reading"),
        _("Counted"),
        _("Remark"),
        _("Consumption %(unit)s") % {"unit": service.unit},
        *(_("Consumption %(unit)s") % {"unit": f"{service.unit} {labels[band]}"} for band in bands),
        _("Coefficient C"),
        _("Invoice number"),
    ]
    return head, [
        [
            supply.code,
            line.read_on,
            line.serial,
            *(value_of(line, dial) for dial in dials),
            origins.get(line.origin, line.origin),
            _("yes") if line.counts else _("no"),
            remark(line),
            line.consumption,
            *(dict(line.count.bands).get(band) for band in bands),
            line.count.coefficient,
            line.invoice_number,
        ]
        for line in lines
    ]


def value_of(line: Line, dial: str) -> Cell:
    return next((shown.value for shown in line.shown if dial == (shown.role or shown.register)), None)


def remark(line: Line) -> str:
    if line.superseded_by is not None:
        return _("replaced by another reading")
    if line.validation == Validation.REFUSED:
        return ": ".join(part for part in (_("refused by the distributor"), line.validation_reason) if part)
    return {"initial": _("first reading of this meter"), "final": _("last reading of this meter")}.get(
        line.occasion, ""
    )


def of_usage(supply: Supply, usage: Sequence[Usage]) -> Table:
    labels = {measure: str(label) for measure, label in Measure.choices}
    head = [_("Supply"), _("From"), _("To"), _("What"), _("Quantity"), _("Unit")]
    return head, [
        [
            supply.code,
            used.period_from,
            used.period_to,
            labels.get(used.measure, used.measure),
            used.quantity,
            used.unit,
        ]
        for used in usage
    ]
