"""What `/metrics` tells, to whom, and that it tells it whatever state things are in."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError, connection
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from sportello.billing.port import Capabilities
from sportello.desks import watching
from sportello.desks.api import figures
from sportello.desks.api.exposition import Figure, text
from sportello.domain.activities.models import Activity
from sportello.domain.customers.models import Refresh, SetAside
from sportello.domain.ledger.models import LedgerRow, Outage
from sportello.domain.ledger.tests import cast as ledger
from sportello.domain.messages.models import Message
from tests import factories

TOKEN = "a-token-of-twenty-or-more"
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def open_to_us(settings):
    settings.METRICS_TOKEN = TOKEN


@pytest.fixture
def now(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


def ago(**time) -> datetime:
    return NOW - timedelta(**time)


def ask(token: str = TOKEN, **options):
    return Client(headers={"authorization": f"Bearer {token}"}).get("/metrics", **options)


def read(response=None) -> dict[str, dict[tuple[str, ...], float]]:
    """By name and labels' values, as Prometheus reads it."""
    found: dict[str, dict[tuple[str, ...], float]] = {}
    answer = response or ask()
    assert answer.status_code == 200
    for family in text_string_to_metric_families(answer.content.decode()):
        assert family.type != "unknown"
        assert family.documentation
        for sample in family.samples:
            values = tuple(sample.labels.values())
            assert values not in found.setdefault(sample.name, {}), sample
            found[sample.name][values] = sample.value
    return found


# --- who may read it -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer ", f"Bearer {TOKEN}x", f"Basic {TOKEN}", TOKEN, "Bearer é"])
def test_without_the_token_there_is_nothing(db, settings, given):
    settings.DEMO = True
    headers = {"authorization": given} if given else {}
    nothing = Client().get("/nothing-here")
    answer = Client(headers=headers).get("/metrics")
    assert answer.status_code == nothing.status_code == 404


def test_with_the_token_it_is_there_and_kept_nowhere(db):
    answer = ask()
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    assert not answer.cookies


@pytest.mark.parametrize(
    ("demo", "environ", "status"),
    [
        (True, {"REMOTE_ADDR": "127.0.0.1"}, 200),
        (True, {"REMOTE_ADDR": "::1"}, 200),
        (True, {"REMOTE_ADDR": "192.168.1.9"}, 404),
        (True, {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "203.0.113.9"}, 404),
        (False, {"REMOTE_ADDR": "127.0.0.1"}, 404),
    ],
)
def test_where_no_token_is_set_only_the_demo_shows_it_and_only_at_the_machine(db, settings, demo, environ, status):
    settings.METRICS_TOKEN = ""
    settings.DEMO = demo
    assert Client().get("/metrics", **environ).status_code == status
    assert ask("", **environ).status_code == status


# --- requests --------------------------------------------------------------------------------------------------------


@pytest.fixture
def counted(monkeypatch):
    """As in a process that has just begun."""
    watching.counters.cache_clear()
    yield
    watching.counters.cache_clear()


def test_requests_are_counted_by_the_name_of_their_page(db, counted):
    browser = Client()
    browser.get("/health")
    browser.get("/health")
    browser.head("/health")
    browser.post("/health")
    browser.get("/overview/")
    browser.get("/nothing/C0DE-OF-SOMEBODY")
    browser.get("/theme-zz.css")
    figures = read()
    requests = figures["sportello_requests_total"]
    assert requests["health", "read", "2xx"] == 3
    assert requests["health", "write", "4xx"] == 1
    assert requests["health", "read", "5xx"] == 0
    assert requests["overview", "read", "3xx"] == 1
    assert ("overview", "write", "2xx") not in requests
    assert requests[watching.NOWHERE, "read", "4xx"] >= 1
    assert figures["sportello_request_seconds_count"]["health",] == 4
    assert figures["sportello_request_seconds_bucket"]["health", "+Inf"] == 4
    assert 0 < figures["sportello_request_seconds_sum"]["health",] < 10


def test_queries_are_counted_with_their_page(db, counted):
    Client().get("/health")
    Client().get("/health")
    Client().post("/health")  # asks for nothing
    found = read()
    assert found["sportello_queries_total"]["health",] == 2
    assert found["sportello_query_seconds_total"]["health",] >= 0
    assert connection.execute_wrappers == []


