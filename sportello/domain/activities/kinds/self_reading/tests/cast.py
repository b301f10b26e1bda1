"""A supply with its meter and what was read on it, and forms filled in for it."""

from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any
from uuid import uuid4

from django.core.files.uploadedfile import SimpleUploadedFile

from sportello.billing.port import Capabilities
from sportello.domain.activities.kinds.self_reading.forms import ReadingForm
from sportello.domain.activities.kinds.self_reading.sheets import sheet_of
from sportello.domain.activities.kinds.self_reading.submitting import submit
from sportello.domain.activities.models import Activity, Channel
from sportello.domain.customers.models import Supply
from sportello.domain.people.models import User
from tests.factories import NOW, access, account, customer, meter, reading, supply, user

TODAY = date(2026, 11, 24)
ENTER = {"electricity": {"R-f1": 1, "R-f2": 1, "R-f3": 1}}


class Billing:
    """A billing system that is asked for nothing but what it can do."""

    def __init__(self, *commands: str) -> None:
        self.capabilities = Capabilities(
            name="test", feed=True, fresh_for=1, invoice_pdf=False, invoice_xml=False, commands=frozenset(commands)
        )


class TakesReadings(Billing):
    def __init__(self) -> None:
        super().__init__("SubmitReading")


class TakesNothing(Billing):
    pass


TAKES_READINGS = f"{__name__}.TakesReadings"
TAKES_NOTHING = f"{__name__}.TakesNothing"


def gas(code: str = "C1", *, who: User | None = None, previous: int | None = 1000, **fields: Any) -> Supply:
    """Gas with 950 Smc a year, read on 31 October at ``previous``."""
    owner = customer(code)
    if who is not None:
        access(who, owner)
    values = {"annual_consumption": Decimal(950), "profile": "C3E", **fields}
    here = supply(account(owner), **values)
    meter(here)
    if previous is not None:
        reading(here, read_on=date(2026, 10, 31), values=previous)
    return here


def anna() -> User:
    return User.objects.filter(username="anna").first() or user("anna", email="anna@example.it")


def form(of: Supply, value: Any = 1100, *, today: date = TODAY, files: Any = None, **data: Any) -> ReadingForm:
    """Filled in for the one dial, or for several by register."""
    values = value if isinstance(value, dict) else {"R-total": value}
    typed = {f"value_{code}": str(number) for code, number in values.items()}
    filled = {"read_on": today.isoformat(), "once": uuid4().hex, **typed, **data}
    return ReadingForm(sheet_of(of, today=today), filled, files, today=today)


def confirmed(of: Supply, value: Any = 1100, **data: Any) -> ReadingForm:
    """The same form, sent a second time with what the first answer asked to confirm."""
    asked = form(of, value, **{**data, "files": None})
    assert asked.is_valid(), asked.errors
    return form(of, value, **{**data, "confirmed": asked.digest, "once": asked.cleaned_data["once"]})


def given(of: Supply, value: Any = 1100, *, by: User | None = None, now: Any = NOW, **data: Any) -> Activity:
    return submit(confirmed(of, value, **data), user=by or anna(), channel=Channel.PORTAL, now=now)


def photo(name: str = "meter.jpg") -> SimpleUploadedFile:
    from PIL import Image

    sink = BytesIO()
    Image.new("RGB", (40, 30), "white").save(sink, "JPEG")
    return SimpleUploadedFile(name, sink.getvalue(), "image/jpeg")


def key_of(activity: Activity) -> str:
    """That of the first command of a request."""
    return f"reading-{activity.number}-{(activity.once or '')[:8]}"
