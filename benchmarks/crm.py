"""How fast operators find requests and customers, and managers count them, among a million requests of 200,000 customers.

The data are made by PostgreSQL itself, once, with words as people write them: a few in every second request, most of them
rare. What is measured is what the pages ask, by way of their own filters: from the call to the last row.
"""

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.serving import ROOT
from sportello import postgres

CUSTOMERS = 200_000
TRIES = 200
TARGETS = {  # milliseconds
    "crm_operator_date_p95_ms": 5,
    "crm_two_words_p95_ms": 25,
    "crm_word_operator_90d_p95_ms": 25,
    "crm_prefix_p95_ms": 50,
    "crm_find_customer_p95_ms": 50,
    "crm_statistics_year_ms": 300,
}
COMMON = [
    "bolletta",
    "fattura",
    "contatore",
    "lettura",
    "gas",
    "luce",
    "acqua",
    "pagamento",
    "conguaglio",
    "consumo",
    "importo",
    "contratto",
    "fornitura",
    "cliente",
    "servizio",
    "richiesta",
    "risposta",
    "rimborso",
    "acconto",
    "stima",
    "ritardo",
    "addebito",
    "bonifico",
    "rata",
    "scadenza",
    "reclamo",
    "distributore",
    "tecnico",
    "appuntamento",
    "guasto",
    "pressione",
    "tensione",
    "potenza",
    "voltura",
    "subentro",
    "disdetta",
    "offerta",
    "tariffa",
    "prezzo",
    "indirizzo",
    "recapito",
    "telefono",
    "codice",
    "conto",
    "banca",
    "domiciliazione",
    "bollettino",
    "sollecito",
    "mora",
    "interessi",
    "indennizzo",
    "verifica",
    "matricola",
    "sigillo",
    "perdita",
    "allaccio",
]
FIRST = [
    "Anna",
    "Mario",
    "Luca",
    "Giulia",
    "Paolo",
    "Sara",
    "Marco",
    "Elena",
    "Giorgio",
    "Teresa",
    "Franco",
    "Chiara",
    "Davide",
    "Carla",
    "Luisa",
    "Fabio",
]
LAST = [
    "Rossi",
    "Bianchi",
    "Verdi",
    "Ferrari",
    "Esposito",
    "Romano",
    "Colombo",
    "Ricci",
    "Marino",
    "Greco",
    "Bruno",
    "Gallo",
    "Conti",
    "Costa",
    "Mancini",
    "Lombardi",
    "Moretti",
    "Barbieri",
    "Fontana",
    "Santoro",
    "Mariani",
    "Rinaldi",
    "Caruso",
    "Ferrara",
    "Galli",
    "Martini",
    "Leone",
    "Longo",
    "Gentile",
    "Martinelli",
    "Vitale",
    "Lombardo",
    "Serra",
    "Coppola",
]
KINDS = (
    "information",
    "complaint",
    "invoice_correction",
    "instalments",
    "already_paid",
    "direct_debit",
    "personal_data",
    "contact",
)

