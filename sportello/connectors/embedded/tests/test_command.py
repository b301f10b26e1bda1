from datetime import date
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from sportello.connectors.embedded import models
from sportello.connectors.embedded.loading import load
from sportello.connectors.embedded.tests.factories import household, meter, reading

pytestmark = pytest.mark.django_db(databases=["billing"])

NUMBER = "2026/G/0000007"


@pytest.fixture(autouse=True)
def home():
    load([*household(), meter(), reading("OLD", invoice_number=NUMBER)])


def billing(*words: str) -> str:
    out = StringIO()
    call_command("billing", *words, stdout=out)
    return out.getvalue()


def test_it_issues():
    out = billing("issue", "S1", "--amount", "80,50", "--due", "2099-01-31")
    made = models.Invoice.objects.latest("issued_on")
    assert out == f"Issued {made.code}: 80.50 EUR, due on 2099-01-31.\n"


def test_it_pays_and_takes_back():
    assert "22.00 EUR for 2026/G/0000007, 100.00 EUR still open" in billing("pay", NUMBER, "--amount", "22")
    assert "to the account's credit" in billing("pay", NUMBER, "--amount", "150", "--channel", "card")
    assert "of 150.00 EUR came back; open again: 2026/G/0000007" in billing("return", NUMBER)


def test_it_corrects_and_removes():
    out = billing("correct", NUMBER, "--amount", "60")
    assert "-122.00 EUR" in out and ": 60.00 EUR" in out
    assert billing("correct", models.Invoice.objects.get(kind="adjustment").code, "--amount", "0").count("\n") == 1
    models.Invoice.objects.create(code="X", account_id="A1", issued_on=date(2026, 1, 1), amount=Decimal(0))
    assert billing("remove", "invoice", "X") == "Removed invoice X.\n"


def test_it_lists():
    billing("pay", NUMBER, "--on", "2026-03-20")
    load(
        [reading("NEW", 1080, date(2026, 3, 20), origin="self", validation="refused", validation_reason="Non coerente")]
    )
    assert billing("list") == "C1  Alice Neri\n"
    listed = billing("list", "C1")
    for word in (
        "account A1: 0.00 EUR",
        "supply S1: gas",
        "meter M1 of supply S1: SMGR036118006809, since 2020-01-01",
        "invoice 2026/G/0000007",
        "122.00 EUR, transfer",
        "reading NEW of supply S1, 2026-03-20: 1080, self, refused, Non coerente",
        "reading OLD of supply S1, 2026-03-01: 1000, actual, used by 2026/G/0000007",
    ):
        assert word in listed


def test_the_distributor_reads_and_swaps():
    assert billing("read", "S1", "1100", "--on", "2026-03-20") == (
        "Read 2026/R/0000001 on 2026-03-20: 103.489 used since the one before.\n"
    )
    out = billing("swap-meter", "S1", "1150", "--serial", "NEW 1", "--on", "2026-03-25")
    assert out == "Meter 2026/M/0000001 (NEW 1) was installed on 2026-03-25.\n"
    assert "until 2026-03-25" in billing("list", "C1")


def test_the_distributor_validates():
    assert billing("validate") == "No reading waits for the distributor.\n"
    load([reading("P1", 1080, date(2026, 3, 20), origin="self", validation="pending")])
    load([reading("P2", 1177, date(2026, 3, 21), origin="self", validation="pending")])
    assert billing("validate", "--days", "3660") == "No reading waits for the distributor.\n"
    assert billing("validate", "--after", "60") == (
        "Reading P1 of 2026-03-20 is valid.\n"
        "Reading P2 of 2026-03-21 is refused: Lettura non coerente con i consumi del punto.\n"
    )


def test_readings_and_meters_are_removed():
    billing("read", "S1", "1100", "--on", "2026-03-20")
    assert billing("remove", "reading", "2026/R/0000001") == "Removed reading 2026/R/0000001.\n"
    with pytest.raises(CommandError, match="used by invoice"):
        billing("remove", "reading", "OLD")
    with pytest.raises(CommandError, match="still has meter readings"):
        billing("remove", "meter", "M1")


def test_what_a_removed_reading_stood_between_is_reckoned_anew():
    billing("read", "S1", "1050", "--on", "2026-03-10")
    billing("read", "S1", "1100", "--on", "2026-03-20")
    billing("remove", "reading", "2026/R/0000001")
    assert models.MeterReading.objects.get(code="2026/R/0000002").consumption == Decimal("103.489")


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["pay", "nothing"], "there is no invoice 'nothing'"),
        (["pay", NUMBER, "--amount", "abc"], "'abc' is no number"),
        (["pay", NUMBER, "--amount", "-5"], "is no number"),
        (["pay", NUMBER, "--amount", "1.234"], "whole cents"),
        (["pay", NUMBER, "--amount", "0"], "more than nothing"),
        (["pay", NUMBER, "--amount", "NaN"], "is no number"),
        (["pay", NUMBER, "--channel", "pigeon"], "invalid choice"),
        (["pay", NUMBER, "--on", "2099-01-01"], "has not come yet"),
        (["pay", NUMBER, "--on", "yesterday"], "is no day"),
        (["pay", "a\0b"], "is no code"),
        (["issue", "nothing"], "there is no supply 'nothing'"),
        (["issue", "S1", "--amount", "99999999999"], "is no number"),
        (["issue"], "required"),
        (["return", "nothing"], "there is no payment or invoice"),
        (["correct", NUMBER], "required"),
        (["correct", "nothing", "--amount", "1"], "there is no invoice"),
        (["list", "nothing"], "there is no customer"),
        (["remove", "customer", "C1"], "still has"),
        (["read", "S1"], "required"),
        (["read", "S1", "abc"], "is no number"),
        (["read", "S9", "1100"], "no supply 'S9'"),
        (["read", "S1", "1100", "12"], "has 1 registers"),
        (["swap-meter", "S1", "1100"], "required"),
        (["swap-meter", "S1", "1100", "--serial", " "], "needs a serial"),
        (["validate", "--after", "-1"], "expected one argument|is no whole number"),
        (["validate", "--after", "1", "--days", "1"], "not allowed with"),
        (["validate", "--days", "9999999"], "is no whole number"),
        (["work", "--every", "soon"], "is no whole number"),
        (["dance"], "invalid choice"),
        ([], "required"),
    ],
)
def test_bad_input_is_said_clearly_and_nothing_is_done(words, complaint):
    with pytest.raises(CommandError, match=complaint):
        billing(*words)
    assert models.Invoice.objects.get().paid == 0
    assert not models.Payment.objects.exists()
