"""Terms of answer: what holds is shown, what is to come is changed, what is wrong is told beside its field."""

import re
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from sportello.desks.backoffice import dated
from sportello.desks.backoffice.terms import SORT
from sportello.desks.backoffice.tests.test_rules import errors, plain
from sportello.domain.activities.models import Terms
from sportello.domain.journal.models import Event
from tests import factories
from tests.at_once import at_once

LIST, ADD = "/staff/administration/terms/", "/staff/administration/terms/add/"
GOOD = {
    "term": "complaint", "service": "", "valid_from": "2026-12-01", "limit": "30", "days": "calendar", "margin": "5",
    "indemnity": "30", "indemnity_2": "60", "indemnity_3": "90",
}  # fmt: skip


@pytest.fixture(autouse=True)
def without_terms(db) -> None:
    """Those with which an installation begins are not the matter here."""
    Terms.objects.all().delete()


DAILY = {"indemnity": "", "indemnity_2": "", "indemnity_3": "", "indemnity_daily": "2.50", "indemnity_most": "300"}


def terms(**fields) -> Terms:
    return Terms.objects.create(**{"term": "complaint", "valid_from": date(2026, 12, 1), "limit": 30, **fields})


def address(row: Terms, what: str = "") -> str:
    return f"{LIST}{row.pk}/{what}"


def seen(client, row: Terms) -> str:
    found = re.search(r'name="seen" value="(\w+)"', client.get(address(row)).content.decode())
    assert found
    return found[1]


def test_past_present_and_what_is_to_come_are_told_apart(ada):
    terms(valid_from=date(2025, 1, 1), limit=40)
    terms(valid_from=date(2026, 11, 24), limit=30, indemnity=30, indemnity_2=60)
    terms(valid_from=date(2027, 1, 1), limit=20, days="working")
    terms(service="water", valid_from=date(2026, 1, 1), limit=None, margin=10)
    page = plain(ada.get(LIST).content)
    for words in (
        "01/01/2027 Not yet in force All services 20 working days 5 working days before the limit none",
        "24/11/2026 In force today All services 30 calendar days 5 calendar days before the limit €30.00 · €60.00 "
        "by 19/12/2026 limit 24/12/2026",
        "01/01/2025 No longer in force All services 40 calendar days",
        "01/01/2026 In force today Water none 10 calendar days none by 04/12/2026",
    ):
        assert words in page, page


def test_kinds_without_a_deadline_are_pointed_out(ada):
    for path in ("/staff/administration/", LIST):
        assert "No terms are in force" in plain(ada.get(path).content)
    for term in ("information", "complaint", "invoice_correction"):
        terms(term=term, valid_from=date(2026, 11, 24))
    assert "information" not in plain(ada.get("/staff/administration/").content)


def test_new_terms_begin_from_those_of_today(ada):
    terms(service="water", valid_from=date(2026, 1, 1), limit=33, days="working")
    page = ada.get(f"{ADD}?term=complaint&service=water").content.decode()
    assert 'value="2026-11-25"' in page and 'value="33"' in page
    for chosen in ("water", "complaint", "working"):
        assert re.search(rf'<option value="{chosen}" selected', page), chosen
    assert ada.get(f"{ADD}?term=nothing&service=x").status_code == 200


def test_added_terms_are_saved_and_written_down(ada):
    assert ada.post(ADD, GOOD)["Location"] == LIST
    row = Terms.objects.get()
    assert (row.term, row.service, row.limit, row.margin, row.indemnity_3) == ("complaint", "", 30, 5, Decimal(90))
    event = Event.objects.get(name="activities.terms_added")
    assert event.detail["limit"] == "none → 30" and event.detail["term"] == "complaint"
    assert "Written complaint: the terms from 01/12/2026 are saved." in plain(ada.get(LIST).content)


def test_an_indemnity_may_be_due_by_the_day(ada):
    assert ada.post(ADD, GOOD | DAILY | {"service": "telephony"})["Location"] == LIST
    row = Terms.objects.get()
    assert (row.indemnity, row.indemnity_daily, row.indemnity_most) == (None, Decimal("2.50"), 300)
    assert "€2.50 a day, at most €300.00" in plain(ada.get(LIST).content)