FILL = """
    INSERT INTO people_user (id, password, username, first_name, last_name, email, language, roles, is_active, is_demo, created_at)
    SELECT n, '!', 'operator' || n, 'Operatore', 'Numero ' || n, '', 'it', ARRAY['back_office'], true, false, now()
    FROM generate_series(1, 40) AS n;
    INSERT INTO people_office (id, name, calendar_address, is_active) SELECT n, 'Ufficio ' || n, '', true FROM generate_series(1, 5) AS n;
    INSERT INTO customers_customer (code, kind, first_name, last_name, company_name, tax_code, phone, language, street, street_number,
        postcode, municipality, province, country)
    SELECT (700000 + n)::text, 'person', (%(first)s::text[])[1 + n %% %(firsts)s],
        (%(last)s::text[])[1 + (n / 7) %% %(lasts)s] || CASE WHEN n %% 3 = 0 THEN (ARRAY['ini','etti','oni','elli'])[1 + n %% 4] ELSE '' END,
        '', 'TAX' || lpad(n::text, 13, '0'), '+39 0535 ' || lpad(n::text, 6, '0'), 'it', '', '', '', '', '', ''
    FROM generate_series(1, %(customers)s) AS n;
    INSERT INTO customers_billingaccount (code, customer_code, description, addressee, street, street_number, postcode, municipality,
        province, country)
    SELECT 'A' || code, code, '', '', '', '', '', '', '', '' FROM customers_customer;
    INSERT INTO customers_supply (code, customer_code, account_code, service, status, point_code, street, street_number, postcode,
        municipality, province, country)
    SELECT 'S' || code, code, 'A' || code, (ARRAY['gas','electricity','water','telephony','lpg'])[1 + code::int %% 5], 'active',
        'IT001E' || lpad(code, 8, '0'), 'Via ' || last_name, (code::int %% 120)::text, '41033', 'Concordia', 'MO', 'IT'
    FROM customers_customer;
    CREATE TEMP TABLE words AS SELECT row_number() OVER () AS n, word FROM (
        SELECT unnest(%(common)s::text[]) AS word UNION ALL
        SELECT (%(common)s::text[])[1 + n %% %(commons)s] || chr(97 + n %% 26) || chr(97 + (n / 26) %% 26) || chr(97 + (n / 676) %% 26)
        FROM generate_series(1, 20000) AS n
    ) AS made;
    CREATE TEMP TABLE texts AS SELECT picked.n, string_agg(word, ' ') AS text FROM (
        SELECT texts.n, 1 + floor(20000 * power(random(), 4))::int AS at
        FROM generate_series(1, 50000) AS texts(n), generate_series(1, 25)
    ) AS picked JOIN words ON words.n = picked.at GROUP BY picked.n;
    CREATE INDEX ON texts (n);
"""
ACTIVITIES = """
    INSERT INTO activities_activity (number, kind, status, channel, customer_id, supply_id, account_code, invoice_number, asked, before,
        by_hand_for, automatic, owner_id, office_id, due_on, limit_on, version, round, attention, spoken, answer, opened_at,
        executed_at, ended_at)
    SELECT 'A-' || lpad(n::text, 9, '0'), kind, status, (ARRAY['portal','telephone','letter','website'])[1 + n %% 4],
        code, 'S' || code, 'A' || code, '', jsonb_build_object('topic', 'other', 'text', text), '{}', '[]', false,
        CASE WHEN n %% 9 > 0 THEN 1 + n %% 40 END, 1 + n %% 5, opened::date + 25, opened::date + 30, 0, 0, '', '', text2, opened,
        CASE WHEN status = 'executed' THEN opened + span END, CASE WHEN status = 'refused' THEN opened + span END
    FROM (
        SELECT n, (%(kinds)s::text[])[1 + n %% %(kind_count)s] AS kind, (700000 + 1 + (n * 7919::bigint) %% %(customers)s)::text AS code,
            CASE WHEN opened > %(now)s::timestamptz - interval '40 days' AND n %% 3 > 0 THEN 'new' WHEN n %% 20 = 0 THEN 'refused' ELSE 'executed' END AS status,
            opened, (random() * 35) * interval '1 day' AS span
        FROM (SELECT n, %(now)s::timestamptz - (1825 * (1 - n::float / %(count)s)) * interval '1 day' AS opened
              FROM generate_series(%(from)s, %(to)s) AS n) AS numbered
    ) AS made
    JOIN LATERAL (SELECT text FROM texts WHERE texts.n = 1 + (made.n * 31::bigint) %% 50000) AS t ON true
    JOIN LATERAL (SELECT left(text, 60) AS text2 FROM texts WHERE texts.n = 1 + (made.n * 17::bigint) %% 50000) AS t2 ON true
"""


