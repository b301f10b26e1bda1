"""A real worker does it all: sends what was written, and finds what has lost its job."""

import pytest
from django.db import connections
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from sportello.domain.ledger import jobs, outages, tasks
from sportello.domain.ledger.models import LedgerRow, State
from sportello.domain.ledger.tests import cast
from sportello.domain.ledger.tests.cast import FakeBilling
from tests.workers import run_worker


@pytest.fixture(autouse=True)
def threads_leave_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)


@pytest.mark.django_db(transaction=True)
def test_a_worker_sends_what_was_written(billing: FakeBilling) -> None:
    now = timezone.now()
    cast.reading("K1", customer="C1", now=now, follows="")
    cast.reading("K2", customer="C2", now=now, follows="")
    cast.lose_jobs()
    cast.reading("K3", customer="C3", now=now, follows="")
    run_worker()
    tasks.sweep_rows(timestamp=0)
    run_worker()
    assert set(LedgerRow.objects.values_list("state", "attempts")) == {("acknowledged", 1)}
    assert sorted(billing.keys) == ["K1", "K2", "K3"]


@pytest.fixture
def undone(billing: FakeBilling, monkeypatch: pytest.MonkeyPatch) -> None:
    """Billing does what it is asked for, but the transaction that should write it down fails at its very end."""

    def fail() -> None:
        raise RuntimeError("the end of the transaction")

    monkeypatch.setattr(outages, "answered", fail)
    cast.reading("K1", now=timezone.now())


@pytest.mark.django_db(transaction=True)
def test_what_a_worker_undoes_has_deferred_nothing(undone: None, billing: FakeBilling) -> None:
    run_worker()
    assert billing.keys == ["K1"]
    assert cast.states() == {"K1": "sent"}
    assert not ProcrastinateJob.objects.filter(task_name=cast.FOLLOW).exists()


@pytest.mark.django_db(transaction=True)
def test_the_workers_own_app_would_have_deferred_it_all_the_same(undone: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control."""
    monkeypatch.setattr(jobs, "job_manager", app.job_manager)
    run_worker()
    assert cast.states() == {"K1": "sent"}
    assert ProcrastinateJob.objects.filter(task_name=cast.FOLLOW).exists()  # or has been, for a worker took it up


@pytest.mark.django_db(transaction=True)
def test_a_worker_probes_and_gives_up_what_has_expired(billing: FakeBilling) -> None:
    jobs.defer_probe(at=timezone.now())
    jobs.defer_sweep()
    cast.web_code(expires_on=cast.NOW.date().replace(year=2020))
    LedgerRow.objects.update(state=State.HELD)
    cast.lose_jobs("ledger.send")
    run_worker()
    assert cast.waiting(jobs.PROBE) == cast.waiting(jobs.SWEEP) == []
    tasks.expire_rows(timestamp=0)
    assert cast.row("W1").state == State.CANCELLED


def test_what_must_run_by_itself_does() -> None:
    assert {"ledger.sweep", "ledger.expire"} <= {
        task.task.name for task in app.periodic_registry.periodic_tasks.values()
    }
