"""Whoever calls is found by an index, however many customers there are."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sportello.domain.customers.finding import found_by
from tests.factories import account, customer, invoice

pytestmark = pytest.mark.django_db


def many(count: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO customers_customer (code, kind, first_name, last_name, company_name, language, street, street_number,"
            " postcode, municipality, province, country) SELECT 'K' || n, 'person', 'Ugo', 'Neri' || n, '', 'it', '', '', '',"
            " '', '', '' FROM generate_series(1, %s) AS n",
            [count],
        )
        cursor.execute("ANALYZE customers_customer")


@pytest.mark.parametrize(
    ("typed", "found"), [("K17", "K17"), ("2026/g/1", "C1"), ("neri4321", "K4321"), ("nobody", None)]
)
def test_nobody_is_looked_for_among_all(typed, found):
    of = customer("C1", last_name="Verdi")
    invoice(account(of), "2026/G/1")
    many(19_000)
    with CaptureQueriesContext(connection) as captured:
        assert [each.customer.code for each in found_by(typed)] == ([found] if found else [])
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")  # so few are read whole; what has no index would be, even so
        for query in (each for each in captured.captured_queries if each["sql"].startswith("SELECT")):
            cursor.execute(f"EXPLAIN {query['sql']}")
            assert "Seq Scan on customers_customer" not in str(cursor.fetchall())