def test_a_page_that_breaks_is_counted_too(db, counted, monkeypatch):
    monkeypatch.setattr("sportello.desks.api.health.connection.cursor", lambda: 1 / 0)
    Client(raise_request_exception=False).get("/health")
    monkeypatch.undo()
    watching_figures = watching.counters().sums()[0]["health"]
    assert watching_figures[watching.ANSWERS + 3] == 1
    assert connection.execute_wrappers == []


@pytest.mark.parametrize(
    ("seconds", "bound"), [(0.0, "0.005"), (0.005, "0.005"), (0.0051, "0.01"), (9.9, "10.0"), (11, "+Inf")]
)
def test_a_time_is_counted_within_its_bound_and_all_above(counted, monkeypatch, seconds, bound):
    clock = iter([100.0, 100.0 + seconds])
    monkeypatch.setattr(watching.time, "perf_counter", lambda: next(clock))
    answer = factories_of_request()
    watching.CountersMiddleware(lambda request: answer)(answer.wsgi_request)
    monkeypatch.undo()
    buckets = [(labels["le"], value) for part, labels, value in took() if part == "_bucket"]
    bounds = [name for name, _ in buckets]
    assert [value for _, value in buckets] == [0] * bounds.index(bound) + [1] * (len(bounds) - bounds.index(bound))


def factories_of_request():
    from django.http import HttpResponse
    from django.test import RequestFactory
    from django.urls import resolve

    request = RequestFactory().get("/health")
    request.resolver_match = resolve("/health")
    answer = HttpResponse()
    answer.wsgi_request = request
    return answer


def took():
    (figure,) = [one for one in figures.of_requests(watching.counters()) if one.name == "sportello_request_seconds"]
    return figure.values


def test_no_figure_names_a_person_or_an_address(db, counted):
    Client().get("/invoices/2026%2FCANARY/")
    Client().get("/CANARY?q=CANARY")
    Client().get("/supplies/CANARY/")
    page = ask().content.decode()
    assert "supply" in page
    assert "CANARY" not in page


# --- what the database knows -----------------------------------------------------------------------------------------


def test_the_ledger_tells_how_much_waits_in_each_state_and_for_how_long(db, now):
    for number, (state, hours) in enumerate(
        [("queued", 1), ("queued", 5), ("sent", 2), ("dead", 30), ("held", 7), ("refused", 3), ("refused", 4)]
    ):
        ledger.reading(f"K{number}", customer=f"C{number}")
        settled = {"settled_at": NOW} if state == "refused" else {}
        LedgerRow.objects.filter(key=f"K{number}").update(state=state, queued_at=ago(hours=hours), **settled)
    for state in ("acknowledged", "cancelled"):
        ledger.reading(state, customer=state)
        LedgerRow.objects.filter(key=state).update(state=state, settled_at=NOW)
    found = read()
    assert found["sportello_ledger_rows"] == {
        ("queued",): 2, ("sent",): 1, ("dead",): 1, ("held",): 1, ("refused",): 2
    }  # fmt: skip
    assert found["sportello_ledger_oldest_seconds"]["queued",] == 5 * 3600
    assert found["sportello_ledger_oldest_seconds"]["dead",] == 30 * 3600
    assert found["sportello_billing_away_seconds"][()] == found["sportello_billing_failures"][()] == 0


def test_a_ledger_with_nothing_in_it_says_nought(db):
    found = read()
    assert set(found["sportello_ledger_rows"].values()) == {0}
    assert set(found["sportello_ledger_oldest_seconds"].values()) == {0}


def test_billing_that_is_away_is_told(db, now):
    Outage.objects.create(since=ago(minutes=10), failures=7, probe_at=NOW)
    found = read()
    assert found["sportello_billing_away_seconds"][()] == 600
    assert found["sportello_billing_failures"][()] == 7


