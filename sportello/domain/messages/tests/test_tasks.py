"""A real worker does it all: sends what was written, and finds what has lost its job."""

import pytest
from django.db import connection, connections
from django.utils import timezone
from procrastinate.contrib.django import app

from sportello.domain.messages import tasks
from sportello.domain.messages.models import Message
from sportello.domain.messages.tests import cast
from sportello.domain.messages.tests.smtp import FakeServer
from tests.workers import run_worker


@pytest.mark.django_db(transaction=True)
def test_a_worker_sends_what_was_written(server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)  # the worker's threads leave none open
    now = timezone.now()
    cast.link_mail(now=now)
    cast.link_mail(now=now)
    cast.lose_jobs()
    cast.link_mail(now=now)
    run_worker()
    tasks.sweep_messages(timestamp=0)
    run_worker()
    assert set(Message.objects.values_list("state", "attempts")) == {("sent", 1)}
    assert len(server.taken) == 3
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_workers CASCADE")


def test_the_sweep_runs_by_schedule() -> None:
    assert "messages.sweep" in {task.task.name for task in app.periodic_registry.periodic_tasks.values()}