def run() -> dict[str, dict[str, Any]]:
    count = 5_000_000 if os.environ.get("SIZE") == "full" else int(os.environ.get("CRM_ACTIVITIES", "1000000"))
    var = Path(os.environ.get("VAR_DIR") or ROOT / "var").resolve() / "sized" / f"crm-{count}"
    with server(var) as environ:
        measuring = [sys.executable, "-m", "benchmarks.crm", str(count)]
        told = subprocess.run(measuring, env=environ, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    figures = dict(line.split("=") for line in told.split() if "=" in line)
    queries = int(figures.pop("queue_queries"))
    measured: dict[str, dict[str, Any]] = {
        name: {
            "value": round(float(value), 1),
            "unit": "ms",
            "target": f"<={TARGETS[name]}",
            "holds": float(value) <= TARGETS[name],
            "activities": count,
        }
        for name, value in figures.items()
    }
    measured["crm_queue_queries"] = {"value": queries, "unit": "queries", "target": "<=12", "holds": queries <= 12}
    return measured


@contextmanager
def server(var: Path) -> Iterator[dict[str, str]]:
    """With the tables; filled by who finds them empty."""
    ours = not postgres.is_running(var)
    url = postgres.start(var, database="crm", remember=False)
    environ = os.environ | {
        "DATABASE_URL": url, "LOG_LEVEL": "ERROR", "PYTHONPATH": str(ROOT), "DEMO": "1",
        "DJANGO_SETTINGS_MODULE": "sportello.settings",
        "BILLING_CONNECTOR": "sportello.connectors.embedded.connector.EmbeddedBilling",
    }  # fmt: skip
    environ.pop("BILLING_DATABASE_URL", None)
    try:
        subprocess.run([sys.executable, "-m", "sportello", "migrate", "-v0"], env=environ, cwd=ROOT, check=True)
        yield environ
    finally:
        if ours:
            postgres.stop(var)


# --- in a process with that database ---------------------------------------------------------------------------------


def fill(count: int, now: datetime) -> None:
    """Without the indexes, which are made afterwards: in minutes."""
    from django.db import connection, transaction

    values = {
        "first": FIRST, "firsts": len(FIRST), "last": LAST, "lasts": len(LAST), "common": COMMON, "commons": len(COMMON),
        "customers": CUSTOMERS, "kinds": list(KINDS), "kind_count": len(KINDS), "count": count, "now": now,
    }  # fmt: skip
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'activities_activity' AND indexname NOT IN"
            " (SELECT conname FROM pg_constraint)"
        )
        indexes = cursor.fetchall()
        for name, _ in indexes:
            cursor.execute(f'DROP INDEX "{name}"')
        for statement in FILL.split(";\n"):
            if statement.strip():
                cursor.execute(statement, values)
        for start in range(1, count + 1, 250_000):
            cursor.execute(ACTIVITIES, values | {"from": start, "to": min(start + 249_999, count)})
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # no index is made while one of them waits to be checked
        for _, definition in indexes:
            cursor.execute(definition)
    connection.cursor().execute("VACUUM ANALYZE")


def main(count: int) -> None:
    import django

    django.setup()
    from django.db import connection
    from django.db.models import Max

    from sportello.domain.activities.models import Activity

    if not Activity.objects.exists():
        fill(count, datetime.now(UTC))
    newest: datetime = Activity.objects.aggregate(newest=Max("opened_at"))["newest"]
    connection.cursor().execute("SET jit = off")
    for name, value in figures(newest.date()).items():
        print(f"{name}={value}")


