"""Bar charts drawn on the server: geometry here, the drawing in a template, the table always beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

HALF, WHOLE = 500, 1000  # widths of a chart in half a page and in a whole one
HEIGHT = 240
LEFT, TOP, BOTTOM = 60, 12, 28
STEPS = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One place on the axis: this year's value beside last year's, None where there is none.

    ``axis`` is the short name below the bars, ``label`` the whole one in the table, ``note`` what the table adds to it.
    """

    axis: str
    label: str
    value: Decimal | None
    before: Decimal | None = None
    estimated: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Box:
    x: float
    y: float
    width: float
    height: float
    style: str


@dataclass(frozen=True, slots=True)
class Tick:
    y: float
    value: Decimal


@dataclass(frozen=True, slots=True)
class Label:
    x: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    boxes: list[Box]
    ticks: list[Tick]
    labels: list[Label]
    width: int
    height: int = HEIGHT
    left: int = LEFT


def nice_step(largest: float, ticks: int = 4) -> float:
    """A round distance between about ``ticks`` lines up to ``largest``."""
    rough = max(largest, 1e-9) / ticks
    power = 10.0 ** (len(str(int(rough))) - 1) if rough >= 1 else 1.0
    return next((step * power for step in STEPS if step * power >= rough), 10 * power)


def bar_chart(bars: Sequence[Bar], *, width: int = HALF) -> Chart:
    """Bars from zero up; a negative value (a correction) is drawn as none and stands in the table."""
    largest = max((float(value or 0) for bar in bars for value in (bar.value, bar.before)), default=1.0)
    step = nice_step(largest)
    top = step * max(1, -(-largest // step))
    room = HEIGHT - TOP - BOTTOM

    def height(value: Decimal) -> float:
        return round(max(float(value), 0.0) / top * room, 1)

    slot = (width - LEFT) / max(len(bars), 1)
    thick = round(min(slot * 0.36, 36), 1)
    beside = 1 if any(bar.before is not None for bar in bars) else -thick / 2  # alone it stands in the middle
    boxes, labels = [], []
    for place, bar in enumerate(bars):
        middle = LEFT + slot * (place + 0.5)
        for value, x, style in (
            (bar.before, middle - thick - 1, "before"),
            (bar.value, middle + beside, "estimated" if bar.estimated else "now"),
        ):
            if value is not None and value > 0:
                tall = height(value)
                boxes.append(Box(round(x, 1), round(TOP + room - tall, 1), thick, tall, style))
        labels.append(Label(round(middle, 1), bar.axis))
    count = round(top / step)
    ticks = [Tick(round(TOP + room - room * n / count, 1), Decimal(str(step * n))) for n in range(count + 1)]
    return Chart(boxes=boxes, ticks=ticks, labels=labels, width=width)
