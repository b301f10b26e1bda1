"""Reads PostgreSQL's plan of every query behind the pages and jobs of a company at size, and names what does not grow well.

``python -m tools.plans --customers 200000``: signs several people in, opens every page of theirs and of the staff's, runs
the worker's jobs, and has PostgreSQL tell the plan of each query by itself (auto_explain). Told are scans of a whole
table that is big, and queries that took long. What the jobs write is rolled back. Ends with 1 where there is such a
scan. The company must be there (``python -m sportello size``).
"""

import argparse
import json
import os
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

from sportello import postgres
from sportello.demo.__main__ import COMPANY, CONNECTORS

BIG = 10_000  # rows
SLOW = 50.0  # milliseconds
WATCH = """
    LOAD 'auto_explain';
    SET auto_explain.log_min_duration = 0;
    SET auto_explain.log_format = json;
    SET auto_explain.log_level = notice;
    SET auto_explain.log_nested_statements = on;
    SET auto_explain.log_analyze = on;
    SET auto_explain.log_timing = off;
    SET client_min_messages = notice;
"""
ADMINISTRATION = {"administration", "reading_rules", "request_kinds", "terms", "bounds", "invoice_mail", "wordings"}
# Whole tables that are read on purpose, by what.
ALLOWED = {
    ("job wiring.clear_sessions", "django_session"): "once a night, and most of them have ended",
    ("job wiring.clear_sessions", "usersessions_usersession"): "once a night",
}


@dataclass(frozen=True, slots=True)
class Query:
    """A query that was run: for what, how long it took in milliseconds, and the tables that it read from end to end."""

    action: str
    text: str
    took: float
    whole: tuple[str, ...]
    indexes: tuple[str, ...]
    read: int  # the most rows that one part of its plan went through


@dataclass(slots=True)
class Watch:
    """Gathers the plans that the server tells, under the name of what is going on."""

    action: str = ""
    queries: list[Query] = field(default_factory=list)

    def told(self, notice: Any) -> None:
        head, _, plan = (notice.message_primary or "").partition("plan:\n")
        if not plan or not self.action:
            return
        found = json.loads(plan)
        nodes = list(_nodes(found["Plan"]))
        whole = tuple(node["Relation Name"] for node in nodes if node["Node Type"].endswith("Seq Scan"))
        indexes = tuple(node["Index Name"] for node in nodes if "Index Name" in node)
        took = float(head.removeprefix("duration:").split()[0])
        read = max((_rows_read(node) for node in nodes), default=0)
        self.queries.append(Query(self.action, " ".join(found["Query Text"].split()), took, whole, indexes, read))


def _rows_read(node: dict[str, Any]) -> int:
    """Of a scan, with what its filter threw away."""
    if "Scan" not in node["Node Type"]:
        return 0
    return int((node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"])


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="plans", description=__doc__)
    parser.add_argument("--customers", type=int, default=200_000)
    parser.add_argument("--big", type=int, default=BIG, help="rows from which a table counts as big")
    parser.add_argument("--slow", type=float, default=SLOW, help="milliseconds from which a query is told")
    options = parser.parse_args(arguments)
    with company(options.customers):
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0, interactive=False)  # the code may be newer than the data
        watch = Watch()
        with watched(watch):
            look_at_everything(watch)
        return report(watch, big=options.big, slow=options.slow)


@contextmanager
def company(customers: int) -> Iterator[None]:
    """The company's server, whose address stands in the environment; one that ran already goes on running."""
    var = Path(os.environ.get("VAR_DIR", "var")).resolve() / "sized" / str(customers)
    if not (var / "made.json").exists():
        sys.exit(f"They are not there: python -m sportello size --customers {customers}")
    ours = not postgres.is_running(var)
    environ = COMPANY | {
        "DEMO": "1",
        "BILLING_CONNECTOR": CONNECTORS["embedded"],
        "DJANGO_SETTINGS_MODULE": "sportello.settings",
        "LOG_LEVEL": "ERROR",
        "DATABASE_URL": postgres.start(var),
        "BILLING_DATABASE_URL": "",
    }
    os.environ.update(environ)
    try:
        yield
    finally:
        if ours:
            postgres.stop(var)


@contextmanager
def watched(watch: Watch) -> Iterator[None]:
    from django.db import connection

    connection.ensure_connection()
    with connection.cursor() as cursor:
        cursor.execute(WATCH)
    raw = connection.connection
    raw.add_notice_handler(watch.told)
    try:
        yield
    finally:
        raw.remove_notice_handler(watch.told)


def look_at_everything(watch: Watch) -> None:
    for name, what in [*visits(), *strangers(), *staff(), *jobs()]:
        watch.action = name
        what()


Action = tuple[str, Callable[[], object]]