def test_the_age_of_the_mirror_is_told(db, now):
    factories.feed(connector="embedded", as_of=ago(seconds=90), failing_since=ago(seconds=80))
    SetAside.objects.bulk_create(
        SetAside(kind=kind, code=code, reason="r", record={}, first_seen_at=NOW, last_seen_at=NOW)
        for kind, code in (("invoice", "1"), ("invoice", "2"), ("payment", "1"))
    )
    found = read()
    assert found["sportello_alignment_age_seconds"] == {("embedded",): 90}
    assert found["sportello_alignment_last_success_timestamp_seconds"] == {("embedded",): ago(seconds=90).timestamp()}
    assert found["sportello_alignment_failing_seconds"] == {("embedded",): 80}
    assert found["sportello_records_set_aside"] == {("invoice",): 2, ("payment",): 1}


def test_where_billing_has_no_feed_it_is_told_of_how_many_customers_are_not_read(db, now, monkeypatch):
    class Billing:
        capabilities = Capabilities(
            name="sap", feed=False, fresh_for=60, invoice_pdf=False, invoice_xml=False, commands=frozenset()
        )

    monkeypatch.setattr(figures, "connector", lambda path: Billing())
    Refresh.objects.create(customer_code="A", as_of=ago(minutes=3))
    Refresh.objects.create(customer_code="B", as_of=ago(minutes=9), failing_since=ago(minutes=2), failure="away")
    Refresh.objects.create(customer_code="C", failing_since=ago(minutes=5), failure="away")
    Refresh.objects.create(
        customer_code="D", failing_since=ago(minutes=7), failure="billing does not know this customer"
    )
    found = read()
    assert "sportello_alignment_age_seconds" not in found
    assert found["sportello_alignment_last_success_timestamp_seconds"]["sap",] == ago(minutes=3).timestamp()
    assert found["sportello_alignment_failing_seconds"]["sap",] == 300
    assert found["sportello_alignment_failing_customers"]["sap",] == 2


def mail(number: int, **fields) -> Message:
    values = {
        "kind": "k", "language": "it", "channel": "mail", "address": "a@example.it", "subject": "s",
        "message_id": f"<{number}@x>", "created_at": ago(hours=1), "next_attempt_at": NOW,
    }  # fmt: skip
    return Message.objects.create(**{**values, **fields})


def test_the_outbox_tells_what_waits_what_failed_and_what_may_have_gone_twice(db, now):
    mail(1)
    mail(2, created_at=ago(hours=3), failure="away")
    mail(3, state="claimed", claimed_at=NOW, claimed_by="w")
    mail(4, state="refused")
    mail(5, state="dead")
    mail(6, state="dead", created_at=ago(days=2))
    mail(7, state="sent", sent_at=NOW, possible_duplicate=True)
    mail(8, state="sent", sent_at=NOW, possible_duplicate=True, created_at=ago(days=2))
    mail(9, channel="letter")
    found = read()
    assert found["sportello_mails_waiting"][()] == 3
    assert found["sportello_mails_in_trouble"][()] == 1
    assert found["sportello_mails_oldest_seconds"][()] == 3 * 3600
    assert found["sportello_mails_failed"] == {("refused",): 1, ("dead",): 1}
    assert found["sportello_mails_possible_duplicates"][()] == 1


JOB = "INSERT INTO procrastinate_jobs (queue_name, task_name, status, scheduled_at) VALUES ('default', %s, %s, %s) RETURNING id"


def job(task: str, *, status: str = "todo", at: datetime | None = None, deferred: datetime | None = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(JOB, [task, status, at])
        number = cursor.fetchone()[0]
        cursor.execute("UPDATE procrastinate_events SET at = %s WHERE job_id = %s", [deferred or NOW, number])


def test_jobs_are_told_by_task(db, now):
    job("ledger.send", deferred=ago(minutes=4))
    job("ledger.send", deferred=ago(minutes=2))
    job("ledger.send", at=NOW + timedelta(minutes=1), deferred=ago(days=1))  # not yet
    job("messages.send", at=ago(minutes=9), deferred=ago(days=1))
    job("messages.send", status="doing")
    job("messages.send", status="failed")
    job("customers.refresh", status="failed")
    job("customers.refresh", status="succeeded")
    found = read()
    assert found["sportello_jobs_waiting"] == {("ledger.send",): 2, ("messages.send",): 1}
    assert found["sportello_jobs_oldest_seconds"] == {("ledger.send",): 240, ("messages.send",): 540}
    assert found["sportello_jobs_failed"] == {("messages.send",): 1, ("customers.refresh",): 1}


def test_workers_are_those_that_have_given_a_sign_of_life(db, now):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (%s), (%s)",
            [ago(seconds=20), ago(seconds=90)],
        )
    assert read()["sportello_workers"][()] == 1


