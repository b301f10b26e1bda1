"""The page of statistics: numbers that lead to their lists, and files that a spreadsheet program opens."""

import io
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from sportello.domain.activities.models import Terms
from tests import asking, factories
from tests.asking import plain

PATH = "/staff/statistics/"
TODAY = factories.NOW.date()


@pytest.fixture
def some(db) -> None:
    office = None
    asking.asked("A-26000001", "C1", days=20, limit_on=TODAY - timedelta(days=3))
    asking.asked("A-26000002", "C2", days=9, kind="complaint", channel="telephone")
    asking.asked(
        "A-26000003",
        "C3",
        days=9,
        kind="complaint",
        status="executed",
        executed_at=factories.NOW,
        limit_on=TODAY,
        office=office,
    )


def test_each_number_leads_to_a_list_of_as_many(manager, some):
    for by in ("kind", "channel", "service", "status", "month", "week", "day", "owner", "office", "term"):
        page = manager.get(PATH, {"by": by}).content.decode()
        links = re.findall(r'<a href="(/staff/requests/\?[^"]+)">(\d+)<', page)
        assert links or by == "term", by
        for path, count in links:
            listed = manager.get(path.replace("&amp;", "&")).content.decode()
            assert f'<span class="soft">{count}</span></h1>' in listed, (by, path)


def test_it_says_how_many_were_in_time(manager, some):
    page = plain(manager.get(PATH, {"by": "kind"}))
    for words in (
        "Complaint 2 Complaint 1 1 1 0 100 %",
        "Request for information 1 Request for information 0 1 0 0",
        "Together 3 1 2",
        "Open at the end of the day",
    ):
        assert words in page, words


def test_what_is_not_on_offer_narrows_nothing_and_is_told(manager, some):
    page = plain(manager.get(PATH, {"by": "nonsense", "since": "yesterday", "owner": "0"}))
    assert (
        "This choice is not available" in page and "Enter a day, such as 24/11/2026." in page and "Together 3" in page
    )


def test_a_period_without_any(manager, some):
    assert "Nothing came in within these days." in plain(manager.get(PATH, {"until": "2020-01-01"}))


def test_as_files(manager, some):
    text = manager.get(PATH, {"by": "kind", "as": "csv"})
    assert text.headers["Content-Disposition"].startswith("attachment;")
    assert text.content.decode("utf-8-sig").splitlines()[1] == "Complaint;2;1;1;1;0;100,0;9;9"
    sheet = load_workbook(io.BytesIO(manager.get(PATH, {"by": "kind", "as": "xlsx"}).content)).active
    assert [cell.value for cell in sheet[2]] == ["Complaint", 2, 1, 1, 1, 0, 100, 9, 9]


def test_breached_terms_with_what_is_due(manager, some):
    Terms.objects.create(term="information", valid_from=TODAY - timedelta(days=99), limit=10, indemnity=25)
    lines = manager.get(PATH, {"as": "breaches"}).content.decode("utf-8-sig").splitlines()
    assert len(lines) == 2
    assert lines[1].startswith("A-26000001;Request for information;C1;Gas;04/11/2026;21/11/2026;;3;25")


def test_it_costs_the_same_however_much_there_is(manager, some):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert manager.get(PATH).status_code == 200
        return len(captured)

    queries()
    few = queries()
    for number in range(10, 40):
        asking.asked(f"A-260001{number}", f"C{number}")
    assert queries() <= few <= 16
