"""Readings that customers have given when the demo begins, by the product's own verbs: kept, refused, billed, under way."""

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw, ImageFont

from sportello.billing.loading import connector
from sportello.connectors.embedded.validating import NEVER_BELIEVED
from sportello.connectors.embedded.working import work
from sportello.domain.activities.kinds.self_reading.forms import ReadingForm
from sportello.domain.activities.kinds.self_reading.settling import settle
from sportello.domain.activities.kinds.self_reading.sheets import Dial, Sheet, sheet_of
from sportello.domain.activities.kinds.self_reading.submitting import submit
from sportello.domain.activities.models import Activity, Channel
from sportello.domain.customers.alignment import align
from sportello.domain.customers.models import Supply
from sportello.domain.ledger import sending
from sportello.domain.people.models import User

HUNDRED = 100
Values = dict[str, Decimal]
Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A reading of a protagonist's gas meter, so many days ago. ``shown`` says what the dials show."""

    who: str
    supply: str
    days_ago: int
    shown: Callable[[Sheet], Values]
    note: str = ""
    photo: bool = False


def as_expected(sheet: Sheet) -> Values:
    """In the middle of what is expected, and nothing that the distributor never believes."""
    return {dial.code: believable(middle(dial)) for dial in sheet.dials}


def not_believed(sheet: Sheet) -> Values:
    """Near what is expected, and yet the distributor will refuse it."""
    end = int(NEVER_BELIEVED)
    return {dial.code: middle(dial) // HUNDRED * HUNDRED + end for dial in sheet.dials}


def misread(sheet: Sheet) -> Values:
    """Less than the last time."""
    return {dial.code: (dial.previous or Decimal(0)) - 60 for dial in sheet.dials}


def middle(dial: Dial) -> Decimal:
    previous = dial.previous or Decimal(0)
    low, high = dial.expected_low or previous, dial.expected_high or previous + 1
    return (low + high) // 2


def believable(value: Decimal) -> Decimal:
    return value + 1 if f"{value:f}".endswith(NEVER_BELIEVED) else value


DONE = (
    Given(who="irene", supply="UT700018001", days_ago=3, shown=as_expected),
    Given(who="ahmed", supply="UT700010001", days_ago=2, shown=not_believed),
)
UNDER_WAY = (
    Given(
        who="luisa",
        supply="UT700008001",
        days_ago=1,
        shown=misread,
        note="Ho controllato due volte, il contatore segna proprio così.",
        photo=True,
    ),
    Given(who="maddalena", supply="UT700012001", days_ago=0, shown=as_expected),
)


def give(*, today: date, clock: Clock) -> None:
    """Gives all of them once; whatever of it is there already stays as it is. Billing has judged and billed the first ones
    when this ends, the last one is left to the worker."""
    if given_before():
        return
    for each in DONE:
        opened(each, today=today, now=clock())
    customers = [customer_of(each) for each in DONE]
    for customer in customers:
        sending.send(customer, clock=clock)
    list(work(now=clock(), after=timedelta(0)))
    align(billing=connector(settings.BILLING_CONNECTOR), now=clock())
    settle(customers, now=clock())
    for each in UNDER_WAY:
        opened(each, today=today, now=clock())


def given_before() -> bool:
    return Activity.objects.filter(supply__in=[each.supply for each in UNDER_WAY]).count() == len(UNDER_WAY)


def customer_of(given: Given) -> str:
    return Supply.objects.values_list("customer_id", flat=True).get(pk=given.supply)


def opened(given: Given, *, today: date, now: datetime) -> Activity:
    """The request, opened as its owner would: who is asked to confirm does so."""
    user = User.objects.get(username=given.who)
    sheet = sheet_of(Supply.objects.get(pk=given.supply), today=today)
    values = given.shown(sheet)
    data = {
        "read_on": (today - timedelta(days=given.days_ago)).isoformat(),
        "note": given.note,
        "once": f"demo-{given.who}",
        **{dial.field: f"{values[dial.code]:f}" for dial in sheet.dials},
    }
    photo = photo_of(values) if given.photo else None
    form = filled(sheet, data, photo, today=today)
    if form.is_valid() and form.needs_confirmation:
        form = filled(sheet, data | {"confirmed": form.digest}, photo, today=today)
    return submit(form, user=user, channel=Channel.PORTAL, now=now)


def filled(sheet: Sheet, data: Mapping[str, str], photo: bytes | None, *, today: date) -> ReadingForm:
    files = {"photo": SimpleUploadedFile("contatore.jpg", photo, "image/jpeg")} if photo else None
    return ReadingForm(sheet, data, files, today=today)


def photo_of(values: Values) -> bytes:
    """The face of a meter, as a photo would show it."""
    image = Image.new("RGB", (960, 640), "#b9bec2")
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((90, 70, 870, 570), 40, fill="#e9ecee", outline="#7c858c", width=6)
    draw.rectangle((180, 220, 780, 360), fill="#16191c")
    text = "  ".join(f"{next(iter(values.values())):05f}".split(".")[0])
    draw.text((480, 290), text, font=ImageFont.load_default(84), fill="#f4f6f7", anchor="mm")
    draw.text((480, 440), "G4   Qmax 6", font=ImageFont.load_default(34), fill="#4a5359", anchor="mm")
    sink = io.BytesIO()
    image.save(sink, "JPEG")
    return sink.getvalue()
