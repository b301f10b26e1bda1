"""Pages ask as often as they like: each copy is made once, a failure is followed by further attempts, up to an end."""

import pytest
from django.db import connection, connections
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from sportello.billing.errors import Refused, Unavailable
from sportello.domain.customers.documents import asking, tasks
from sportello.domain.customers.documents.asking import PAUSES, ask_for, progress, under_way
from sportello.domain.customers.documents.keeping import Failure, Kind, kept_pdf
from sportello.domain.customers.documents.tests.billing import PDF, DocumentBilling, installed
from sportello.domain.customers.models import BillingAccount, Invoice
from tests import factories
from tests.factories import NOW
from tests.workers import run_worker

pytestmark = pytest.mark.django_db


@pytest.fixture
def account() -> BillingAccount:
    return factories.account(factories.customer())


def waiting() -> list[tuple[str, int]]:
    jobs = ProcrastinateJob.objects.filter(status="todo").order_by("id")
    return [(job.args["number"], job.args["attempt"]) for job in jobs]


def work() -> None:
    """Runs what is waiting, whenever it is due, as a worker would."""
    for job in ProcrastinateJob.objects.filter(status="todo").order_by("id"):
        with connection.cursor() as cursor:
            cursor.execute("UPDATE procrastinate_jobs SET status = 'doing' WHERE id = %s", [job.id])
            app.tasks[job.task_name](**job.args)
            cursor.execute("UPDATE procrastinate_jobs SET status = 'succeeded' WHERE id = %s", [job.id])


def test_what_is_asked_for_twice_is_made_once() -> None:
    ask_for(["1", "2", "2"], now=NOW)
    ask_for(["2", "3"], now=NOW)
    assert waiting() == [("1", 0), ("2", 0), ("3", 0)]


def test_two_who_ask_in_the_same_moment_do_not_disturb_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    ask_for(["2"], now=NOW)
    monkeypatch.setattr(asking, "under_way", lambda numbers, **_: set())
    ask_for(["1", "2", "3"], now=NOW)
    assert sorted(waiting()) == [("1", 0), ("2", 0), ("3", 0)]


def test_pdf_and_xml_are_different_wishes() -> None:
    ask_for(["1"], now=NOW)
    ask_for(["1"], now=NOW, kind=Kind.XML)
    assert set(ProcrastinateJob.objects.values_list("task_name", flat=True)) == set(asking.TASKS.values())


def test_who_waits_goes_before_a_batch() -> None:
    ask_for(["1", "2"], now=NOW)
    ask_for(["3"], now=NOW, at_once=True)
    assert ProcrastinateJob.objects.order_by("-priority").first().args["number"] == "3"


def test_what_a_living_worker_is_at_is_not_asked_for_again() -> None:
    ask_for(["1", "2"], now=NOW)
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now()) RETURNING id")
        worker = cursor.fetchone()[0]
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s", [worker])
    now = timezone.now()
    assert under_way(["1", "2", "3"], now=now, kind=Kind.PDF) == {"1", "2"}
    ask_for(["1"], now=now)
    assert waiting() == []
    assert under_way(["1", "2"], now=now + 2 * asking.ALIVE, kind=Kind.PDF) == set()


def test_a_thousand_are_asked_for_at_once(django_assert_max_num_queries) -> None:
    numbers = [str(number) for number in range(1000)]
    with django_assert_max_num_queries(4):  # with the savepoint
        ask_for(numbers, now=NOW)
    assert len(waiting()) == 1000


def test_where_billing_is_away_further_attempts_follow_up_to_an_end(
    account: BillingAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    billing = installed(monkeypatch, DocumentBilling(pdf=Unavailable("away"), has_pdfs=True))
    invoice = factories.invoice(account)
    ask_for([invoice.number], now=NOW)
    for attempt in range(1, len(PAUSES) + 1):
        work()
        assert waiting() == [(invoice.number, attempt)]
        job = ProcrastinateJob.objects.get(status="todo")
        assert 0 < (job.scheduled_at - timezone.now()).total_seconds() <= PAUSES[attempt - 1]
    work()
    assert waiting() == []
    assert len(billing.calls) == len(PAUSES) + 1


def test_an_attempt_that_is_asked_for_meanwhile_is_not_disturbed(
    account: BillingAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed(monkeypatch, DocumentBilling(pdf=Unavailable("away"), has_pdfs=True))
    invoice = factories.invoice(account)
    ask_for([invoice.number], now=NOW)
    tasks.keep_pdf(number=invoice.number)
    assert waiting() == [(invoice.number, 0)]


def test_what_billing_refuses_is_not_tried_again_by_itself(
    account: BillingAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed(monkeypatch, DocumentBilling(pdf=Refused("no"), has_pdfs=True))
    ask_for([factories.invoice(account).number], now=NOW)
    work()
    assert waiting() == []


def test_progress_tells_what_is_ready_and_what_is_not(account: BillingAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    billing = installed(monkeypatch, DocumentBilling(pdf=PDF, has_pdfs=True))
    for number in ("ready", "refused", "asked", "new"):
        factories.invoice(account, number)
    tasks.keep_pdf(number="ready")
    billing.pdf = Refused("no")
    tasks.keep_pdf(number="refused")
    ask_for(["asked"], now=NOW)
    state = progress(Invoice.objects.order_by("number"), now=NOW)
    assert state.ready == ["ready"]
    assert state.under_way == ["asked"]
    assert state.failed == {"refused": Failure.REFUSED}
    assert state.not_asked == ["new"]
    assert state.wanting == ["new", "refused"]
    assert state.total == 4
    assert not state.away


def test_progress_of_many_takes_three_queries(account: BillingAccount, django_assert_num_queries) -> None:
    for number in range(30):
        factories.invoice(account, f"N{number}")
    with django_assert_num_queries(2):
        assert len(progress(Invoice.objects.all(), now=NOW).not_asked) == 30


@pytest.mark.django_db(transaction=True)
def test_a_worker_makes_what_was_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    billing = installed(monkeypatch, DocumentBilling(pdf=Unavailable("away"), has_pdfs=True))
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)  # the worker's threads leave none open
    invoice = factories.household()
    ask_for([invoice.number], now=timezone.now())
    run_worker()
    assert waiting() == [(invoice.number, 1)]
    billing.pdf = PDF
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET scheduled_at = now() WHERE status = 'todo'")
    run_worker()
    assert bytes(kept_pdf(invoice).content) == PDF
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_workers CASCADE")
