import threading
from dataclasses import replace
from datetime import date

import pytest
from django.db import IntegrityError, connections
from django.utils import timezone

from sportello.billing.commands import COMMANDS, PublishWebCode, Receipt, SubmitReading
from sportello.billing.errors import Conflict, NotThere, Refused, Unavailable
from sportello.connectors.embedded import executing, models
from sportello.connectors.embedded.connector import EmbeddedBilling
from sportello.connectors.embedded.loading import load
from sportello.connectors.embedded.tests.factories import metered, shown

pytestmark = pytest.mark.django_db(databases=["billing"], transaction=True)

READING = SubmitReading(
    customer_code="C1", supply_code="S1", meter_code="M1", read_on=date(2026, 3, 20), values=shown(1080)
)
WEB_CODE = PublishWebCode(customer_code="C1", web_code="ABCDE-FGHJK-LMNPQ", expires_on=date(2099, 1, 1))


@pytest.fixture
def billing() -> EmbeddedBilling:
    load(metered())
    return EmbeddedBilling()


def given() -> int:
    return models.MeterReading.objects.filter(origin="self").count()


def test_it_offers_every_command(billing):
    assert billing.capabilities.commands == COMMANDS.keys()


def test_the_same_key_again_has_the_same_receipt_and_no_second_effect(billing):
    first = billing.execute(READING, key="k1")
    assert first == Receipt(reference="2026/R/0000001")
    assert billing.execute(READING, key="k1") == replace(first, duplicate=True)
    assert given() == 1
    assert models.Execution.objects.get().command == "SubmitReading"


def test_without_the_row_of_the_key_there_would_be_two(billing, monkeypatch):
    monkeypatch.setattr(executing, "take", lambda key, name, now: True)
    billing.execute(READING, key="k1")
    billing.execute(READING, key="k1")
    assert given() == 2


def test_a_duplicate_is_one_also_when_it_could_no_longer_be_done(billing):
    first = billing.execute(READING, key="k1")
    models.Supply.objects.update(status="closed")
    assert billing.execute(READING, key="k1").reference == first.reference


def test_another_key_is_another_command(billing):
    billing.execute(READING, key="k1")
    assert not billing.execute(READING, key="k2").duplicate
    assert given() == 2
    assert models.MeterReading.objects.filter(origin="self").standing().get().key == "k2"


def test_a_refused_command_leaves_its_key_free(billing):
    models.Supply.objects.update(status="closed")
    with pytest.raises(Refused):
        billing.execute(READING, key="k1")
    assert not models.Execution.objects.exists()
    models.Supply.objects.update(status="active")
    assert not billing.execute(READING, key="k1").duplicate


def test_a_key_of_another_command_is_a_conflict(billing):
    billing.execute(READING, key="k1")
    with pytest.raises(Conflict):
        billing.execute(WEB_CODE, key="k1")


@pytest.mark.parametrize("key", ["", "\0", "k" * 81, "a\nb"])
def test_what_is_no_key_is_refused(billing, key):
    with pytest.raises(Refused):
        billing.execute(READING, key=key)


def test_an_effect_that_fails_leaves_nothing(billing, monkeypatch):
    def fail(*args, **kwargs):
        raise IntegrityError("too late")

    monkeypatch.setattr("sportello.connectors.embedded.submitting.take_place", fail)
    with pytest.raises(Unavailable):
        billing.execute(READING, key="k1")
    assert given() == models.Execution.objects.count() == 0


def at_once(billing: EmbeddedBilling, commands: list[tuple[SubmitReading, str]]) -> list[Receipt]:
    """Sends all of ``commands`` from threads that start together."""
    ready, receipts = threading.Barrier(len(commands)), []

    def send(command: SubmitReading, key: str) -> None:
        try:
            ready.wait(60)
            receipts.append(billing.execute(command, key=key))
        finally:
            connections["billing"].close()

    threads = [threading.Thread(target=send, args=each) for each in commands]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return receipts


def test_the_same_key_from_several_threads_at_once_has_one_effect(billing):
    receipts = at_once(billing, [(READING, "k1")] * 6)
    assert len(receipts) == 6
    assert {receipt.reference for receipt in receipts} == {"2026/R/0000001"}
    assert sorted(receipt.duplicate for receipt in receipts) == [False] + [True] * 5
    assert given() == 1


def test_several_readings_of_a_day_at_once_leave_one_standing(billing):
    receipts = at_once(billing, [(READING, f"k{number}") for number in range(5)])
    assert len({receipt.reference for receipt in receipts}) == 5
    assert models.MeterReading.objects.filter(origin="self").standing().count() == 1


def test_whoever_waits_for_a_refused_one_does_it_himself(billing):
    """The second with a key waits for the first; where that is undone, the key is free for him."""
    receipts: list[Receipt] = []
    with connections["billing"].cursor() as cursor:
        cursor.execute("BEGIN")
        assert executing.take("k1", "SubmitReading", timezone.now())
        second = threading.Thread(target=lambda: receipts.extend(at_once(billing, [(READING, "k1")])))
        second.start()
        second.join(0.3)
        assert second.is_alive(), "it waits"
        cursor.execute("ROLLBACK")
    second.join()
    assert [receipt.duplicate for receipt in receipts] == [False]


def test_a_web_code_is_printed_from_now_on(billing):
    assert billing.execute(WEB_CODE, key="w1") == Receipt()
    assert billing.snapshot("C1").records[0].web_code == WEB_CODE.web_code
    billing.execute(replace(WEB_CODE, web_code="NEWER"), key="w2")
    assert billing.execute(WEB_CODE, key="w1") == Receipt(duplicate=True)
    assert models.Customer.objects.get().web_code == "NEWER", "a late duplicate does not bring the old one back"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"web_code": ""}, "web_code"),
        ({"web_code": "X" * 21}, "web_code"),
        ({"web_code": "A\0"}, "web_code"),
        ({"expires_on": date(2026, 1, 1)}, "expires_on"),
    ],
)
def test_a_web_code_that_cannot_be_printed_is_refused(billing, values, field):
    with pytest.raises(Refused) as caught:
        billing.execute(replace(WEB_CODE, **values), key="w1")
    assert caught.value.field == field


def test_a_web_code_for_nobody_is_not_there(billing):
    for code in ("C9", "\0", "C" * 65):
        with pytest.raises(NotThere):
            billing.execute(replace(WEB_CODE, customer_code=code), key="w1")
