from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sportello.ui.charts import HALF, LEFT, TOP, WHOLE, Bar, bar_chart, nice_step


def bar(value: str | None, before: str | None = None, **fields) -> Bar:
    here, earlier = (None if number is None else Decimal(number) for number in (value, before))
    return Bar(axis="Oct", label="October 2026", value=here, before=earlier, **fields)


def test_heights_are_in_proportion_and_stand_on_one_line():
    chart = bar_chart([bar("100", "50"), bar("200")])
    before, small, large = chart.boxes
    assert [box.style for box in chart.boxes] == ["before", "now", "now"]
    assert small.height == pytest.approx(2 * before.height, abs=0.2)
    assert large.height == pytest.approx(2 * small.height, abs=0.2)
    assert len({round(box.y + box.height) for box in chart.boxes}) == 1


def test_an_estimated_bar_has_its_own_style():
    assert [box.style for box in bar_chart([bar("1", estimated=True)]).boxes] == ["estimated"]


@pytest.mark.parametrize("value", ["0", "-12.5", None])
def test_nothing_and_less_than_nothing_are_not_drawn(value):
    chart = bar_chart([bar(value), bar("10")])
    assert len(chart.boxes) == 1
    assert len(chart.labels) == 2


def test_where_there_is_no_year_before_bars_stand_in_the_middle():
    for bars, ahead in (([bar("1"), bar("2")], 0), ([bar("1"), bar("2", "3")], 1)):
        chart = bar_chart(bars)
        middles = [box.x + box.width / 2 for box in chart.boxes if box.style == "now"]
        apart = [middle - label.x for middle, label in zip(middles, chart.labels, strict=True)]
        assert apart == pytest.approx([ahead * (chart.boxes[0].width / 2 + 1)] * 2, abs=0.2)


@pytest.mark.parametrize("bars", [[], [bar("0")], [bar(None)], [bar("-1", "-2")]])
def test_a_chart_of_nothing_can_be_drawn(bars):
    chart = bar_chart(bars)
    assert chart.boxes == []
    assert len(chart.ticks) >= 2


@pytest.mark.parametrize(
    ("largest", "step"),
    [
        (0, 1),
        (0.3, 1),
        (3, 1),
        (4, 1),
        (5, 2),
        (10, 2.5),
        (40, 10),
        (41, 20),
        (205, 100),
        (999, 250),
        (1000, 250),
        (1001, 500),
    ],
)
def test_steps_are_round(largest, step):
    assert nice_step(largest) == step


values = st.decimals(min_value="-1000", max_value="9999999", places=3)


@given(st.lists(st.builds(Bar, axis=st.just("x"), label=st.just("x"), value=st.none() | values, before=st.none() | values), max_size=13),
       st.sampled_from([HALF, WHOLE]))  # fmt: skip
def test_nothing_is_drawn_outside(bars, width):
    chart = bar_chart(bars, width=width)
    for box in chart.boxes:
        assert box.x >= LEFT
        assert box.x + box.width <= width + 0.2
        assert box.y >= TOP - 0.2
        assert 0 <= box.height <= chart.height
    assert all(0 <= tick.y <= chart.height for tick in chart.ticks)
    assert 2 <= len(chart.ticks) <= 6
    assert chart.ticks[-1].value >= max([one.value or Decimal(0) for one in bars], default=Decimal(0))
