"""What was used, as a file: the same period as on the page, all its rows, nothing of anybody else's."""

import csv
import io
from datetime import date
from decimal import Decimal

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests import factories
from tests.factories import access, account, customer, household, meter, reading, supply, usage


@pytest.fixture(autouse=True)
def fixed_time():
    with time_machine.travel(factories.NOW, tick=False):
        yield


@pytest.fixture
def alice(db):
    return factories.user("alice")


@pytest.fixture
def books(alice):
    mine = account(customer())
    access(alice, mine.customer)
    return mine


@pytest.fixture
def browser(alice) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(alice)
    return client


def rows(response) -> list[dict[str, str]]:
    assert response.status_code == 200
    text = response.content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";"))


def test_all_of_a_reading_is_there(books, browser):
    place = supply(books, "S/1")
    meter(place)
    reading(place, "R1", read_on=date(2026, 8, 1), values=1234)
    reading(place, "R2", read_on=date(2026, 9, 1), values=1432, origin="self", invoice_number="2026/G/1")
    reading(place, "R3", read_on=date(2026, 10, 1), values=9, validation="refused", validation_reason="=cmd|x")
    response = browser.get("/documents/supplies/S~11/consumption.csv")
    assert response.headers["Content-Disposition"] == 'attachment; filename="consumption-S-1.csv"'
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "no-store" in response.headers["Cache-Control"]
    assert response.content.startswith("\ufeff".encode())
    found = rows(response)
    assert found[1] == {
        "Supply": "S/1",
        "Reading date": "01/09/2026",
        "Serial number": "SMGR036118006809",
        "Reading Meter": "1432",
        "Type of reading": "Self-reading",
        "Counted": "yes",
        "Remark": "",
        "Consumption Smc": "204,91",
        "Coefficient C": "1,034889",
        "Invoice number": "2026/G/1",
    }
    assert (found[0]["Counted"], found[0]["Consumption Smc"]) == ("no", "")
    assert found[0]["Remark"] == "refused by the distributor: =cmd|x"
    assert len(found) == 3


def test_a_cell_that_would_be_run_is_marked(books, browser):
    place = supply(books, "S1", service="water")
    meter(place, serial="=HYPERLINK(1)")
    reading(place, read_on=date(2026, 8, 1), values=1434)
    reading(place, read_on=date(2026, 9, 1), values=1432, invoice_number="@1")
    (last, _first) = rows(browser.get("/documents/supplies/S1/consumption.csv"))
    assert (last["Serial number"], last["Invoice number"], last["Consumption m³"]) == ("'=HYPERLINK(1)", "'@1", "-2,00")


def test_each_dial_and_each_band_has_its_column(books, browser):
    place = supply(books, "S1", service="electricity")
    meter(place)
    reading(place, read_on=date(2026, 9, 1), values={"R-f1": 10, "R-f2": 20, "R-f3": 30})
    reading(place, read_on=date(2026, 10, 1), values={"R-f1": 110, "R-f2": 25, "R-f3": 37})
    found = rows(browser.get("/documents/supplies/S1/consumption.csv"))[0]
    assert [found[f"Reading {band}"] for band in ("F1", "F2", "F3")] == ["110", "25", "37"]
    assert [found[f"Consumption kWh{band}"] for band in ("", " F1", " F2", " F3")] == [
        "112,00",
        "100,00",
        "5,00",
        "7,00",
    ]


def test_the_period_is_that_of_the_page_and_no_page_is_left_out(books, browser):
    place = supply(books, "S1", service="water")
    for number in range(120):
        reading(place, f"R{number}", read_on=date(2017 + number // 12, number % 12 + 1, 1), values=number)
    address = "/documents/supplies/S1/consumption.csv"
    assert len(rows(browser.get(address, {"period": "all", "page": 2}))) == 120
    assert len(rows(browser.get(address, {"period": "2020"}))) == 12
    assert rows(browser.get(address)) == rows(browser.get(address, {"period": "nonsense"}))
    assert len(rows(browser.get(address))) == 12


def test_traffic_and_deliveries_have_a_table_of_their_own(books, browser):
    usage(supply(books, "S1", service="telephony"))
    assert rows(browser.get("/documents/supplies/S1/consumption.csv")) == [
        {"Supply": "S1", "From": "01/10/2026", "To": "31/10/2026", "What": "Data", "Quantity": "42,500", "Unit": "GB"}
    ]


def test_nothing_is_a_file_with_its_heads(books, browser):
    supply(books, "S1")
    assert rows(browser.get("/documents/supplies/S1/consumption.csv")) == []


def test_anothers_is_as_one_that_is_not_there(books, browser):
    household("C7")
    for code in ("S-C7", "S-404"):
        assert browser.get(f"/documents/supplies/{code}/consumption.csv").status_code == 404


def test_readings_of_a_supply_cannot_become_anothers(books):
    place = supply(books, "S1")
    reading(place, values=777)
    usage(place, quantity=Decimal("888.5"))
    stranger = customer("C7")
    for theirs in (place.readings, place.usage):
        with pytest.raises(IntegrityError), transaction.atomic():
            theirs.update(customer=stranger)
            connection.check_constraints()


def test_it_takes_few_queries(books, browser):
    place = supply(books, "S1")
    meter(place)
    for day in range(1, 29):
        reading(place, read_on=date(2026, 10, day), values=day)
    browser.get("/documents/supplies/S1/consumption.csv")  # the first request of a session asks for more
    with CaptureQueriesContext(connection) as queries:
        browser.get("/documents/supplies/S1/consumption.csv")
    assert len(queries) <= 8
