from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from sportello.billing.commands import SubmitReading
from sportello.billing.errors import NotThere, Refused
from sportello.connectors.embedded import models
from sportello.connectors.embedded.loading import load
from sportello.connectors.embedded.submitting import submit
from sportello.connectors.embedded.tests.factories import (
    account,
    customer,
    meter,
    metered,
    reading,
    register,
    shown,
    supply,
)

pytestmark = pytest.mark.django_db(databases=["billing"])

NOW = datetime(2026, 4, 1, 10, tzinfo=UTC)
DAY = date(2026, 3, 20)
COMMAND = SubmitReading(customer_code="C1", supply_code="S1", meter_code="M1", read_on=DAY, values=shown(1080))


@pytest.fixture(autouse=True)
def home():
    load(metered())


def send(*, key: str = "k1", **values: Any) -> models.MeterReading:
    return models.MeterReading.objects.get(code=submit(replace(COMMAND, **values), key=key, now=NOW))


def get(code: str) -> models.MeterReading:
    return models.MeterReading.objects.get(code=code)


def test_a_reading_is_written_with_its_key_and_what_was_used():
    made = send()
    assert made.code == "2026/R/0000001"
    assert (made.supply_id, made.meter_id, made.read_on, made.values) == (
        "S1",
        "M1",
        DAY,
        [{"register": "1", "value": "1080"}],
    )
    assert (made.origin, made.occasion, made.key, made.received_at) == ("self", "periodic", "k1", NOW)
    assert made.consumption == Decimal("82.791")  # 80 by the coefficient


@pytest.mark.parametrize(
    ("service", "validation"), [("gas", "pending"), ("water", "valid"), ("lpg", "valid"), ("electricity", "")]
)
def test_of_gas_the_distributor_judges(service, validation):
    models.Supply.objects.update(service=service)
    made = send()
    assert made.validation == validation
    assert made.judged_at == (None if validation == "pending" else NOW)


def test_the_same_value_is_a_consumption_of_nothing():
    assert send(values=shown(1000)).consumption == 0


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ({"customer_code": "C9"}, "customer"),
        ({"supply_code": "S9"}, "supply"),
        ({"meter_code": "M9"}, "meter"),
        ({"customer_code": "C\0"}, "customer"),
        ({"supply_code": "S" * 65}, "supply"),
        ({"meter_code": "\ud800"}, "meter"),
        ({"supply_code": "S2"}, "supply"),
        ({"meter_code": "M2"}, "meter"),
        ({"customer_code": "C2"}, "supply"),
    ],
)
def test_what_is_unknown_or_somebody_elses_is_not_there(values, kind):
    load([customer("C2"), account("A2", "C2"), supply("S2", customer_code="C2", account_code="A2")])
    load([meter("M2", customer_code="C2", supply_code="S2")])
    with pytest.raises(NotThere) as caught:
        send(**values)
    assert caught.value.kind == kind
    assert models.MeterReading.objects.count() == 1


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({"read_on": date(2026, 4, 2)}, "read_on", "nel futuro"),
        ({"read_on": date(2026, 3, 1)}, "read_on", "già letto il contatore il 01/03/2026"),
        ({"read_on": date(2025, 3, 1)}, "read_on", "già letto il contatore"),
        ({"read_on": date(2019, 12, 31)}, "read_on", "installato dal 01/01/2020"),
        ({"values": ()}, "values", "un valore per ogni"),
        ({"values": shown(1080, 5)}, "values", "non ha il totalizzatore '2'"),
        ({"values": shown(1080) * 2}, "values", "un valore per ogni"),
        ({"values": shown(100_000)}, "values", "solo 5 cifre"),
        ({"values": shown("1e30")}, "values", "solo 5 cifre"),
        ({"values": shown("1080.5")}, "values", "prima della virgola"),
        ({"values": shown(-1)}, "values", "non negativo"),
        ({"values": shown("NaN")}, "values", "deve essere un numero"),
        ({"values": shown("-Infinity")}, "values", "deve essere un numero"),
        ({"values": shown(999)}, "values", "minore di quella del 01/03/2026"),
    ],
)
def test_what_cannot_be_true_is_refused_in_words(values, field, words):
    with pytest.raises(Refused, match=words) as caught:
        send(**values)
    assert caught.value.field == field
    assert models.MeterReading.objects.count() == 1


