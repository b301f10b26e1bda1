"""What was used at one supply: by month in a chart beside the year before, and reading by reading in a table."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from django.core.paginator import Paginator
from django.db.models import TextField
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from sportello.billing.services import SERVICES
from sportello.desks.policies import CUSTOMER
from sportello.desks.portal.consumption_charts import charts
from sportello.desks.portal.page import frame, person_of, today
from sportello.desks.portal.rows import short_label
from sportello.domain.customers.counting import Dial, counting, dials_of, factor
from sportello.domain.customers.filters import PeriodChoice
from sportello.domain.customers.history import Line, by_period, lines_of
from sportello.domain.customers.models import Invoice, Meter, MeterReading, Supply, Usage
from sportello.domain.customers.models.meters import Measure, ReadingOrigin, RegisterRole
from sportello.domain.customers.models.parties import Service
from sportello.prepared import SOMEBODY, Prepared, Slot

PAGE: Final = 50

CODE: Final = Slot("code", TextField())
SUPPLY = Prepared(
    lambda: Supply.objects.within_reach_of(SOMEBODY).select_related("customer").filter(code=CODE).order_by()
)
METERS = Prepared(lambda: Meter.objects.within_reach_of(SOMEBODY).filter(supply_id=CODE))
READINGS = Prepared(lambda: MeterReading.objects.within_reach_of(SOMEBODY).filter(supply_id=CODE))
USAGE = Prepared(lambda: Usage.objects.within_reach_of(SOMEBODY).filter(supply_id=CODE).newest_first())
INVOICES = Prepared(
    lambda: (
        Invoice.objects.within_reach_of(SOMEBODY)
        .filter(number__any=Slot("numbers", TextField()))
        .order_by()
        .values_list("number")
    )
)


@CUSTOMER
@require_safe
def consumption(request: HttpRequest, code: str) -> HttpResponse:
    """The last twelve months, a year or all of it."""
    person = person_of(request).pk
    supply = SUPPLY.first(user=person, code=code)
    if supply is None:
        raise Http404
    unit = SERVICES[supply.service].unit
    meters = METERS(user=person, code=code)
    lines = lines_of(meters, READINGS(user=person, code=code), unit=unit)
    usage = USAGE(user=person, code=code)
    days = [*(line.read_on for line in lines), *(used.period_to for used in usage)]
    wanted = PeriodChoice(request.GET, days=days, today=today())
    # A supply has either meters or usage; where it has both, the meters tell more.
    shown = [line for line in reversed(lines) if wanted.span.covers(line.read_on)]
    used = [] if lines else by_period(one for one in usage if wanted.span.covers(one.period_to))
    page = Paginator(shown or used, PAGE).get_page(request.GET.get("page"))
    rows = shown[page.start_index() - 1 : page.end_index()] if shown else []
    measures = {one.measure for one in usage}
    context = frame(request, "supplies", [supply.customer]) | {
        "supply": supply,
        "unit": unit,
        "label": short_label(supply),
        "filter": wanted,
        "anything": bool(days),
        "page": page,
        "rows": rows,
        "used": [] if rows else page.object_list,
        "heading": heading(supply, lines),
        "measures": [(measure, label) for measure, label in Measure.choices if measure in measures],
        "charts": charts(lines, usage, wanted.span, unit=unit),
        "conversion": conversion(meters, lines, unit=unit),
        "banded": any(line.count.bands for line in shown),
        "with_page": invoices_of(person, rows),
        "origins": dict(ReadingOrigin.choices),
        "roles": dict(RegisterRole.choices),
    }
    return render(request, "portal/consumption.html", context)


def heading(supply: Supply, lines: Sequence[Line]) -> str:
    """What is shown of this supply, in a word."""
    if supply.service == Service.TELEPHONY:
        return _("Traffic")
    return _("Deliveries") if supply.tank_litres is not None and not lines else _("Consumption")


def invoices_of(user: int, lines: Iterable[Line]) -> set[str]:
    """Which of the invoices that used these readings have a page here."""
    numbers = sorted({line.invoice_number for line in lines if line.invoice_number})
    return {number for (number,) in INVOICES(user=user, numbers=numbers)} if numbers else set()


@dataclass(frozen=True, slots=True)
class Conversion:
    """How what a dial counts becomes what invoices count. ``coefficient`` is None where billing does not say."""

    dial: Dial
    coefficient: Decimal | None
    example: Line | None


def conversion(meters: Iterable[Meter], lines: Sequence[Line], *, unit: str) -> Conversion | None:
    """Of the meter that was read last, else of the newest one; None where several dials count, or none."""
    by_code = {meter.code: meter for meter in sorted(meters, key=lambda meter: (str(meter.installed_on), meter.code))}
    read = [line.meter_code for line in lines if line.meter_code in by_code]
    code = (read or list(by_code))[-1:]
    ways = counting(dials_of(by_code[code[0]].registers)) if code else []
    if not ways or len(ways[0]) > 1:
        return None
    dial = ways[0][0]
    examples = [line for line in lines if line.meter_code == code[0] and is_example(line)]
    return Conversion(dial, factor(dial, unit), examples[-1] if examples else None)


def is_example(line: Line) -> bool:
    """Whether billing counted as the sentence says: it may round, and it may know more than the readings show."""
    if not line.count.difference or line.count.total is None or line.consumption is None:
        return False
    return line.count.difference > 0 and abs(line.consumption - line.count.total) < 1