def test_requests_of_customers_are_told_by_kind_and_what_they_wait_for(db, now):
    customer = factories.customer()
    for number, (status, attention, days) in enumerate(
        [("new", "", 1), ("new", "", 2), ("new", "kept", 9), ("exported", "dead", 1), ("executed", "", 30)]
    ):
        Activity.objects.create(
            number=f"A-{number}", kind="self_reading", channel="portal", customer=customer, status=status,
            attention=attention, opened_at=ago(days=days), executed_at=NOW if status == "executed" else None,
        )  # fmt: skip
    found = read()
    assert found["sportello_activities"] == {
        ("self_reading", "new", ""): 2,
        ("self_reading", "new", "kept"): 1,
        ("self_reading", "exported", "dead"): 1,
    }
    assert found["sportello_activities_oldest_seconds"]["self_reading", "new", "kept"] == 9 * 86_400


# --- when something is wrong -----------------------------------------------------------------------------------------


def test_while_the_database_is_away_processes_are_told(monkeypatch):
    """Without ``db``: any query would fail here."""

    def away():
        raise OperationalError("connection refused")

    monkeypatch.setattr(connection, "ensure_connection", away)
    found = read()
    assert found["sportello_database_up"][()] == 0
    assert found["sportello_build_info"] == {("0.1.0",): 1}
    assert found["sportello_web_cpu_seconds_total"][()] > 0
    assert "sportello_ledger_rows" not in found


def test_what_takes_too_long_is_left_out_and_the_rest_is_told(db, monkeypatch):
    def slow(now):
        with connection.cursor() as cursor:
            cursor.execute("SHOW statement_timeout")
            assert cursor.fetchone() == ("1s",)
            cursor.execute("SET LOCAL statement_timeout = 20")
            cursor.execute("SELECT pg_sleep(5)")

    monkeypatch.setitem(figures.OF_DATABASE, "ledger", slow)
    found = read()
    assert found["sportello_database_up"][()] == 1
    assert found["sportello_figures_missing"]["ledger",] == 1
    assert found["sportello_figures_missing"]["mails",] == 0
    assert "sportello_ledger_rows" not in found
    assert "sportello_mails_waiting" in found


def test_nothing_is_counted_beyond_a_bound(db, monkeypatch):
    monkeypatch.setattr("sportello.domain.ledger.watching.MOST", 3)
    for number in range(5):
        ledger.reading(f"K{number}", customer=f"C{number}")
    assert read()["sportello_ledger_rows"]["queued",] == 3


def test_no_question_reads_a_whole_table_that_grows_for_ever(db):
    """As the planner would do it if reading a table cost what it costs when it is large."""
    plans = []

    def explain(execute, sql, params, many, context):
        if re.match(r"\s*(SELECT|WITH)", sql, re.IGNORECASE):
            execute(f"EXPLAIN {sql}", params, many, context)
            plans.append("\n".join(row[0] for row in context["cursor"].fetchall()))
        return execute(sql, params, many, context)

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    with connection.execute_wrapper(explain):
        read()
    large = ("ledger_ledgerrow", "outbox_message", "activities_activity", "customers_refresh")
    assert len(plans) >= 10
    for table in large:
        assert any(table in plan for plan in plans) or table == "customers_refresh"
        assert not any(f"Seq Scan on {table}" in plan for plan in plans), table


# --- the text --------------------------------------------------------------------------------------------------------


def test_labels_are_escaped():
    figure = Figure("a", "gauge", "Says.")
    figure.add(1.5, label='a "quoted" \\ and\nbroken')
    (family,) = text_string_to_metric_families(text([figure]))
    assert family.samples[0].labels == {"label": 'a "quoted" \\ and\nbroken'}
    assert family.samples[0].value == 1.5
