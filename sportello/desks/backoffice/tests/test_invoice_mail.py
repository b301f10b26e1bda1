"""The page of the nightly mailing: how it goes, stopped and continued, its hours and bounds, two presses and two administrators."""

import re
from datetime import time

import pytest
from django.utils import timezone

from sportello.desks.backoffice.tests.test_rules import plain
from sportello.domain.customers.models import Invoice
from sportello.domain.invoice_mail.models import Rate, Run, Sending, Timetable, WaitingInvoice
from sportello.domain.journal.models import Event
from sportello.domain.messages.models import Message
from tests import factories

PAGE = "/staff/administration/invoice-mail/"
NUMBERS = {"hour": "03:15", "quiet_from": "", "quiet_until": "", "per_minute": "600", "workers": "3", "seen": ""}


def a_run(**fields) -> Run:
    now = timezone.now()
    return Run.objects.create(**{"night": timezone.localdate(), "hour": "02:00", "started_at": now, **fields})


def failed(run: Run) -> Invoice:
    now = timezone.now()
    invoice = factories.household("C1")
    message = Message.objects.create(
        kind="invoice_pdf", language="it", channel="mail", address="bad@example.it", about_kind="invoice",
        about_key=invoice.number, subject="F", message_id="<1@example.it>", state="refused", failure="no such user",
        failure_code=550, created_at=now, next_attempt_at=now, lane="invoices",
    )  # fmt: skip
    Sending.objects.create(
        run=run, invoice=invoice, customer_code="C1", address="bad@example.it", mode="pdf", says="", message=message, asked_at=now
    )  # fmt: skip
    return invoice


def test_it_shows_how_far_the_run_is(ada):
    assert "No run yet" in plain(ada.get(PAGE).content)
    run = a_run(queued=200, sent=100, failed=2, twice=3, gathered_at=timezone.now())
    invoice = failed(run)
    WaitingInvoice.objects.create(invoice=invoice, customer_code="C1", since=timezone.now(), why="not_there")
    page = ada.get(PAGE).content.decode()
    words = plain(page.encode())
    assert 'max="100" value="51"' in page and 'hx-trigger="every 5s"' in page
    for said in (
        "Still to send 98",
        "Perhaps sent twice 3",
        "1 invoice: billing has no PDF of it yet",
        "550 no such user",
    ):
        assert said in words
    assert "bad@example.it" not in page
    run.ended_at = timezone.now()
    run.save()
    assert "hx-trigger" not in ada.get(PAGE).content.decode()


def test_it_is_stopped_and_continued_once(ada):
    run = a_run()
    for path, words in (
        ("stop/", "The run is stopped: nothing goes out until it is continued."),
        ("stop/", "No run is under way, or it is stopped already."),
        ("continue/", "The run goes on."),
        ("continue/", "No run is stopped."),
    ):
        assert ada.post(PAGE + path).headers["Location"] == PAGE
        assert words in plain(ada.get(PAGE).content)
    run.refresh_from_db()
    assert run.stopped_at is None
    names = Event.objects.about("invoice_mail_run", str(run.pk)).order_by("pk").values_list("name", flat=True)
    assert list(names) == ["invoice_mail.run_stopped", "invoice_mail.run_continued"]


def test_hours_and_numbers_hold_at_once_and_nobody_overwrites_another(ada):
    for _ in range(2):
        assert ada.post(f"{PAGE}timetable/", NUMBERS).status_code == 302
    row = Timetable.objects.get()
    assert (row.hour, row.per_minute, row.workers) == (time(3, 15), 600, 3)
    assert Timetable.objects.in_force(timezone.now()) == row
    late = ada.post(f"{PAGE}timetable/", {**NUMBERS, "workers": "5"})
    assert late.status_code == 409 and "meanwhile somebody else" in plain(late.content)
    seen = re.search(r'name="seen" value="(\d+)"', ada.get(PAGE).content.decode())
    assert seen and ada.post(f"{PAGE}timetable/", {**NUMBERS, "workers": "5", "seen": seen[1]}).status_code == 302
    assert Timetable.objects.count() == Event.objects.filter(name="invoice_mail.timetable_set").count() == 2


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"hour": "25:00"}, "A time such as 02:30."),
        ({"quiet_from": "08:00"}, "Quiet hours have two ends, or none."),
        ({"quiet_from": "08:00", "quiet_until": "08:00"}, "end at another time"),
        ({"workers": "9"}, "8"),
        ({"per_minute": "0"}, "1"),
    ],
)
def test_what_is_wrong_is_told_and_kept(ada, changes, words):
    answer = ada.post(f"{PAGE}timetable/", {**NUMBERS, **changes})
    assert answer.status_code == 200 and words in plain(answer.content)
    assert not Timetable.objects.exists()


def test_a_domain_is_bounded_and_let_go(ada):
    for typed in ("Example.IT", "example.it"):
        ada.post(f"{PAGE}rate/", {"domain": typed, "domain_per_minute": "30"})
    assert Rate.objects.count() == 1
    assert "example.it: 30 e-mails a minute" in plain(ada.get(PAGE).content)
    ada.post(f"{PAGE}rate/", {"domain": "example.it", "domain_per_minute": ""})
    assert Rate.objects.in_force(timezone.now()) == {}
    for typed in ("a b", "x@y.it", "it", "-.it"):
        assert "no domain" in plain(ada.post(f"{PAGE}rate/", {"domain": typed, "domain_per_minute": "3"}).content)
