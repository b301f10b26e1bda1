from datetime import timedelta
from types import SimpleNamespace

import pytest

from sportello.desks.portal import fresh
from sportello.domain.customers.models import Feed, Refresh
from tests.factories import NOW, household


@pytest.fixture
def without_feed(alice, monkeypatch):
    """A billing system that tells of no changes by itself; the customer was read an hour ago."""
    household(who=alice)
    billing = SimpleNamespace(capabilities=SimpleNamespace(name="test", feed=False, fresh_for=60.0))
    monkeypatch.setattr(fresh, "connector", lambda path: billing)
    return Refresh.objects.create(customer_code="C1", as_of=NOW - timedelta(hours=1))


def poll(page) -> str:
    (line,) = page.find("//*[@id='freshness']")
    return line.get("hx-get", "")


def test_it_says_how_old_the_data_are(alice, visit):
    household(who=alice)
    assert "Data as of 10:42 today" in visit("/overview/").text


def test_it_says_the_day_where_it_is_another(alice, visit):
    household(who=alice)
    Feed.objects.update(as_of=NOW - timedelta(days=1))
    assert "Data as of 23/11/2026, 10:42" in visit("/overview/").text


def test_it_says_that_nothing_has_come_yet(alice, visit):
    household(who=alice)
    Feed.objects.all().delete()
    assert "Data have not arrived from billing yet" in visit("/overview/").text


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (timedelta(minutes=2), "Billing is not answering: these are the data of 10:40 today"),
        (timedelta(days=2), "Billing is not answering: these are the data of 22/11/2026, 10:42"),
    ],
)
def test_it_says_in_one_plain_sentence_that_billing_is_away(alice, visit, ago, words):
    household(who=alice)
    Feed.objects.update(as_of=NOW - ago, failing_since=NOW - ago)
    assert words in visit("/invoices/").text


def test_with_a_feed_there_is_nothing_to_wait_for(alice, visit):
    household(who=alice)
    assert poll(visit("/overview/")) == ""


def test_an_open_page_asks_for_newer_data_five_times(without_feed, visit):
    address = poll(visit("/overview/"))
    asked = 0
    while address:
        asked += 1
        assert f"&ask={asked}" in address
        address = poll(visit(address))
    assert asked == 5


def test_a_change_makes_the_page_load_again(without_feed, visit, browser):
    address = poll(visit("/overview/"))
    Refresh.objects.update(as_of=NOW + timedelta(seconds=1), changed_at=NOW + timedelta(seconds=1))
    response = browser.get(address)
    assert (response.status_code, response.headers["HX-Refresh"], response.content) == (204, "true", b"")


def test_newer_data_without_a_change_end_the_asking(without_feed, visit):
    address = poll(visit("/overview/"))
    Refresh.objects.update(as_of=NOW + timedelta(seconds=1))
    page = visit(address)
    assert poll(page) == ""
    assert "Data as of 10:42 today" in page.text


GARBAGE = [
    "", "x", "2026-13-45T99:99:99+00:00", "2026-02-30T10:00:00+01:00", "2026-11-24T10:42:00", "0000-00-00", "2026-11-24",
    "9" * 10_000, "\x00", "<script>", "2026-11-24T10:42:00+99:99", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00",
]  # fmt: skip


@pytest.mark.parametrize("seen", GARBAGE)
@pytest.mark.parametrize("with_feed", [True, False])
def test_whatever_it_is_asked_it_answers(without_feed, visit, monkeypatch, seen, with_feed):
    if with_feed:
        monkeypatch.undo()
    page = visit("/freshness/", seen=seen, ask="1")
    assert "Data as of" in page.text


@pytest.mark.parametrize("ask", ["", "x", "-1", "0.5", "٣", "99", "100", "9" * 10_000, "\x00", " 1"])
def test_asking_cannot_be_made_endless(without_feed, visit, ask):
    assert poll(visit("/freshness/", seen=NOW.isoformat(), ask=ask)) == ""


def test_where_nothing_was_asked_there_is_nothing_to_wait_for(without_feed, visit):
    assert poll(visit("/freshness/")) == ""
