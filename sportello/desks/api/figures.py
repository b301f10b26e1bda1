"""The figures that `/metrics` gives, each with its name and what it says. docs/operating.md says what to make of them."""

from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import accumulate
from typing import Final

from django.conf import settings

import sportello
from sportello.billing.loading import connector
from sportello.counters import Counters
from sportello.desks import watching
from sportello.desks.api import processes, work
from sportello.desks.api.exposition import Figure
from sportello.domain.activities import watching as activities
from sportello.domain.customers import watching as customers
from sportello.domain.invoice_mail import progress as invoice_mail
from sportello.domain.ledger import watching as ledger
from sportello.domain.ledger.models import Outage
from sportello.domain.messages import watching as messages


def seconds_since(moment: datetime | None, now: datetime) -> float:
    """0 where it has not happened."""
    return max((now - moment).total_seconds(), 0.0) if moment else 0.0


def of_processes() -> list[Figure]:
    version = Figure("sportello_build_info", "gauge", "Which version runs here.")
    version.add(1, version=sportello.__version__)
    counters = watching.counters()
    running = processes.memory(counters.processes())
    count = Figure("sportello_web_processes", "gauge", "Web processes of this server that have answered and run.")
    count.add(len(running))
    memory = Figure("sportello_web_memory_bytes", "gauge", "Memory (PSS) of these web processes together.")
    memory.add(sum(running))
    return [version, count, memory, *of_requests(counters)]


def of_requests(counters: Counters) -> list[Figure]:
    rows, cpu = counters.sums()
    processor = Figure(
        "sportello_web_cpu_seconds_total", "counter", "Processor time of the web processes, ended ones too."
    )
    processor.add(cpu)
    requests = Figure("sportello_requests_total", "counter", "Requests answered, by page, method and status.")
    took = Figure("sportello_request_seconds", "histogram", "How long requests took, by page.")
    queries = Figure("sportello_queries_total", "counter", "Queries to the database that requests made, by page.")
    waited = Figure("sportello_query_seconds_total", "counter", "Time that these queries took, by page.")
    for page, row in rows.items():
        buckets = [*accumulate(row[watching.BUCKETS : watching.ANSWERS])]
        if not buckets[-1]:
            continue
        _add_answers(requests, page, row[watching.ANSWERS :])
        for bound, below in zip([*map(str, watching.BOUNDS), "+Inf"], buckets, strict=True):
            took.add(below, part="_bucket", page=page, le=bound)
        took.add(row[watching.SECONDS], part="_sum", page=page)
        took.add(buckets[-1], part="_count", page=page)
        queries.add(row[watching.QUERIES], page=page)
        waited.add(row[watching.QUERY_SECONDS], page=page)
    return [processor, requests, took, queries, waited]


def _add_answers(requests: Figure, page: str, answers: Sequence[float]) -> None:
    """Of a method that has come, all states: one that is seen for the first time has grown from nought."""
    many = len(watching.STATUSES)
    for place, method in enumerate(watching.METHODS):
        counts = answers[place * many : (place + 1) * many]
        if any(counts):
            for status, count in zip(watching.STATUSES, counts, strict=True):
                requests.add(count, page=page, method=method, status=status)


def of_ledger(now: datetime) -> list[Figure]:
    rows = Figure("sportello_ledger_rows", "gauge", "Commands to billing by state, without those that are done.")
    oldest = Figure("sportello_ledger_oldest_seconds", "gauge", "Age of the oldest command in each state.")
    for state, (count, since) in ledger.rows().items():
        rows.add(count, state=state)
        oldest.add(seconds_since(since, now), state=state)
    away = Figure(
        "sportello_billing_away_seconds", "gauge", "How long billing has not answered commands; 0 where it does."
    )
    failures = Figure("sportello_billing_failures", "gauge", "How many times in a row it has not.")
    outage = Outage.objects.first()
    away.add(seconds_since(outage.since, now) if outage else 0)
    failures.add(outage.failures if outage else 0)
    return [rows, oldest, away, failures]


def of_alignment(now: datetime) -> list[Figure]:
    billing = connector(settings.BILLING_CONNECTOR)
    found = customers.alignment(billing=billing)
    name = found.connector
    age = Figure("sportello_alignment_age_seconds", "gauge", "Age of the mirror, where billing has a feed of changes.")
    success = Figure(
        "sportello_alignment_last_success_timestamp_seconds", "gauge", "When billing was last read in full."
    )
    if found.as_of and billing.capabilities.feed:
        age.add(seconds_since(found.as_of, now), connector=name)
    if found.as_of:
        success.add(found.as_of.timestamp(), connector=name)
    failing = Figure("sportello_alignment_failing_seconds", "gauge", "For how long billing could not be read.")
    failing.add(seconds_since(found.failing_since, now), connector=name)
    not_read = Figure("sportello_alignment_failing_customers", "gauge", "Customers who could not be read, one by one.")
    not_read.add(found.failing_customers, connector=name)
    aside = Figure("sportello_records_set_aside", "gauge", "Records of billing that failed a check and are kept aside.")
    for kind, count in customers.set_aside().items():
        aside.add(count, kind=kind)
    return [age, success, failing, not_read, aside]


