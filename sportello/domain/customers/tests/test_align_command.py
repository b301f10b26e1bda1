"""``align`` on the command line."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from sportello.billing.errors import ForeignRows, Unavailable
from sportello.domain.customers.alignment import feed
from sportello.domain.customers.management.commands import align as command
from sportello.domain.customers.models import Invoice, Refresh, SetAside
from sportello.domain.customers.tests.billing import FakeBilling, company, customer

pytestmark = pytest.mark.django_db


@pytest.fixture
def billing(monkeypatch: pytest.MonkeyPatch) -> FakeBilling:
    billing = FakeBilling(log=[*company(1), customer("X", last_name="Zaccaria\n"), *company(2)])
    monkeypatch.setattr(command, "connector", lambda path: billing)
    return billing


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("align", *arguments, stdout=out, stderr=out)
    return out.getvalue()


def test_it_shows_what_it_does(billing: FakeBilling) -> None:
    out = run()
    assert "batch 1: 11 records read" in out
    assert "customer 2, billing_account 2, supply 2, invoice 2, payment 4; 1 set aside" in out
    assert "Aligned: 0 records read" in run()
    assert "Aligned: 11 records read" in run("--from-start")


def test_it_lists_what_was_set_aside_without_saying_who(billing: FakeBilling) -> None:
    run()
    (line, total) = run("--rejected").splitlines()
    assert line.split("\t")[:3] == ["customer", "X", "a text holds control characters"]
    assert total == "1 records set aside"
    assert "Zaccaria" not in line
    assert SetAside.objects.get().record["last_name"] == "Zaccaria\n"


def test_it_reads_one_customer(billing: FakeBilling) -> None:
    billing.snapshots["C-1"] = company(1)
    assert "invoice 1" in run("--customer", "C-1")
    assert Invoice.objects.count() == 1


def test_without_a_feed_it_reads_the_known_customers(billing: FakeBilling) -> None:
    billing.feed = False
    billing.snapshots["C-1"] = company(1)
    Refresh.objects.create(customer_code="C-1")
    Refresh.objects.create(customer_code="C-404")
    out = run()
    assert "1 customers could not be read" in out
    assert "invoice 1" in out


@pytest.mark.parametrize("arguments", [(), ("--customer", "C-1"), ("--from-start",)])
def test_it_says_that_billing_is_away(billing: FakeBilling, arguments: tuple[str, ...]) -> None:
    def away(method: str) -> None:
        raise Unavailable("HTTP 500")

    billing.before = away
    with pytest.raises(CommandError, match="Billing is away"):
        run(*arguments)


@pytest.mark.parametrize("error", [ForeignRows()])
def test_it_says_what_else_is_wrong(billing: FakeBilling, error: Exception) -> None:
    def fail(method: str) -> None:
        raise error

    billing.before = fail
    with pytest.raises(CommandError, match="rows of somebody else"):
        run("--customer", "C-1")
    with pytest.raises(CommandError, match="does not know"):
        billing.before = lambda method: None
        run("--customer", "C-404")


def test_it_says_that_another_one_is_at_work(billing: FakeBilling, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "align", lambda **arguments: feed.Alignment(busy=True))
    assert "Another alignment is at work" in run()
