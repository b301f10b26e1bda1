"""A page says how old its data are, asks for newer ones in the background, and waits only the very first time."""

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from procrastinate.contrib.django.models import ProcrastinateJob

from sportello.billing.errors import ForeignRows, Unavailable
from sportello.domain.customers import freshness, tasks
from sportello.domain.customers.freshness import Freshness, data_as_of, look
from sportello.domain.customers.models import Feed, Invoice, Refresh
from sportello.domain.customers.tasks import ask_for_refresh, refresh_customer
from sportello.domain.customers.tests.billing import FakeBilling, company

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
OLD = NOW - timedelta(minutes=10)
RECENT = NOW - timedelta(seconds=10)
SAP = FakeBilling(feed=False)


pytestmark = pytest.mark.django_db


@pytest.fixture
def committing(transactional_db: None) -> Iterator[None]:
    """Rows are really committed, as a page that waits for a worker needs it."""
    yield
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs CASCADE")


def jobs() -> list[str]:
    return list(ProcrastinateJob.objects.order_by("id").values_list("args__customer_code", flat=True))


class TestWithFeed:
    billing = FakeBilling(feed=True)

    def test_all_is_as_old_as_the_feed(self) -> None:
        Feed.objects.create(connector="fake", as_of=OLD)
        assert look(["C-1"], billing=self.billing, now=NOW) == Freshness(as_of=OLD)
        assert data_as_of(["C-1"], billing=self.billing) == Freshness(as_of=OLD)
        assert jobs() == []

    def test_billing_is_away_while_the_feed_fails(self) -> None:
        Feed.objects.create(connector="fake", as_of=OLD, failing_since=RECENT)
        assert look(["C-1"], billing=self.billing, now=NOW) == Freshness(as_of=OLD, away=True)

    def test_before_the_first_reading_nothing_is_known(self) -> None:
        assert look(["C-1"], billing=self.billing, now=NOW) == Freshness(as_of=None)