@pytest.mark.parametrize(
    ("changed", "field", "says"),
    [
        ({"valid_from": "2026-11-24"}, "valid_from", "Tomorrow at the earliest"),
        ({"valid_from": "soon"}, "valid_from", "valid date"),
        ({"limit": "0"}, "limit", "greater than or equal to 1"),
        ({"limit": "400"}, "limit", "less than or equal to 365"),
        ({"limit": "a month"}, "limit", "whole number"),
        ({"margin": "30"}, "margin", "Less than the limit"),
        ({"margin": "31"}, "margin", "Less than the limit"),
        ({"margin": "-1"}, "margin", "greater than or equal to 0"),
        ({"margin": ""}, "margin", "required"),
        (
            {"limit": "", "margin": "0", "indemnity": "", "indemnity_2": "", "indemnity_3": ""},
            "margin",
            "At least one day",
        ),
        ({"limit": "", "indemnity_2": "", "indemnity_3": ""}, "indemnity", "Only where there is a limit"),
        ({"indemnity": "-1"}, "indemnity", "Zero at least"),
        ({"indemnity_daily": "2.50"}, "indemnity_daily", "Either in three steps or by the day"),
        (DAILY | {"indemnity_daily": ""}, "indemnity_most", "First fill in the one above"),
        (DAILY | {"indemnity_most": "1"}, "indemnity_most", "At least as much"),
        ({"indemnity": "x"}, "indemnity", "Enter a number"),
        ({"indemnity": ""}, "indemnity_2", "First fill in the one above"),
        ({"indemnity_2": "20"}, "indemnity_2", "At least as much"),
        ({"indemnity_3": "59.99"}, "indemnity_3", "At least as much"),
        ({"indemnity_3": "90.001"}, "indemnity_3", "decimal place"),
        ({"days": "lunar"}, "days", "not available"),
        ({"term": "nothing"}, "term", "not available"),
        ({"service": "coal"}, "service", "not available"),
    ],
)
def test_what_is_wrong_is_told_beside_its_field(ada, changed, field, says):
    page = ada.post(ADD, {**GOOD, **changed})
    assert page.status_code == 200
    told = errors(page.content)
    assert list(told) == [field] and says in told[field], told
    value = changed.get(field)
    assert not value or field in ("days", "term", "service") or f'value="{value}"' in page.content.decode()
    assert not Terms.objects.exists() and not Event.objects.filter(name__contains="terms").exists()


def test_italian_commas_are_understood(staff):
    client = staff("ada", "administrator", language="it")
    assert client.post(ADD, {**GOOD, "indemnity": "29,50"}).status_code == 302
    assert Terms.objects.get().indemnity == Decimal("29.50")


def test_the_same_day_twice_is_told(ada):
    terms()
    assert "already" in errors(ada.post(ADD, GOOD).content)["valid_from"]
    assert ada.post(ADD, {**GOOD, "service": "water"}).status_code == 302
    assert ada.post(ADD, {**GOOD, "term": "information"}).status_code == 302


def test_who_comes_second_is_told_what_he_would_change(ada, staff):
    row = terms()
    what_ada_saw = seen(ada, row)
    other = staff("olga", "administrator")
    other.post(address(row), {**GOOD, "limit": "25", "seen": seen(other, row)})
    late = ada.post(address(row), {**GOOD, "limit": "20", "seen": what_ada_saw})
    assert late.status_code == 409
    assert "somebody else has changed these terms" in plain(late.content) and "25 → 20" in plain(late.content)
    row.refresh_from_db()
    assert row.limit == 25
    again = re.search(r'name="seen" value="(\w+)"', late.content.decode())
    assert again and ada.post(address(row), {**GOOD, "limit": "20", "seen": again[1]}).status_code == 302
    assert Event.objects.filter(name="activities.terms_changed").count() == 2


@pytest.mark.parametrize("day", [date(2026, 11, 24), date(2020, 1, 1)])
def test_what_holds_already_is_never_changed(ada, day):
    row = terms(valid_from=day)
    for answer in (
        ada.get(address(row)),
        ada.post(address(row), {**GOOD, "seen": dated.seen(SORT, row)}),
        ada.post(address(row, "delete/")),
    ):
        assert (answer.status_code, answer["Location"]) == (302, LIST)
    assert "in force already" in plain(ada.get(LIST).content)
    assert Terms.objects.get().limit == 30


def test_removed_terms_are_gone_and_written_down(ada):
    row = terms()
    assert ada.get(address(row, "delete/"))["Location"] == LIST and Terms.objects.exists()
    assert ada.post(address(row, "delete/"))["Location"] == LIST
    assert not Terms.objects.exists()
    assert Event.objects.get(name="activities.terms_removed").detail["limit"] == "30"
    assert ada.post(address(row, "delete/")).status_code == ada.get(address(row)).status_code == 404


def test_it_takes_few_queries(ada):
    for year in range(2000, 2030):
        terms(valid_from=date(year, 1, 1))
    ada.get(LIST)
    with CaptureQueriesContext(connection) as captured:
        ada.get(LIST)
    assert len(captured) <= 6


@pytest.mark.django_db(transaction=True)
def test_two_administrators_do_not_add_the_same_day(settings):
    settings.DEMO = True
    clients = []
    for name in ("ada", "olga"):
        client = Client(headers={"accept-language": "en"})
        client.force_login(factories.user(name, roles=["administrator"]))
        clients.append(client)

    def add(number: int) -> tuple[int, bool]:
        answer = clients[number].post(ADD, GOOD)
        return answer.status_code, b"from this day already" in answer.content

    assert sorted(at_once(2, add)) == [(200, True), (302, False)]
    assert Terms.objects.count() == 1
