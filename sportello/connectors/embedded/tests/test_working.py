import os
import select
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import date, timedelta
from urllib.parse import urlsplit

import pytest
from django.core.management import call_command
from django.db import OperationalError, connections
from django.utils import timezone

from sportello.billing.commands import SubmitReading
from sportello.connectors.embedded import models, working
from sportello.connectors.embedded.connector import EmbeddedBilling
from sportello.connectors.embedded.loading import load
from sportello.connectors.embedded.management.commands.billing import Command
from sportello.connectors.embedded.mistakes import Mistake
from sportello.connectors.embedded.tests.factories import meter, metered, reading, shown, supply

pytestmark = pytest.mark.django_db(databases=["billing"], transaction=True)

NONE = timedelta()
AFTER = timedelta(seconds=60)
READING = SubmitReading(
    customer_code="C1", supply_code="S1", meter_code="M1", read_on=date(2026, 3, 20), values=shown(1080)
)


@pytest.fixture(autouse=True)
def home():
    load(metered())


def work(*, later: timedelta = NONE, after: timedelta = AFTER) -> list[str]:
    return list(working.work(now=timezone.now() + later, after=after))


def given() -> models.MeterReading:
    return models.MeterReading.objects.get(key="k1")


def test_a_reading_is_judged_after_a_while_and_billed_after_another():
    EmbeddedBilling().execute(READING, key="k1")
    assert work() == []
    assert work(later=AFTER) == ["Reading 2026/R/0000001 of 2026-03-20 is valid."]
    assert given().invoice_id is None
    (line,) = work(later=2 * AFTER)
    made = models.Invoice.objects.exclude(code="2026/G/0000007").get()
    assert line == f"Issued {made.code} for supply S1."
    assert given().invoice_id == made.code
    assert work(later=100 * AFTER) == [], "once"


def test_one_that_needs_no_judgement_is_billed():
    models.Supply.objects.update(service="water")
    EmbeddedBilling().execute(READING, key="k1")
    assert len(work(later=AFTER)) == 1
    assert given().invoice_id


def test_a_refused_one_is_not_billed():
    EmbeddedBilling().execute(replace(READING, values=shown(1177)), key="k1")
    (line,) = work(later=AFTER)
    assert line.endswith("is refused: Lettura non coerente con i consumi del punto.")
    assert work(later=100 * AFTER) == []


def test_readings_that_did_not_come_by_a_command_are_left_alone():
    load([reading("P1", 1080, date(2026, 3, 20), origin="self", validation="pending")])
    load([reading("P2", 1090, date(2026, 3, 21), origin="self", validation="valid")])
    assert work(later=100 * AFTER) == []


def test_one_that_is_older_than_what_was_billed_since_does_not_call_for_invoices():
    models.Supply.objects.update(service="water")
    EmbeddedBilling().execute(READING, key="k1")
    load([reading("R2", 1090, date(2026, 3, 25), invoice_number="2026/G/0000007")])
    assert work(later=100 * AFTER) == []


def test_what_cannot_be_billed_is_said_and_the_others_are(monkeypatch):
    load([supply("S2"), meter("M2", supply_code="S2"), reading("R2", supply_code="S2", meter_code="M2")])
    models.Supply.objects.update(service="water")
    billing = EmbeddedBilling()
    billing.execute(READING, key="k1")
    billing.execute(replace(READING, supply_code="S2", meter_code="M2"), key="k2")
    issue = working.issuing.issue

    def some(*, supply_codes, issued_on):
        if supply_codes == ["S1"]:
            raise Mistake("not today")
        return issue(supply_codes=supply_codes, issued_on=issued_on)

    monkeypatch.setattr(working.issuing, "issue", some)
    lines = work(later=AFTER)
    assert lines[0] == "Supply S1 cannot be billed: not today"
    assert lines[1].endswith("for supply S2.")


def test_a_database_that_is_away_does_not_end_the_work(monkeypatch, capsys):
    def fail(**_):
        raise OperationalError("down")
        yield

    monkeypatch.setattr(working, "work", fail)
    Command().work_once(AFTER)
    assert "does not answer: down" in capsys.readouterr().err


def test_it_works_until_it_is_stopped():
    EmbeddedBilling().execute(READING, key="k1")
    server = urlsplit(os.environ.get("BILLING_DATABASE_URL") or os.environ["DATABASE_URL"])
    here = server._replace(path=f"/{connections['billing'].settings_dict['NAME']}").geturl()
    environ = os.environ | {"BILLING_DATABASE_URL": here}
    words = [sys.executable, "-m", "sportello", "billing", "work", "--every", "1", "--after", "0"]
    with subprocess.Popen(words, env=environ, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        ready, _, _ = select.select([process.stdout], [], [], 120)
        assert ready, "it did nothing for two minutes"
        assert process.stdout.readline() == "Reading 2026/R/0000001 of 2026-03-20 is valid.\n"
        assert process.stdout.readline().startswith("Issued ")
        process.send_signal(signal.SIGTERM)
        assert process.wait(120) == 0
    assert given().invoice_id


def test_the_help_says_what_it_does(capsys):
    with pytest.raises(SystemExit):
        call_command("billing", "work", "--help")
    assert "SIGTERM" in capsys.readouterr().out
