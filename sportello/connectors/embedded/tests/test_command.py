from datetime import date
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from sportello.connectors.embedded import models
from sportello.connectors.embedded.loading import load
from sportello.connectors.embedded.tests.factories import household

pytestmark = pytest.mark.django_db(databases=["billing"])

NUMBER = "2026/G/0000007"


@pytest.fixture(autouse=True)
def home():
    load(household())


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
    assert billing("list") == "C1  Alice Neri\n"
    listed = billing("list", "C1")
    for word in ("account A1: 0.00 EUR", "supply S1: gas", "invoice 2026/G/0000007", "122.00 EUR, transfer"):
        assert word in listed


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
        (["dance"], "invalid choice"),
        ([], "required"),
    ],
)
def test_bad_input_is_said_clearly_and_nothing_is_done(words, complaint):
    with pytest.raises(CommandError, match=complaint):
        billing(*words)
    assert models.Invoice.objects.get().paid == 0
    assert not models.Payment.objects.exists()
