"""What the copies are: as many as were asked for, each whole, valid and somebody's own."""

import psycopg
import pytest
from django.db import connection
from django.db.models import Count, F, Sum
from django.test import Client
from django.urls import reverse
from psycopg import sql

from sportello.demo.logins import PASSWORD
from sportello.demo.size.bare import CONSTRAINTS, INDEXES
from sportello.demo.size.copying import NAMES
from sportello.demo.size.making import spread
from sportello.demo.size.tests.conftest import CUSTOMERS, ORIGINALS, url
from sportello.domain.activities.models import Activity
from sportello.domain.customers.alignment.checks import plain_faults, reference_faults
from sportello.domain.customers.alignment.mirror import TABLES, names
from sportello.domain.customers.alignment.staging import ALLOCATION_TYPES, STAGED_ALLOCATION, staging
from sportello.domain.customers.models import (
    BillingAccount,
    Customer,
    CustomerAccess,
    DirectDebitMandate,
    Invoice,
    Meter,
    MeterReading,
    Payment,
    Supply,
    Usage,
)
from sportello.domain.ledger.models import LedgerRow
from sportello.domain.people.models import User
from sportello.italy import codice_fiscale, partita_iva, pdr, pod

pytestmark = pytest.mark.django_db
OWNED = (BillingAccount, DirectDebitMandate, Supply, Meter, Invoice, Payment, MeterReading, Usage)


def test_there_are_as_many_as_asked_for(sized):
    assert sized["customers_customer"] == Customer.objects.count() == CUSTOMERS
    copies = spread([str(place) for place in range(ORIGINALS)], CUSTOMERS - ORIGINALS)
    assert list(copies.values()) == [3, 3, 3, 3, 3, 3, 3, 2, 2]


def test_every_copy_has_what_its_original_has(sized):
    for model in OWNED:
        counts = dict(model.objects.values_list("customer_id").annotate(n=Count("pk")))
        copied = [code for code in Customer.objects.values_list("code", flat=True) if int(code) >= 701_000]
        assert len(copied) == CUSTOMERS - ORIGINALS
        for code in copied:
            assert counts.get(code, 0) == counts.get(original(code), 0), (model, code)
        assert sum(counts.values()) == sized[model._meta.db_table]


def original(code: str) -> str:
    return str(700_000 + int(code) % 1_000)


def test_debts_are_those_of_the_original(sized):
    owed = dict(Invoice.objects.values_list("customer_id").annotate(owed=Sum(F("amount") - F("paid"))))
    balances = dict(BillingAccount.objects.values_list("customer_id").annotate(all=Sum("balance")))
    assert any(owed.values())
    for code in owed:
        assert (owed[code], balances[code]) == (owed[original(code)], balances[original(code)])


def test_everybody_is_somebody_else(sized):
    codes = Customer.objects.values_list("tax_code", flat=True)
    assert len(set(codes)) == CUSTOMERS
    assert len(set(Customer.objects.filter(kind="person").values_list("first_name", "last_name"))) > ORIGINALS
    for kind, vat, tax in Customer.objects.values_list("kind", "vat_number", "tax_code"):
        if kind == "person":
            codice_fiscale.validate(tax)
        if vat:
            partita_iva.validate(vat)
    points = list(Supply.objects.exclude(point_code=None).values_list("service", "point_code"))
    assert len(set(points)) == len(points) > CUSTOMERS
    for service, point in points:
        (pdr if service == "gas" else pod).validate(point)


def test_slips_have_their_check_digits_and_no_number_comes_twice(sized):
    slips = list(Invoice.objects.exclude(slip_code=None).values_list("number", "slip_code"))
    assert len({slip for _, slip in slips}) == len(slips) > 100
    for number, slip in slips:
        assert int(slip[:16]) % 93 == int(slip[16:])
        assert int(slip[6:16]) == int(number[7:])


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.kind)
def test_alignment_would_take_every_row(sized, table):
    with connection.cursor() as cursor, staging(cursor, table.staged, table.staging_columns):
        fill(cursor, table)
        with staging(cursor, STAGED_ALLOCATION, ALLOCATION_TYPES):
            cursor.execute(
                sql.SQL("INSERT INTO {} SELECT payment_code, invoice_number, amount FROM customers_allocation").format(
                    STAGED_ALLOCATION
                )
            )
            assert plain_faults(cursor, table) == {}
            assert reference_faults(cursor, table) == {}


def fill(cursor, table) -> None:
    cursor.execute(sql.SQL("INSERT INTO {} SELECT {} FROM {}").format(table.staged, names(table.columns), table.mirror))
    assert cursor.rowcount > 0


def test_indexes_and_references_are_as_the_migrations_made_them(sized):
    tables = {"tables": list(NAMES)}
    with psycopg.connect(url()) as here, psycopg.connect(url().replace("_sized", "")) as pristine:
        for query in (CONSTRAINTS, INDEXES):
            assert here.execute(query, tables).fetchall() == pristine.execute(query, tables).fetchall()


def test_nothing_of_the_making_is_left(sized):
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_namespace WHERE nspname = 'sized'")
        assert cursor.fetchone() == (0,)


def test_everybody_reaches_his_own_and_nothing_else(sized):
    users = User.objects.filter(username__startswith="cliente")
    assert users.count() == CustomerAccess.objects.values("user").distinct().count() >= ORIGINALS
    for user in users:
        mine = set(CustomerAccess.objects.filter(user=user).values_list("customer_id", flat=True))
        assert mine
        for model in OWNED:
            assert set(model.objects.within_reach_of(user).values_list("customer_id", flat=True)) <= mine
        assert set(Customer.objects.within_reach_of(user).values_list("code", flat=True)) == mine


def test_some_reach_two_customers(sized):
    several = CustomerAccess.objects.values("user").annotate(n=Count("id")).filter(n__gt=1)
    assert several.exists()


def test_what_they_gave_themselves_came_in_as_requests(sized):
    given = MeterReading.objects.filter(origin="self", customer_id__in=CustomerAccess.objects.values("customer_id"))
    assert Activity.objects.count() == given.count() > 0
    assert set(Activity.objects.values_list("self_reading__reading_code", flat=True)) == set(
        given.values_list("code", flat=True)
    )
    assert LedgerRow.objects.filter(state="acknowledged").count() == Activity.objects.count()
    for activity in Activity.objects.all():
        assert activity.opened_by_id in CustomerAccess.objects.filter(customer=activity.customer_id).values_list(
            "user_id", flat=True
        )


def test_a_copy_signs_in_and_opens_its_pages(sized, settings):
    settings.DEMO = True
    user = User.objects.filter(username__startswith="cliente").order_by("username").first()
    client = Client()
    assert client.login(username=user.username, password=PASSWORD)
    mine = Invoice.objects.within_reach_of(user).newest_first().first()
    bill, supply = [mine.number], [mine.supply_codes[0]]
    asked = Activity.objects.within_reach_of(user).first()
    pages = [
        *map(reverse, ("overview", "invoices", "supplies", "readings", "requests", "account")),
        reverse("invoice", args=bill),
    ]
    if asked:
        pages.append(reverse("request", args=[asked.number]))
    for path in (*pages, reverse("supply", args=supply), reverse("consumption", args=supply)):
        assert client.get(path).status_code == 200, path
    assert mine.number in client.get(reverse("invoices")).content.decode()
    other = Invoice.objects.exclude(customer_id=mine.customer_id).first()
    assert client.get(reverse("invoice", args=[other.number])).status_code == 404