@pytest.mark.parametrize(
    ("table", "values", "field", "words"),
    [
        (models.Supply, {"status": "closed"}, "supply_code", "cessata"),
        (models.Supply, {"status": "activating"}, "supply_code", "non è ancora attiva"),
        (models.Supply, {"started_on": date(2026, 3, 21)}, "read_on", "iniziata il 21/03/2026"),
        (models.Supply, {"ended_on": date(2026, 3, 19)}, "read_on", "finita il 19/03/2026"),
        (models.Meter, {"removed_on": DAY}, "meter_code", "tolto il 20/03/2026"),
        (models.Meter, {"installed_on": date(2026, 3, 21)}, "read_on", "installato dal 21/03/2026"),
        (models.Meter, {"remote_read": True}, "meter_code", "a distanza"),
    ],
)
def test_a_supply_or_meter_that_cannot_be_read_is_refused(table, values, field, words):
    table.objects.update(**values)
    with pytest.raises(Refused, match=words) as caught:
        send()
    assert caught.value.field == field


def test_a_suspended_supply_can_be_read():
    models.Supply.objects.update(status="suspended")
    assert send().code


def test_a_corrector_needs_both_values_and_only_its_own_counts():
    load([supply("S2"), meter("M2", supply_code="S2", kind="with_corrector", registers=PAIR)])
    load([reading("R2", supply_code="S2", meter_code="M2", values=shown(1000, 2000))])
    for values in (shown(1100), shown(1100, 1999), shown(999, 2100)):
        with pytest.raises(Refused):
            send(supply_code="S2", meter_code="M2", values=values)
    assert send(supply_code="S2", meter_code="M2", values=shown(1100, 2103)).consumption == 103


PAIR = (register(digits=5), register("2", role="corrected", digits=8, coefficient=Decimal(1)))


def test_a_roll_over_is_taken_where_somebody_approved_it():
    models.MeterReading.objects.update(values=[{"register": "1", "value": "99980"}])
    with pytest.raises(Refused, match="minore"):
        send(values=shown(35))
    assert send(values=shown(35), approved=True).consumption == Decimal("56.919")  # 55 by the coefficient


def test_an_estimate_that_was_too_high_does_not_stand_in_the_way():
    load([reading("E1", 1200, date(2026, 3, 10), origin="estimated")])
    assert send().consumption == Decimal("-124.187")  # what the estimate was too much


def test_a_value_beyond_a_later_reading_is_refused():
    send(read_on=date(2026, 3, 25), values=shown(1090))
    with pytest.raises(Refused, match="maggiore di quella del 25/03/2026"):
        send(key="k2", values=shown(1091))
    send(key="k2", values=shown(1081))
    assert models.MeterReading.objects.get(key="k1").consumption == Decimal("9.314"), "it now begins later"


def test_a_second_reading_of_the_day_takes_the_place_of_the_first():
    first = send()
    second = send(key="k2", values=shown(1070))
    first.refresh_from_db()
    assert first.superseded_by_id == second.code
    assert second.superseded_by_id is None
    assert second.consumption == Decimal("72.442")


def test_one_that_replaces_another_of_another_day():
    first = send()
    second = send(key="k2", read_on=date(2026, 3, 22), values=shown(1075), replaces="k1")
    assert get(first.code).superseded_by_id == second.code
    assert second.consumption == Decimal("77.617"), "smaller than the one it replaces"


@pytest.mark.parametrize("replaces", ["never-seen", "", "\0", "x" * 200])
def test_what_there_is_nothing_of_to_replace_does_not_matter(replaces):
    assert send(replaces=replaces).code


def test_a_reading_of_another_supply_is_not_replaced():
    load([supply("S2"), meter("M2", supply_code="S2"), reading("R2", supply_code="S2", meter_code="M2")])
    other = send(key="other", supply_code="S2", meter_code="M2")
    send(replaces="other")
    assert get(other.code).superseded_by_id is None


def test_a_reading_that_an_invoice_counts_on_is_not_replaced():
    send()
    models.MeterReading.objects.filter(key="k1").update(validation="valid", invoice="2026/G/0000007")
    with pytest.raises(Refused, match="già nella fattura 2026/G/0000007"):
        send(key="k2", values=shown(1085))


def test_a_reading_that_the_distributor_refused_does_not_count():
    send(values=shown(5000))
    models.MeterReading.objects.filter(key="k1").update(validation="refused")
    assert send(key="k2").consumption == Decimal("82.791")
    assert models.MeterReading.objects.get(key="k1").superseded_by_id is None


def test_a_valid_reading_does_away_with_later_estimates():
    models.Supply.objects.update(service="water")
    load(
        [
            reading("E1", 1200, date(2026, 3, 31), origin="estimated"),
            reading("E2", 1010, date(2026, 3, 5), origin="estimated"),
        ]
    )
    made = send()
    assert get("E1").superseded_by_id == made.code
    assert get("E2").superseded_by_id is None