def visits() -> Iterator[Action]:
    """Every page of the portal, of people with few things and of the one with two hundred supplies."""
    from benchmarks.visits import pages_of, signed_in
    from sportello.domain.people.models import User

    copies = User.objects.filter(username__gte="cliente", username__lt="clientf").order_by("pk")
    places = [copies.count() * part // 7 for part in range(7)]
    # Six times, for then PostgreSQL may have made a plan that has to do for everybody's values.
    for user in [*(copies[place] for place in places), *User.objects.filter(username__in=("davide", "maria"))]:
        client, _ = signed_in(user)
        for page, path in pages_of(user):
            yield f"page {page}", lambda client=client, path=path: client.get(path)


def strangers() -> Iterator[Action]:
    """Who is not signed in: signing in, asking for a new password, the first access."""
    from django.test import Client
    from django.urls import reverse

    from sportello.demo.company import SEED, web_code
    from sportello.domain.customers.models import Customer
    from sportello.domain.people.models import User

    user = User.objects.get(username="maria")
    customer = Customer.objects.exclude(web_code=None).order_by("-code").first()
    client = Client(headers={"host": "localhost"})
    for name in ("account_login", "first_access", "lost_code", "forgot_password", "recovery_code"):
        yield f"page {name}", lambda name=name: client.get(reverse(name))
    for who in (user.username, user.email, "nobody"):
        yield "sign-in", lambda who=who: client.post(reverse("account_login"), {"login": who, "password": "wrong" * 3})
        yield (
            "forgotten password",
            lambda who=who: client.post(reverse("forgot_password"), {"identifier": who, "by": "mail"}),
        )
    if customer:
        code = {"code": web_code(SEED, customer.code), "identifier": customer.code}
        yield "first access", lambda: client.post(reverse("first_access"), code)
        lost = {"customer": customer.code, "identifier": customer.tax_code}
        yield "lost code", lambda: client.post(reverse("lost_code"), lost)


def staff() -> Iterator[Action]:
    """Every page of the staff and of Administration, of each of them, but those that only change something."""
    from django.test import Client
    from django.urls import get_resolver, reverse

    from sportello.domain.activities.models import Activity
    from sportello.domain.customers.models import Invoice
    from sportello.domain.people.models import User

    waiting = Activity.objects.exclude(attention="").order_by("-pk").first()
    invoice = Invoice.objects.newest_first().first()
    customers = dict.fromkeys(("staff_customer", "staff_invoice_mail"), invoice.customer_id if invoice else "")
    invoices = dict.fromkeys(("staff_invoice", "staff_invoice_pdf"), invoice.number if invoice else "")
    examples = customers | invoices
    named = {name for name in get_resolver().reverse_dict if isinstance(name, str)}
    names = sorted(name for name in named if name.startswith("staff_"))
    for user in User.objects.exclude(roles=[]).order_by("username"):
        client = Client(headers={"host": "localhost"})
        client.force_login(user)
        yield "staff home", lambda client=client: client.get(reverse("home"))
        for name in sorted(named & ADMINISTRATION):
            yield f"page {name}", lambda client=client, name=name: client.get(reverse(name))
        for name in names:
            path = _reversed(name, examples.get(name, waiting.number if waiting else ""))
            for question in ("", "?page=2", "?q=rossi", "?reason=smaller", "?attention=kept"):
                yield f"page {name}", lambda client=client, path=path + question: client.get(path)


def _reversed(name: str, number: str) -> str:
    from django.urls import NoReverseMatch, reverse

    try:
        return reverse(name)
    except NoReverseMatch:
        return reverse(name, args=[number])


def jobs() -> Iterator[Action]:
    """What the worker does by itself, each in a transaction that is rolled back."""
    from django.utils import timezone

    from sportello.domain.accounts.models import throttle
    from sportello.domain.activities import forgetting, proving
    from sportello.domain.activities.kinds.self_reading import reminding, settling
    from sportello.domain.customers.models import Customer, Invoice, Meter, MeterReading, Payment, Supply
    from sportello.domain.invoice_mail import nights
    from sportello.domain.invoice_mail import reminding as reminding_of_invoices
    from sportello.domain.ledger import sending
    from sportello.domain.ledger.expiring import expire
    from sportello.domain.messages import bulk
    from sportello.domain.messages.sending import sweep as sweep_messages
    from sportello.wiring import clear_sessions

    now = timezone.now()
    codes = list(Customer.objects.order_by("-code").values_list("code", flat=True)[:2_000])
    yield "job activities.settle", rolled_back(lambda: settling.settle(codes[:500], now=now))
    yield "job activities.sweep", rolled_back(lambda: settling.sweep(now=now))
    yield "job activities.remind", rolled_back(lambda: _remind_some(reminding, now))
    yield "job ledger.sweep", rolled_back(lambda: sending.sweep(now=now))
    yield "job ledger.expire", rolled_back(lambda: expire(now=now))
    yield "job ledger.send", rolled_back(lambda: sending.claim(codes[0], now=now))
    yield "job messages.sweep", rolled_back(lambda: sweep_messages(now=now))
    yield "job accounts.sweep", rolled_back(lambda: throttle.sweep(now))
    yield "job activities.forget", rolled_back(lambda: forgetting.sweep(now=now))
    yield "job activities.expire_proofs", rolled_back(lambda: proving.expire(now=now))
    yield "job invoice_mail.look", rolled_back(lambda: nights.look(now=now))
    yield "job invoice_mail.gather", rolled_back(lambda: _gather_some(now))
    yield "job invoice_mail.remind", rolled_back(lambda: reminding_of_invoices.remind(now=now))
    yield "job messages.claim", rolled_back(lambda: bulk.claim({"invoices": 50}, clock=lambda: now))
    yield "job wiring.clear_sessions", rolled_back(lambda: clear_sessions(timestamp=0))
    for model in (Customer, Supply, Meter, Invoice, Payment, MeterReading):
        yield f"alignment {model.__name__}", rolled_back(lambda model=model: _align(model, codes[:20], now))
        yield f"removal {model.__name__}", rolled_back(lambda model=model: _remove(model, codes, now))


def rolled_back(what: Callable[[], object]) -> Callable[[], None]:
    from django.db import transaction

    def run() -> None:
        block = transaction.atomic()
        block._from_testcase = True  # type: ignore[attr-defined]  # what must be outermost may be within this
        with block:
            what()
            transaction.set_rollback(True)

    return run


def _gather_some(now: datetime) -> None:
    """The first customers' invoices of a night."""
    from sportello.domain.invoice_mail.gathering import gather
    from sportello.domain.invoice_mail.models import Run

    gather(Run.objects.create(night=None, hour=time(2), started_at=now), now=now)


def _remind_some(reminding: Any, now: datetime) -> None:
    """Two portions of the people, on a day on which a window is open."""
    services = ["gas", "electricity"]
    for place, people in enumerate(reminding._people()):
        reminding._remind_portion(people, services, today=(now + timedelta(days=2)).date(), now=now)
        if place:
            break


def _align(model: Any, codes: list[str], now: datetime) -> None:
    """Records of these customers as the mirror has them, but for the parts that are lists."""
    from sportello.domain.customers.alignment.portions import portions
    from sportello.domain.customers.alignment.writing import write

    write(portions(_records(model, codes)), now=now)


def _remove(model: Any, codes: list[str], now: datetime) -> None:
    from sportello.billing.records import Removed
    from sportello.domain.customers.alignment.mirror import TABLES
    from sportello.domain.customers.alignment.portions import portions
    from sportello.domain.customers.alignment.writing import write

    kind = next(table.kind for table in TABLES if table.model is model)
    owner = "code__in" if kind == "customer" else "customer__in"
    keys = model.objects.filter(**{owner: codes[:20]}).values_list("pk", flat=True)
    write(portions([Removed(kind=kind, code=key) for key in keys]), now=now)


def _records(model: Any, codes: list[str]) -> list[Any]:
    from sportello.domain.customers.alignment.mirror import TABLES

    table = next(one for one in TABLES if one.model is model)
    owner = "code__in" if table.kind == "customer" else "customer__in"
    paths = {field.column: field.attname for field in model._meta.concrete_fields}
    found = model.objects.filter(**{owner: codes}).values_list(*(paths[name] for name in table.plain))
    more = dict.fromkeys(table.built, ())
    return [table.record(**dict(zip(table.plain, row, strict=True)), **more) for row in found]


def report(watch: Watch, *, big: int, slow: float) -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT relname, reltuples FROM pg_class WHERE relkind IN ('r', 'p')")
        sizes = dict(cursor.fetchall())
    scans: dict[tuple[str, str], list[Query]] = defaultdict(list)
    for query in watch.queries:
        for table in set(query.whole):
            if sizes.get(table, 0) >= big and (query.action, table) not in ALLOWED:
                scans[table, query.text].append(query)
    actions = {query.action for query in watch.queries}
    print(f"{len(watch.queries):,} queries of {len(actions)} pages and jobs")
    for (table, text), queries in sorted(scans.items()):
        longest = max(query.took for query in queries)
        print(
            f"\nWHOLE {table} ({sizes[table]:,.0f} rows), {longest:.1f} ms: {sorted({one.action for one in queries})}"
        )
        print(f"  {text[:1_500]}")
    many = {query.text: query for query in watch.queries if query.read >= big and query.action.startswith("page")}
    for query in many.values():
        print(f"\nMANY {query.read:,} rows, {query.took:.1f} ms: {query.action}\n  {query.text[:1_500]}")
    told: set[str] = set()
    for query in sorted(watch.queries, key=lambda one: -one.took):
        if query.took >= slow and query.text not in told:
            told.add(query.text)
            print(f"\nslow {query.took:.1f} ms: {query.action}\n  {query.text[:700]}")
    return 1 if scans or many else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