class TestWithoutFeed:
    def test_recent_data_are_shown_as_they_are(self) -> None:
        Refresh.objects.create(customer_code="C-1", as_of=RECENT, changed_at=OLD)
        with CaptureQueriesContext(connection) as queries:
            assert look(["C-1"], billing=SAP, now=NOW) == Freshness(as_of=RECENT, changed_at=OLD)
        assert len(queries) == 1
        assert jobs() == []

    def test_old_data_are_shown_and_newer_ones_asked_for_once(self) -> None:
        Refresh.objects.create(customer_code="C-1", as_of=OLD)
        began = time.monotonic()
        for _ in range(3):
            assert look(["C-1"], billing=SAP, now=NOW) == Freshness(as_of=OLD, refreshing=True)
        assert time.monotonic() - began < 0.5
        assert jobs() == ["C-1"]

    def test_the_oldest_and_the_last_change_count(self) -> None:
        Refresh.objects.create(customer_code="C-1", as_of=OLD, changed_at=OLD)
        Refresh.objects.create(customer_code="C-2", as_of=RECENT, changed_at=RECENT)
        with CaptureQueriesContext(connection) as queries:
            found = data_as_of(["C-1", "C-2"], billing=SAP)
        assert found == Freshness(as_of=OLD, changed_at=RECENT)
        assert len(queries) == 1

    def test_a_customer_never_read_leaves_the_age_open(self) -> None:
        Refresh.objects.create(customer_code="C-1", as_of=OLD)
        assert data_as_of(["C-1", "C-2"], billing=SAP) == Freshness(as_of=None)
        assert data_as_of([], billing=SAP) == Freshness(as_of=None)

    def test_billing_is_away_where_a_reading_fails(self) -> None:
        Refresh.objects.create(customer_code="C-1", as_of=OLD, failing_since=RECENT, failure="timed out")
        assert data_as_of(["C-1"], billing=SAP).away
        Refresh.objects.update(failure="billing does not know this customer")
        assert not data_as_of(["C-1"], billing=SAP).away

    def test_one_page_asks_for_twenty_customers_at_most_the_oldest_first(self) -> None:
        for number in range(30):
            as_of = OLD - timedelta(minutes=number) if number else None
            Refresh.objects.create(customer_code=f"C-{number}", as_of=as_of)
        look([f"C-{number}" for number in range(30)], billing=SAP, now=NOW)
        assert sorted(jobs()) == sorted(["C-0", *(f"C-{number}" for number in range(11, 30))])

    def test_the_very_first_view_waits_for_the_data(self, committing: None, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(freshness, "LONGEST_WAIT", 20)
        billing = FakeBilling(feed=False, snapshots={"C-1": company(1)})

        def work() -> None:
            deadline = time.monotonic() + 15
            while not jobs() and time.monotonic() < deadline:
                time.sleep(0.01)
            tasks.refresh(billing=billing, customer_code="C-1", now=NOW)
            connections.close_all()

        worker = threading.Thread(target=work)
        worker.start()
        began = time.monotonic()
        found = look(["C-1"], billing=billing, now=NOW)
        assert time.monotonic() - began < 20
        worker.join()
        assert found == Freshness(as_of=NOW, changed_at=NOW)
        assert Invoice.objects.count() == 1

    def test_it_does_not_wait_long(self, committing: None) -> None:
        began = time.monotonic()
        found = look(["C-1"], billing=SAP, now=NOW)
        assert 0.6 < time.monotonic() - began < 1.2
        assert found == Freshness(as_of=None, refreshing=True)
        began = time.monotonic()
        look(["C-1"], billing=SAP, now=NOW)
        assert time.monotonic() - began < 0.6

    def test_it_does_not_wait_for_what_fails(self, committing: None) -> None:
        def fail() -> None:
            time.sleep(0.1)
            Refresh.objects.update(failing_since=NOW, failure="timed out")
            connections.close_all()

        worker = threading.Thread(target=fail)
        worker.start()
        began = time.monotonic()
        assert look(["C-1"], billing=SAP, now=NOW).away
        assert time.monotonic() - began < 0.6
        worker.join()

    def test_in_a_transaction_it_does_not_wait_at_all(self, committing: None) -> None:
        began = time.monotonic()
        with transaction.atomic():
            look(["C-1"], billing=SAP, now=NOW)
        assert time.monotonic() - began < 0.5
        assert jobs() == ["C-1"]


class TestAsking:
    def test_two_pages_at_once_ask_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(tasks.ProcrastinateJob, "objects", _Blind())
        with transaction.atomic():
            for _ in range(2):
                ask_for_refresh(customer_codes=["C-1"], now=NOW)
            assert Refresh.objects.count() == 0  # the transaction is still good
        monkeypatch.undo()
        assert jobs() == ["C-1"]

    def test_each_customer_has_a_lock_of_his_own(self) -> None:
        ask_for_refresh(customer_codes=["C-1", "C-2"], now=NOW)
        assert set(ProcrastinateJob.objects.values_list("queueing_lock", "lock")) == {
            ("refresh-C-1", "refresh-C-1"),
            ("refresh-C-2", "refresh-C-2"),
        }


class _Blind:
    """Sees no job, as a page that looked just before another one asked."""

    def filter(self, **conditions: object) -> "_Blind":
        return self

    def values_list(self, *names: str, flat: bool) -> list[str]:
        return []


class TestTask:
    @pytest.fixture(autouse=True)
    def billing(self, monkeypatch: pytest.MonkeyPatch) -> FakeBilling:
        billing = FakeBilling(feed=False, snapshots={"C-1": company(1)})
        monkeypatch.setattr(tasks, "connector", lambda path: billing)
        return billing

    def test_it_reads_the_customer(self) -> None:
        refresh_customer(customer_code="C-1", asked_at=NOW.isoformat())
        assert Invoice.objects.count() == 1

    def test_what_has_been_read_since_is_not_read_again(self, billing: FakeBilling) -> None:
        Refresh.objects.create(customer_code="C-1", as_of=NOW)
        refresh_customer(customer_code="C-1", asked_at=NOW.isoformat())
        assert billing.calls == []
        refresh_customer(customer_code="C-1", asked_at=(NOW + timedelta(seconds=1)).isoformat())
        assert billing.calls == ["snapshot"]

    @pytest.mark.parametrize("error", [Unavailable("x"), ForeignRows("Alice Fabbri")])
    def test_a_failure_of_billing_is_noted_not_raised(
        self, billing: FakeBilling, error: Exception, caplog: pytest.LogCaptureFixture
    ) -> None:
        def fail(method: str) -> None:
            raise error

        billing.before = fail
        caplog.set_level("WARNING", logger=tasks.__name__)
        refresh_customer(customer_code="C-1", asked_at=NOW.isoformat())
        assert Refresh.objects.get().failing_since is not None
        assert type(error).__name__ in caplog.text
        assert "Alice" not in caplog.text
