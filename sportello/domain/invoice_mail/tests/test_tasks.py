"""A worker's own jobs play a night from its hour to the summary; run again they do nothing."""

import pytest
from django.db import connections
from django.utils import timezone

from sportello.domain.invoice_mail import nights
from sportello.domain.invoice_mail.models import Run
from sportello.domain.invoice_mail.tests import cast
from sportello.domain.messages.models import Message
from sportello.domain.messages.tests.smtp import PIPELINING, FakeServer
from tests import factories
from tests.workers import run_worker


@pytest.mark.django_db(transaction=True)
def test_a_worker_plays_the_night_to_its_end(settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)  # the worker's threads leave none open
    factories.user("boss", roles=["administrator"], email="boss@example.it")
    cast.crowd(5)
    with FakeServer() as server:
        server.replies["ehlo"] = PIPELINING
        server.replies_to["k3@example.it"] = {"rcpt": "550 no"}
        settings.MAIL_URL, settings.DEMO = server.url, False
        for _ in range(4):
            nights.look(now=timezone.now())
            run_worker()
        assert len(server.taken) == 5  # four invoices and the summary
    run = Run.objects.get()
    assert (run.queued, run.sent, run.failed) == (5, 4, 1) and run.ended_at
    assert Message.objects.filter(kind="invoice_run_summary").count() == 1
