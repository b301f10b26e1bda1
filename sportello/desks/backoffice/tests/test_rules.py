"""The administrator's editor of the numbers that judge self-readings. Today is the 24th of November 2026."""

import re
from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from sportello.desks.backoffice import dated
from sportello.desks.backoffice.rules import SORT
from sportello.desks.backoffice.rules_forms import LABELS, READ_SERVICES, RulesForm
from sportello.domain.activities.models import ReadingRules
from sportello.domain.journal.models import Event

LIST, ADD = "/staff/rules/readings/", "/staff/rules/readings/add/"
GOOD = {
    "service": "gas", "valid_from": "2026-12-01", "accept_from": "0.25", "accept_to": "2", "confirm_from": "0.1",
    "confirm_to": "4", "slack": "2", "roll_over_share": "0.1", "corrector_tolerance": "0.2", "opens_day": "",
    "closes_day": "", "outside": "accept",
}  # fmt: skip


def plain(page: bytes) -> str:
    text = page.decode()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text[text.index("<main") :]))


def errors(page: bytes) -> dict[str, str]:
    found = re.findall(r'<p class="error" id="id_(\w+)-error">(.*?)</p>', page.decode(), re.DOTALL)
    return {name: re.sub(r"<[^>]+>", "", text).strip() for name, text in found}


def rules(**fields) -> ReadingRules:
    return ReadingRules.objects.create(**{"service": "gas", "valid_from": date(2026, 12, 1), **fields})


def address(row: ReadingRules, what: str = "") -> str:
    return f"{LIST}{row.pk}/{what}"


def seen(client, row: ReadingRules) -> str:
    found = re.search(r'name="seen" value="(\w+)"', client.get(address(row)).content.decode())
    assert found
    return found[1]


# --- the list --------------------------------------------------------------------------------------------------------


def test_without_rows_what_is_built_in_holds(ada):
    page = plain(ada.get(LIST).content)
    assert page.count("built in In force today 0.30–2.00 ×") == len(READ_SERVICES)
    assert "Telephony" not in page


def test_which_row_holds_today_is_marked(ada):
    rules(valid_from=date(2025, 1, 1), accept_from="0.5")
    rules(valid_from=date(2026, 11, 24), accept_from="0.4")
    rules(valid_from=date(2026, 11, 25), accept_from="0.35")
    page = plain(ada.get(LIST).content)
    for words in (
        "25/11/2026 Not yet in force 0.35",
        "24/11/2026 In force today 0.40",
        "01/01/2025 Past 0.50",
        "built in Past",
    ):
        assert words in page, words


def test_only_what_does_not_hold_yet_can_be_changed(ada):
    past, now, future = (rules(valid_from=day) for day in (date(2025, 1, 1), date(2026, 11, 24), date(2026, 11, 25)))
    page = ada.get(LIST).content.decode()
    assert address(future) in page and address(future, "delete/") in page
    assert address(past) not in page and address(now) not in page


@pytest.mark.parametrize("role", ["back_office", "call_center", "manager", "agent", "credit_checker"])
def test_nobody_else_comes_here(staff, role):
    row = rules()
    client = staff("other", role)
    for path in (LIST, ADD, address(row)):
        assert client.get(path).status_code == 404
        assert client.post(path, GOOD).status_code == (404)
    assert client.post(address(row, "delete/")).status_code == 404
    assert ReadingRules.objects.count() == 1


def test_it_takes_few_queries(ada):
    for year in range(2000, 2030):
        rules(valid_from=date(year, 1, 1))
    ada.get(LIST)
    with CaptureQueriesContext(connection) as captured:
        ada.get(LIST)
    assert len(captured) <= 6


# --- adding ----------------------------------------------------------------------------------------------------------


def test_new_rules_begin_from_those_of_today_and_tomorrow(ada):
    rules(service="water", valid_from=date(2026, 1, 1), accept_to="3.5")
    page = ada.get(f"{ADD}?service=water").content.decode()
    assert 'value="2026-11-25"' in page and 'value="3.50"' in page
    assert re.search(r'<option value="water" selected', page)


def test_every_field_has_its_label_in_words(ada):
    page = ada.get(ADD).content.decode()
    for name, label in LABELS.items():
        assert f'for="id_{name}">{label}' in page or name == "allow_equal", name
    assert "A reading may equal the one before" in page


def test_added_rules_are_saved_and_written_down(ada):
    assert ada.post(ADD, GOOD)["Location"] == LIST
    row = ReadingRules.objects.get()
    assert (row.service, row.valid_from, row.accept_from) == ("gas", date(2026, 12, 1), Decimal("0.25"))
    event = Event.objects.get(name="activities.reading_rules_added")
    assert event.detail == {"service": "gas", "valid_from": "none → 2026-12-01", "accept_from": "0.3 → 0.25"}
    assert event.actor is not None and event.actor.username == "ada"
    assert "Gas: the rules from 01/12/2026 are saved." in plain(ada.get(LIST).content)


