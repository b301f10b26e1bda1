"""A code that is issued is printed by billing too, where it can; the ledger forgets it then."""

from datetime import date, timedelta

import pytest
from django.core.management import call_command

from sportello.billing.commands import Command, PublishWebCode, Receipt
from sportello.billing.errors import Unavailable
from sportello.billing.port import Capabilities
from sportello.domain.accounts import web_codes
from sportello.domain.customers.models import Customer
from sportello.domain.ledger import sending
from sportello.domain.ledger.models import LedgerRow
from sportello.domain.people import printed_codes
from tests.factories import NOW, customer


class Printer:
    """A billing that prints codes, or (``commands`` empty) cannot."""

    def __init__(self) -> None:
        self.capabilities = Capabilities(
            name="printer",
            feed=False,
            fresh_for=60,
            invoice_pdf=False,
            invoice_xml=False,
            commands=frozenset({"PublishWebCode"}),
        )
        self.printed: dict[str, tuple[str, date]] = {}
        self.away = False

    def execute(self, command: Command, *, key: str) -> Receipt:
        if self.away:
            raise Unavailable("away")
        assert isinstance(command, PublishWebCode)
        self.printed[command.customer_code] = (command.web_code, command.expires_on)
        return Receipt()


@pytest.fixture
def printer(monkeypatch) -> Printer:
    printer = Printer()
    for module in (web_codes, sending):
        monkeypatch.setattr(module, "connector", lambda path: printer)
    return printer


def send(customer_code: str = "C1", *, now=NOW) -> None:
    sending.send(customer_code, clock=lambda: now)


def test_an_issued_code_is_what_billing_prints(owner, printer):
    (issued,) = web_codes.issue(["C1"], now=NOW)
    send()
    assert printer.printed == {"C1": (issued.code, date(2027, 5, 23))}
    row = LedgerRow.objects.get()
    assert (row.state, row.follows, row.about_kind, row.about_key) == ("acknowledged", "", "web_code", "C1")
    assert issued.code not in str(LedgerRow.objects.values().get())
    assert web_codes.claim(code=issued.code, identifier="C1", now=NOW)


def test_one_printed_that_comes_back_from_billing_stays_the_same_code(owner, printer):
    (issued,) = web_codes.issue(["C1"], now=NOW)
    send()
    Customer.objects.filter(code="C1").update(web_code=printed_codes.digest(issued.code))
    assert web_codes.without_login_or_code(now=NOW) == []
    assert not web_codes.with_code_of_billing().exists()
    (again,) = web_codes.issue(["C1"], now=NOW)
    with pytest.raises(web_codes.NotRecognised):
        web_codes.claim(code=issued.code, identifier="C1", now=NOW)
    assert web_codes.claim(code=again.code, identifier="C1", now=NOW)


def test_the_key_tells_nothing_of_the_code(owner, printer):
    (issued,) = web_codes.issue(["C1"], now=NOW)
    assert issued.code not in LedgerRow.objects.get().key
    assert issued.code not in repr(printer.printed) + str(LedgerRow.objects.get())


def test_billing_prints_the_last_of_several(owner, printer):
    printer.away = True
    web_codes.issue(["C1"], now=NOW)
    web_codes.issue(["C1"], now=NOW)
    send()
    (last,) = web_codes.issue(["C1"], now=NOW)
    printer.away = False
    send(now=NOW + timedelta(minutes=1))
    assert printer.printed["C1"][0] == last.code
    # The first was never sent and gave way; the second may have got there and went first.
    states = list(LedgerRow.objects.order_by("pk").values_list("state", flat=True))
    assert states == ["cancelled", "acknowledged", "acknowledged"]
    assert not LedgerRow.objects.filter(command__has_key="web_code").exists()


def test_one_sent_again_is_printed_too(owner, printer, written):
    assert web_codes.send_again(owner, now=NOW)
    send()
    assert web_codes.claim(code=printer.printed["C1"][0], identifier="C1", now=NOW)


def test_one_that_cannot_be_sent_is_not_printed_either(owner, printer, written):
    Customer.objects.filter(code="C1").update(email=None, street="")
    owner.refresh_from_db()
    assert not web_codes.send_again(owner, now=NOW)
    assert not LedgerRow.objects.exists()


def test_a_print_run_goes_to_billing(owner, printer, tmp_path, capsys):
    customer("C2")
    path = tmp_path / "run.csv"
    call_command("web_codes", "issue", "--missing", "--file", str(path))
    for code in ("C1", "C2"):
        send(code)
    assert sorted(printer.printed) == ["C1", "C2"]
    for code, (printed, _) in printer.printed.items():
        assert f"{code}," in path.read_text()
        assert printed_codes.shown(printed) in path.read_text()
        assert printed not in capsys.readouterr().out


def test_a_print_run_that_fails_leaves_nothing_to_be_sent(owner, printer, tmp_path, monkeypatch):
    monkeypatch.setattr("os.fsync", lambda descriptor: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        call_command("web_codes", "issue", "--missing", "--file", str(tmp_path / "run.csv"))
    assert not LedgerRow.objects.exists()


def test_a_billing_that_prints_none_is_not_asked(owner, printer):
    printer.capabilities = Capabilities(name="printer", feed=False, fresh_for=60, invoice_pdf=False, invoice_xml=False)
    web_codes.issue(["C1"], now=NOW)
    assert not LedgerRow.objects.exists()


def test_no_log_holds_a_code(owner, printer, caplog):
    caplog.set_level("DEBUG")
    printer.away = True
    (issued,) = web_codes.issue(["C1"], now=NOW)
    send()
    printer.away = False
    send(now=NOW + timedelta(minutes=1))
    assert "acknowledged" in caplog.text
    assert issued.code not in caplog.text
    assert printed_codes.shown(issued.code) not in caplog.text