def of_mails(now: datetime) -> list[Figure]:
    found = messages.mails(now=now)
    waiting = Figure("sportello_mails_waiting", "gauge", "Mails that have not gone out yet.")
    waiting.add(found.waiting)
    trouble = Figure("sportello_mails_in_trouble", "gauge", "Those of them that could not be sent and are tried again.")
    trouble.add(found.in_trouble)
    oldest = Figure("sportello_mails_oldest_seconds", "gauge", "Age of the oldest mail that waits.")
    oldest.add(seconds_since(found.oldest, now))
    failed = Figure("sportello_mails_failed", "gauge", "Mails of the last day that will not go out, by state.")
    for state, count in found.failed.items():
        failed.add(count, state=state)
    twice = Figure(
        "sportello_mails_possible_duplicates", "gauge", "Mails of the last day that may have gone out twice."
    )
    twice.add(found.possible_duplicates)
    return [waiting, trouble, oldest, failed, twice]


def of_invoice_mail(now: datetime) -> list[Figure]:
    found = invoice_mail.progress(now=now)
    state = Figure(
        "sportello_invoice_mail_state", "gauge", "How the newest nightly run of invoices stands: 1 for its state."
    )
    for name in invoice_mail.STATES:
        state.add(name == found.state, state=name)
    mails = Figure("sportello_invoice_mail_run_mails", "gauge", "E-mails of this run by what has become of them.")
    if run := found.run:
        for name in ("sent", "failed", "withdrawn", "left", "twice"):
            mails.add(getattr(run, name), outcome=name)
    held = Figure(
        "sportello_invoice_mail_stopped_seconds", "gauge", "For how long it has been stopped by hand; 0 if not."
    )
    held.add(seconds_since(found.run.stopped_at if found.run else None, now))
    trouble = Figure(
        "sportello_invoice_mail_trouble_seconds", "gauge", "For how long the mail server has taken nothing."
    )
    trouble.add(seconds_since(found.run.trouble_since if found.run else None, now))
    late = Figure("sportello_invoice_mail_late_seconds", "gauge", "For how long the night's run should have begun.")
    late.add(seconds_since(invoice_mail.late_since(now=now), now))
    running = Figure("sportello_invoice_mail_running_seconds", "gauge", "For how long a run has been under way.")
    running.add(seconds_since(found.run.started_at if found.run and not found.run.ended_at else None, now))
    waiting = Figure("sportello_invoice_mail_waiting", "gauge", "Invoices of subscribers that wait for their PDF.")
    waiting.add(sum(count for _, count in found.waiting))
    return [state, mails, held, trouble, late, running, waiting]


def of_jobs(now: datetime) -> list[Figure]:
    waiting = Figure(
        "sportello_jobs_waiting", "gauge", "Jobs whose time has come and that no worker has taken, by task."
    )
    oldest = Figure("sportello_jobs_oldest_seconds", "gauge", "For how long the oldest of them waits, by task.")
    for one in work.due(now=now):
        waiting.add(one.count, task=one.task)
        oldest.add(seconds_since(one.since, now), task=one.task)
    failed = Figure("sportello_jobs_failed", "gauge", "Jobs that have failed and are kept, by task.")
    for task, count in work.failed().items():
        failed.add(count, task=task)
    workers = Figure("sportello_workers", "gauge", "Workers that have given a sign of life within the last minute.")
    workers.add(work.workers(now=now))
    return [waiting, oldest, failed, workers]


def of_activities(now: datetime) -> list[Figure]:
    count = Figure(
        "sportello_activities", "gauge", "Requests under way by kind, status and what an operator has to look at."
    )
    oldest = Figure("sportello_activities_oldest_seconds", "gauge", "Age of the oldest of them.")
    for one in activities.under_way():
        labels = {"kind": one.kind, "status": one.status, "attention": one.attention}
        count.add(one.count, **labels)
        oldest.add(seconds_since(one.oldest, now), **labels)
    return [count, oldest]


# Each is asked by itself, so that one that takes too long does not keep the others away.
OF_DATABASE: Final[dict[str, Callable[[datetime], list[Figure]]]] = {
    "ledger": of_ledger,
    "alignment": of_alignment,
    "mails": of_mails,
    "invoice_mail": of_invoice_mail,
    "jobs": of_jobs,
    "activities": of_activities,
}
