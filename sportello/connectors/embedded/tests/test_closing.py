from dataclasses import replace
from datetime import date, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from sportello.billing.commands import CloseSupply
from sportello.billing.errors import NotThere, Refused
from sportello.billing.records import Address, BillingAccountRecord, MeterReadingRecord, SupplyRecord
from sportello.connectors.embedded import closing, issuing, models, working
from sportello.connectors.embedded.connector import EmbeddedBilling
from sportello.connectors.embedded.loading import load
from sportello.connectors.embedded.tests.factories import account, company, metered, reading, shown, supply

pytestmark = pytest.mark.django_db(databases=["billing"], transaction=True)

ELSEWHERE = Address(street="Via Roma", number="1", postcode="41037", municipality="Mirandola", province="MO")
CLOSE = CloseSupply(
    customer_code="C1",
    supply_code="S1",
    ends_on=date(2026, 3, 20),
    forwarding=ELSEWHERE,
    meter_code="M1",
    values=shown(1080),
)


@pytest.fixture
def billing() -> EmbeddedBilling:
    load([*metered(), company("C2"), account("A2", "C2"), supply("S2", customer_code="C2", account_code="A2")])
    return EmbeddedBilling()


def of(kind: type, billing: EmbeddedBilling) -> list:
    return [record for record in billing.snapshot("C1").records if isinstance(record, kind)]


def test_it_ends_with_its_final_reading_and_the_post_follows(billing):
    receipt = billing.execute(CLOSE, key="k1")
    (ended,) = of(SupplyRecord, billing)
    assert (ended.status, ended.ended_on) == ("closed", date(2026, 3, 20))
    final = next(each for each in of(MeterReadingRecord, billing) if each.code == receipt.reference)
    assert (final.origin, final.occasion, final.key) == ("self", "final", "k1")
    assert (final.read_on, final.values) == (date(2026, 3, 20), shown(1080))
    assert of(BillingAccountRecord, billing)[0].mailing_address == ELSEWHERE


def test_the_last_invoice_is_a_closing_one(billing):
    models.Supply.objects.filter(code="S1").update(service="water")
    billing.execute(CLOSE, key="k1")
    assert issuing.issue(supply_codes=["S1"], issued_on=timezone.localdate()).kind == "closing"


def test_the_post_of_an_account_with_other_supplies_stays(billing):
    load([supply("S3")])
    billing.execute(CLOSE, key="k1")
    assert of(BillingAccountRecord, billing)[0].mailing_address is None
    assert models.Supply.objects.get(code="S1").forwarding["street"] == "Via Roma"


def test_one_that_is_to_end_goes_on_until_then(billing):
    today = timezone.localdate()
    billing.execute(replace(CLOSE, ends_on=today + timedelta(days=2)), key="k1")
    (to_end,) = of(SupplyRecord, billing)
    assert (to_end.status, to_end.ended_on) == ("active", today + timedelta(days=2))
    assert {each.occasion for each in of(MeterReadingRecord, billing)} == {"periodic"}
    assert closing.close_due(today=today + timedelta(days=1)) == []
    later = timezone.now() + timedelta(days=2)
    assert f"Supply S1 has ended on {today + timedelta(days=2)}." in working.work(now=later, after=timedelta(days=9))
    assert of(SupplyRecord, billing)[0].status == "closed"


def test_it_ends_on_command_too(billing):
    said = StringIO()
    call_command("billing", "close", stdout=said)
    models.Supply.objects.filter(code="S1").update(ended_on=date(2026, 3, 20))
    call_command("billing", "close", stdout=said)
    assert said.getvalue() == "No supply ends today or has ended.\nSupply S1 has ended on 2026-03-20.\n"


def test_without_a_reading_the_distributor_reads(billing):
    assert billing.execute(replace(CLOSE, meter_code="", values=()), key="k1").reference == ""
    assert (len(of(MeterReadingRecord, billing)), of(SupplyRecord, billing)[0].status) == (1, "closed")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"ends_on": date(2099, 1, 1)}, "ends_on"),
        ({"ends_on": date(2026, 2, 28)}, "ends_on"),
        ({"ends_on": date(2009, 1, 1)}, "ends_on"),
        ({"values": shown(999)}, "values"),
        ({"values": ()}, "values"),
        ({"values": shown(1080, 1)}, "values"),
        ({"forwarding": replace(ELSEWHERE, municipality="")}, "forwarding"),
    ],
)
def test_an_end_that_cannot_be_is_refused_and_nothing_is_left_of_it(billing, values, field):
    models.Supply.objects.filter(code="S1").update(started_on=date(2010, 1, 1))
    before = billing.snapshot("C1")
    with pytest.raises(Refused) as caught:
        billing.execute(replace(CLOSE, **values), key="k1")
    assert caught.value.field == field
    assert billing.snapshot("C1") == before


@pytest.mark.parametrize(
    "values", [{"status": "closed"}, {"ended_on": date(2099, 1, 1)}, {"status": "activating"}], ids=str
)
def test_one_that_has_ended_or_not_begun_cannot_end(billing, values):
    models.Supply.objects.filter(code="S1").update(**values)
    with pytest.raises(Refused) as caught:
        billing.execute(CLOSE, key="k1")
    assert caught.value.field == "supply_code"


def test_it_cannot_end_before_the_distributor_read_it(billing):
    load([reading("R9", 1500, date(2026, 4, 1))])
    with pytest.raises(Refused) as caught:
        billing.execute(CLOSE, key="k1")
    assert caught.value.field == "ends_on"


def test_what_is_not_the_customers_is_not_there(billing):
    for values in (
        {"customer_code": "C9"},
        {"customer_code": "C2"},
        {"supply_code": "S2"},
        {"supply_code": "\0"},
        {"meter_code": "M9"},
    ):
        with pytest.raises(NotThere):
            billing.execute(replace(CLOSE, **values), key="k1")