def test_italian_commas_are_understood_and_shown(staff):
    client = staff("ada", "administrator", language="it")
    assert 'value="0,30"' in client.get(ADD).content.decode()
    assert client.post(ADD, {**GOOD, "accept_from": "0,25"}).status_code == 302
    assert ReadingRules.objects.get().accept_from == Decimal("0.25")


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("valid_from", "2026-11-24", "Tomorrow at the earliest"),
        ("valid_from", "2020-01-01", "Tomorrow at the earliest"),
        ("valid_from", "31/02/2027", "valid date"),
        ("valid_from", "", "required"),
        ("accept_from", "0.05", "At least as much as “Sent after one confirmation from"),
        ("accept_to", "0.2", "At least as much as “Accepted from"),
        ("confirm_to", "1.5", "At least as much as “Accepted up to"),
        ("confirm_from", "-0.1", "Zero at least"),
        ("slack", "-1", "Zero at least"),
        ("accept_to", "abc", "Enter a number"),
        ("accept_to", "NaN", "Enter a number"),
        ("accept_to", "10000000000000", "no more than"),
        ("accept_to", "1.234", "no more than 2 decimal"),
        ("roll_over_share", "0.6", "Half of the range"),
        ("corrector_tolerance", "-0.1", "Zero at least"),
        ("service", "telephony", "not available"),
        ("outside", "perhaps", "valid choice"),
        ("opens_day", "0", "greater than or equal to 1"),
        ("closes_day", "32", "less than or equal to 31"),
        ("closes_day", "5", None),
    ],
)
def test_what_is_wrong_is_told_beside_its_field(ada, field, value, says):
    page = ada.post(ADD, {**GOOD, field: value})
    assert page.status_code == 200
    told = errors(page.content)
    if says is None:
        assert told == {"opens_day": "Both days, or none."}
    else:
        assert list(told) == [field] and says in told[field], told
    assert f'value="{value}"' in page.content.decode() or field in ("service", "outside") or not value
    assert "Constraint" not in page.content.decode()
    assert not ReadingRules.objects.exists() and not Event.objects.filter(name__contains="rules").exists()


def test_the_same_day_twice_is_told(ada):
    rules()
    assert "already" in errors(ada.post(ADD, GOOD).content)["valid_from"]
    assert ada.post(ADD, {**GOOD, "service": "water"}).status_code == 302


def late(monkeypatch, times: int) -> None:
    """The form's first ``times`` looks do not see what is there, as if it had come just after."""
    look = RulesForm._check_day
    looks = []

    def blind(self, cleaned):
        looks.append(1)
        if len(looks) > times:
            look(self, cleaned)

    monkeypatch.setattr(RulesForm, "_check_day", blind)


@pytest.mark.django_db(transaction=True)
def test_a_day_that_is_taken_in_the_same_moment_is_told_beside_it(ada, monkeypatch):
    rules()
    other = rules(valid_from=date(2026, 12, 2))
    late(monkeypatch, 1)
    assert "already" in errors(ada.post(ADD, GOOD).content)["valid_from"]
    what_ada_saw = seen(ada, other)
    late(monkeypatch, 1)
    page = ada.post(address(other), {**GOOD, "seen": what_ada_saw})
    assert page.status_code == 200 and "already" in errors(page.content)["valid_from"]
    assert ReadingRules.objects.count() == 2


def test_the_database_has_the_last_word(db):
    for wrong in ({"accept_from": "3"}, {"opens_day": 5}, {"confirm_from": "-1"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            rules(**wrong)


# --- changing and removing -------------------------------------------------------------------------------------------


def test_a_change_is_saved_and_written_down(ada):
    row = rules()
    sent = {**GOOD, "valid_from": "2027-01-01", "allow_equal": "on", "opens_day": "20", "closes_day": "31"}
    assert ada.post(address(row), {**sent, "seen": seen(ada, row)})["Location"] == LIST
    row.refresh_from_db()
    assert (row.valid_from, row.allow_equal, row.opens_day) == (date(2027, 1, 1), True, 20)
    assert Event.objects.get(name="activities.reading_rules_changed").detail == {
        "service": "gas", "valid_from": "2026-12-01 → 2027-01-01", "accept_from": "0.3 → 0.25", "allow_equal": "False → True",
        "opens_day": "none → 20", "closes_day": "none → 31",
    }  # fmt: skip


def test_who_comes_second_is_told_what_he_would_change(ada, staff):
    row = rules()
    what_ada_saw = seen(ada, row)
    other = staff("olga", "administrator")
    other.post(address(row), {**GOOD, "accept_to": "3", "seen": seen(other, row)})
    late = ada.post(address(row), {**GOOD, "accept_to": "2.5", "seen": what_ada_saw})
    assert late.status_code == 409
    page = plain(late.content)
    assert "somebody else has changed these rules" in page and "3 → 2.5" in page
    row.refresh_from_db()
    assert row.accept_to == Decimal(3)
    again = re.search(r'name="seen" value="(\w+)"', late.content.decode())
    assert again and ada.post(address(row), {**GOOD, "accept_to": "2.5", "seen": again[1]}).status_code == 302


@pytest.mark.parametrize("day", [date(2026, 11, 24), date(2020, 1, 1)])
def test_what_holds_already_is_never_changed(ada, day):
    row = rules(valid_from=day)
    for answer in (
        ada.get(address(row)),
        ada.post(address(row), {**GOOD, "seen": dated.seen(SORT, row)}),
        ada.post(address(row, "delete/")),
    ):
        assert (answer.status_code, answer["Location"]) == (302, LIST)
    assert "in force already" in plain(ada.get(LIST).content)
    row.refresh_from_db()
    assert row.accept_from == Decimal("0.30")


def test_removed_rules_are_gone_and_written_down(ada):
    row = rules()
    assert ada.post(address(row, "delete/"))["Location"] == LIST
    assert not ReadingRules.objects.exists()
    assert Event.objects.get(name="activities.reading_rules_removed").detail["accept_from"] == "0.3"


def test_rules_that_are_not_there_are_not_found(ada):
    assert ada.get(f"{LIST}987654321/").status_code == 404
    assert ada.post(f"{LIST}987654321/delete/").status_code == 404


def test_looking_removes_nothing(ada):
    row = rules()
    assert ada.get(address(row, "delete/"))["Location"] == LIST
    assert ReadingRules.objects.exists()