def figures(today: date) -> dict[str, float]:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from sportello.domain.activities.counting import Asked, Grouping, counted
    from sportello.domain.customers.finding import found_by
    from sportello.domain.customers.models import Customer

    chance = random.Random(20_261_124)  # noqa: S311

    def day(most: int = 1_700) -> date:
        return today - timedelta(days=chance.randrange(1, most))

    def rare() -> str:
        number = chance.randrange(1, 20_000)
        letters = (chr(97 + number % 26), chr(97 + number // 26 % 26), chr(97 + number // 676 % 26))
        return COMMON[number % len(COMMON)] + "".join(letters)

    def operator_date() -> None:
        since = day()
        listed(today, state="all", whose=chance.randrange(1, 41), since=since, until=since + timedelta(days=30))

    def two_words() -> None:
        listed(today, state="all", words=f"{chance.choice(COMMON)} {rare()}")

    def word_operator() -> None:
        since = day()
        until = since + timedelta(days=90)
        listed(today, state="all", words=chance.choice(COMMON), whose=chance.randrange(1, 41), since=since, until=until)

    def prefix() -> None:
        listed(today, state="all", words=f"{rare()[:9]}*")

    codes = [str(700_000 + chance.randrange(1, CUSTOMERS)) for _ in range(TRIES)]
    people = Customer.objects.in_bulk(codes)
    asked_for = iter([*codes, *codes])

    def find() -> None:
        someone = people[next(asked_for)]
        name = f"{someone.first_name} {someone.last_name}"
        at = chance.randrange(1, len(name) - 1)
        wrong = name[:at] + name[at + 1 :]
        found_by(chance.choice((wrong, someone.phone or "", f"IT001E{someone.code:0>8}")))

    year = Asked(since=today - timedelta(days=365), until=today)
    groupings = (Grouping.KIND, Grouping.OPERATOR, Grouping.MONTH, Grouping.TERM, Grouping.OUTCOME)
    browser = signed_in(today)
    queue(browser)
    with CaptureQueriesContext(connection) as captured:
        queue(browser)
    return {
        "crm_operator_date_p95_ms": p95(operator_date),
        "crm_two_words_p95_ms": p95(two_words),
        "crm_word_operator_90d_p95_ms": p95(word_operator),
        "crm_prefix_p95_ms": p95(prefix),
        "crm_find_customer_p95_ms": p95(find),
        "crm_statistics_year_ms": max(
            took(lambda by=by: counted(year, by, today=today), times=3)
            for by in groupings  # type: ignore[misc]
        ),
        "queue_queries": len(captured),
    }


def listed(today: date, **question: Any) -> list[int]:
    """What the list of requests asks for: the keys of its first page."""
    from django.http import QueryDict

    from sportello.desks.backoffice.requests.filters import RequestFilter

    data = QueryDict(mutable=True)
    data.update({name: str(value) for name, value in question.items()})
    user, colleagues = somebody(today)
    return list(RequestFilter(data, colleagues).of(user, today=today).values_list("pk", flat=True)[:50])


def somebody(today: date) -> Any:
    """An operator, and his colleagues as they have been read already."""
    from sportello.desks.backoffice.requests.targets import Targets
    from sportello.domain.people.models import User

    if "somebody" not in KEPT:
        user = User.objects.get(username="operator1")
        colleagues = Targets(user, today)
        colleagues.whose(), colleagues.offices
        KEPT["somebody"] = user, colleagues
    return KEPT["somebody"]


KEPT: dict[str, Any] = {}


def signed_in(today: date) -> Any:
    """An operator's browser."""
    from django.test import Client

    client = Client()
    client.force_login(somebody(today)[0])
    return client


def queue(browser: Any) -> None:
    """The queue, as an operator opens it."""
    if browser.get("/staff/requests/", headers={"host": "localhost"}).status_code != 200:
        sys.exit("no queue")


def took(work: Callable[[], object], *, times: int = 1) -> float:
    """Milliseconds, the least of some tries."""
    found = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        found.append((time.perf_counter() - began) * 1000)
    return min(found)


def p95(work: Callable[[], object]) -> float:
    for _ in range(10):
        work()
    found = sorted(took(work) for _ in range(TRIES))
    return found[int(TRIES * 0.95)]


if __name__ == "__main__":
    main(int(sys.argv[1]))
