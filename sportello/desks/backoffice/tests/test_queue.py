"""The list of self-readings that wait for a decision."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sportello.desks.backoffice.tests import waiting
from sportello.domain.activities.kinds.self_reading import wording

QUEUE = "/staff/readings/"


def numbers(client, question: str = "") -> list[str]:
    return re.findall(r"<a href=\"/staff/readings/(A-\d+)/", client.get(QUEUE + question).content.decode())


def text(client, path: str = QUEUE) -> str:
    page = client.get(path).content.decode()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page[page.index("<main") :]))


def test_the_oldest_comes_first_with_a_true_count(paolo):
    for count, days in enumerate((1, 9, 4), start=1):
        waiting.waiting(f"C{count}", f"A-2600000{count}", days=days)
    waiting.waiting("C4", "A-26000004", attention="")  # not for an operator
    assert numbers(paolo) == ["A-26000002", "A-26000003", "A-26000001"]
    assert "Self-readings to decide 3" in text(paolo)


def test_the_count_is_of_all_not_of_the_page(paolo, monkeypatch):
    monkeypatch.setattr("sportello.desks.backoffice.queue.PAGE", 2)
    for count in range(1, 6):
        waiting.waiting(f"C{count}", f"A-2600000{count}", days=10 - count)
    assert "Self-readings to decide 5" in text(paolo)
    assert numbers(paolo, "?page=3") == ["A-26000005"]


def test_a_row_says_all_that_matters(paolo):
    waiting.waiting(days=3)
    row = text(paolo)
    for words in (
        "Anna Verdi C1",
        "Gas, Via Grandi 39",
        "04612 → 04466",
        "25 to 170 Smc",
        "Less than the last",
        "3 days ago",
        "21/11/2026",
    ):
        assert words in row, words


def test_each_dial_has_its_line(paolo):
    from tests import factories

    supply = factories.supply(factories.account(factories.customer("C1")), service="electricity")
    factories.meter(supply)
    waiting.reading(
        supply, values={"R-f1": "10", "R-f2": "20", "R-f3": "30"}, previous={"R-f1": "9", "R-f2": "19", "R-f3": "29"}
    )
    assert "F1 000009 → 000010 F2 000019 → 000020 F3 000029 → 000030" in text(paolo)


def test_what_stopped_it_at_billing_is_the_reason(paolo):
    waiting.waiting("C1", "A-26000001", attention="refused")
    waiting.waiting("C2", "A-26000002", attention="dead")
    assert "Refused by billing" in text(paolo)
    assert "Could not be sent to billing" in text(paolo)
    assert "Less than the last reading" not in text(paolo)


def test_the_list_is_narrowed_to_one_reason(paolo):
    waiting.waiting("C1", "A-26000001", reasons=("smaller", "ratio"))
    waiting.waiting("C2", "A-26000002", reasons=("far_high",), days=2)
    waiting.waiting("C3", "A-26000003", attention="refused", reasons=("far_high",))
    assert numbers(paolo, "?reason=smaller") == ["A-26000001"]
    assert numbers(paolo, "?reason=far_high") == ["A-26000002"]
    assert numbers(paolo, "?reason=refused") == ["A-26000003"]
    page = text(paolo, QUEUE + "?reason=far_high")
    assert "Far more than expected (1)" in page and "Refused by billing (1)" in page
    assert "Self-readings to decide 1" in page


def test_the_way_back_keeps_the_reason(paolo):
    waiting.waiting(reasons=("smaller",))
    page = paolo.get(QUEUE + "?reason=smaller").content.decode()
    assert '"/staff/readings/A-26000001/?reason=smaller"' in page
    detail = paolo.get("/staff/readings/A-26000001/?reason=smaller").content.decode()
    assert 'href="/staff/readings/?reason=smaller"' in detail


def test_an_unknown_reason_is_told_beside_the_choice(paolo):
    waiting.waiting()
    assert "This choice is not available" in text(paolo, QUEUE + "?reason=<script>")
    assert numbers(paolo, "?reason=<script>") == ["A-26000001"]


def test_an_empty_list_says_what_will_be_there(paolo):
    assert "Nothing to decide. Here come self-readings" in text(paolo)


def test_every_reason_has_words_for_an_operator():
    assert {"smaller", "equal", "roll_over", "over_flow", "far_high", "far_low"} <= set(wording.REASONS)


def test_a_reading_of_a_meter_that_is_gone_is_shown(paolo):
    waiting.waiting(meter_code="M-GONE", values={"R-9": "77"}, previous={})
    assert "77" in text(paolo)
    assert "77" in text(paolo, "/staff/readings/A-26000001/")


@pytest.mark.parametrize("path", [QUEUE, QUEUE + "?reason=smaller", "/staff/"])
def test_thirty_rows_cost_no_more_queries_than_one(paolo, path):
    paolo.get("/staff/")

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert paolo.get(path).status_code == 200
        return len(captured)

    waiting.waiting("C0", "A-26000100")
    one = queries()
    for count in range(1, 30):
        waiting.waiting(f"C{count}", f"A-260001{count:02}")
    assert queries() <= one <= 12


def test_home_shows_how_many_wait(paolo):
    waiting.waiting()
    assert re.search(r"Self-readings to decide\s+1", text(paolo, "/staff/"))


def test_home_shows_it_only_to_whom_it_concerns(staff):
    waiting.waiting()
    page = staff("agnese", "agent").get("/staff/").content.decode()
    assert "Self-readings" not in page
