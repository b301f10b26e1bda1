import pytest
from django.db import connection

from sportello.domain.customers import amount
from sportello.domain.customers.amount import Amount, amounts
from sportello.domain.customers.models import Customer, Supply
from tests import factories

pytestmark = pytest.mark.django_db


def test_few_rows_are_counted():
    factories.customer()
    assert amounts(Customer, Supply) == [Amount(1, exact=True), Amount(Supply.objects.count(), exact=True)]


def test_many_rows_are_told_as_postgresql_reckons_them(monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(amount, "MOST_COUNTED", 1)
    for code in ("C1", "C2", "C3"):
        factories.customer(code)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE customers_customer")
    with django_assert_num_queries(1):
        assert amounts(Customer) == [Amount(3, exact=False)]
