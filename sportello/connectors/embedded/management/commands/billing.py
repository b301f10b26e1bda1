"""Lets whoever tries Sportello out change the embedded billing, and watch the portal follow."""

import re
import signal
import threading
from argparse import ArgumentTypeError
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error, connections
from django.utils import timezone

from sportello.connectors.embedded import (
    closing,
    correcting,
    distributing,
    issuing,
    mandates,
    paying,
    removing,
    validating,
    working,
)
from sportello.connectors.embedded.mistakes import Mistake, Unknown
from sportello.connectors.embedded.models import (
    Account,
    Customer,
    Invoice,
    Mandate,
    Meter,
    MeterReading,
    Payment,
    Supply,
)
from sportello.connectors.embedded.routing import ALIAS
from sportello.connectors.embedded.validating import MOST_TIMES, NEVER_BELIEVED
from sportello.italy import iban

CHANNELS = ("transfer", "post", "direct_debit", "mav", "shop", "counter", "card", "pagopa", "other")


def number(text: str) -> Decimal:
    """A number with a comma or a point before the decimals."""
    if not re.fullmatch(r"\d{1,10}([.,]\d{1,6})?", text):
        raise ArgumentTypeError(f"{text!r} is no number such as 120 or 120.50")
    return Decimal(text.replace(",", "."))


def code(text: str) -> str:
    if not text.isprintable():
        raise ArgumentTypeError(f"{text!r} is no code")
    return text


def seconds(text: str) -> timedelta:
    return timedelta(seconds=whole(text, most=86_400 * 366))


def days(text: str) -> timedelta:
    return timedelta(days=whole(text, most=3_660))


def whole(text: str, *, most: int) -> int:
    if not re.fullmatch(r"\d{1,8}", text) or int(text) > most:
        raise ArgumentTypeError(f"{text!r} is no whole number up to {most}")
    return int(text)


def day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is no day such as 2026-12-31") from error


class Command(BaseCommand):
    help = (
        "Plays the billing office, the distributor and the bank of the embedded billing: issues, pays, takes back and"
        " corrects invoices; reads meters, swaps them, and judges the readings that customers gave; answers mandates."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        issue = verbs.add_parser(
            "issue", help="an invoice for one or more supplies, by their readings or else an estimate"
        )
        issue.add_argument("supply", nargs="+", type=code)
        issue.add_argument("--amount", type=number, help="euro, VAT included")
        issue.add_argument("--consumption", type=number)
        issue.add_argument("--due", type=day)
        pay = verbs.add_parser("pay", help="a payment of an invoice, by default of all that is open")
        pay.add_argument("invoice", type=code)
        pay.add_argument("--amount", type=number)
        pay.add_argument("--channel", choices=CHANNELS, default="transfer")
        pay.add_argument("--on", type=day)
        back = verbs.add_parser("return", help="a payment that came back; of an invoice, the last one")
        back.add_argument("code", metavar="payment-or-invoice", type=code)
        back.add_argument("--on", type=day)
        correct = verbs.add_parser("correct", help="a credit note for a wrong invoice, and a new one (none for 0)")
        correct.add_argument("invoice", type=code)
        correct.add_argument("--amount", type=number, required=True)
        correct.add_argument("--consumption", type=number)
        self.add_distributor(verbs)
        align = verbs.add_parser(
            "align-mandates",
            help="the bank answers the mandates for direct debit",
            description="Moves each mandate that the bank has yet to answer by one step. The bank accepts most. It refuses, to"
            f" show a refusal, those whose IBAN ends in {mandates.REFUSED_ENDING}.",
        )
        add_waiting(align)
        verbs.add_parser("close", help="closes the supplies whose last day has come")
        remove = verbs.add_parser("remove", help="delete what nothing else refers to")
        remove.add_argument("kind", choices=list(removing.KINDS))
        remove.add_argument("code", type=code)
        listing = verbs.add_parser("list", help="all customers, or all of one")
        listing.add_argument("customer", nargs="?", type=code)

    def add_distributor(self, verbs: Any) -> None:
        read = verbs.add_parser("read", help="the distributor's own reading of a meter")
        read.add_argument("supply", type=code)
        read.add_argument("value", nargs="+", type=number, help="one for each register, in their order")
        read.add_argument("--on", type=day)
        swap = verbs.add_parser("swap-meter", help="another meter in the place of the present one")
        swap.add_argument("supply", type=code)
        swap.add_argument("final", nargs="+", type=number, help="the last reading of the old one, a value a register")
        swap.add_argument("--serial", type=code, required=True)
        swap.add_argument("--initial", type=number, default=Decimal(0))
        swap.add_argument("--on", type=day)
        validate = verbs.add_parser(
            "validate",
            help="the distributor judges the readings of gas that customers gave",
            description="The distributor judges the readings of gas that customers gave. It accepts most. It refuses what its"
            f" own readings contradict, more than {MOST_TIMES} times the year's daily average, and, to show a refusal,"
            f" values that end in {NEVER_BELIEVED}.",
        )
        add_waiting(validate)
        working = verbs.add_parser(
            "work",
            help="validate, bill what was validated, align mandates and close supplies, again and again until stopped",
            description="Until it is stopped with SIGTERM or Ctrl-C: judges the readings that came from the portal, as"
            " validate does, and issues the invoices that use those that stand; answers the mandates that came from the"
            " portal, as align-mandates does; closes supplies. Other readings and mandates are left alone.",
        )
        working.add_argument("--every", type=seconds, default=timedelta(seconds=15), metavar="SECONDS")
        working.add_argument(
            "--after",
            type=seconds,
            default=timedelta(seconds=60),
            metavar="SECONDS",
            help="how long a reading waits to be judged, and then again to be billed; a mandate, for each step",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        act = getattr(self, f"do_{options['verb'].replace('-', '_')}")
        try:
            act(options)
        except Mistake as mistake:
            raise CommandError(str(mistake)) from mistake
        except Error as error:
            raise CommandError(f"the billing database does not answer: {error}") from error

    def say(self, text: str) -> None:
        self.stdout.write(text)

    def do_issue(self, options: dict[str, Any]) -> None:
        invoice = issuing.issue(
            supply_codes=options["supply"],
            issued_on=timezone.localdate(),
            amount=options["amount"],
            consumption=options["consumption"],
            due_on=options["due"],
        )
        self.say(f"Issued {invoice.code}: {invoice.amount} EUR, due on {invoice.due_on}.")

    def do_pay(self, options: dict[str, Any]) -> None:
        payment = paying.pay(
            invoice_number=options["invoice"],
            paid_on=past(options["on"]),
            amount=options["amount"],
            channel=options["channel"],
        )
        invoice = Invoice.objects.get(code=options["invoice"])
        allocated = sum((part.amount for part in payment.allocation_set.all()), Decimal(0))
        self.say(f"Booked {payment.code}: {payment.amount} EUR for {invoice.code}, {invoice.open} EUR still open.")
        if allocated < payment.amount:
            self.say(f"{payment.amount - allocated} EUR are more than was open, and stay to the account's credit.")

    def do_return(self, options: dict[str, Any]) -> None:
        payment = paying.take_back(code=options["code"], returned_on=past(options["on"]))
        numbers = ", ".join(part.invoice_id for part in payment.allocation_set.all())
        self.say(f"Payment {payment.code} of {payment.amount} EUR came back; open again: {numbers or 'no invoice'}.")

    def do_correct(self, options: dict[str, Any]) -> None:
        correction = correcting.correct(
            invoice_number=options["invoice"],
            amount=options["amount"],
            consumption=options["consumption"],
            issued_on=timezone.localdate(),
        )
        self.say(f"Issued credit note {correction.credit_note.code}: {correction.credit_note.amount} EUR.")
        if correction.invoice:
            self.say(f"Issued {correction.invoice.code}: {correction.invoice.amount} EUR.")

    def do_read(self, options: dict[str, Any]) -> None:
        reading = distributing.read(
            supply_code=options["supply"],
            values=options["value"],
            on=past(options["on"]),
            today=timezone.localdate(),
        )
        used = "" if reading.consumption is None else f": {reading.consumption} used since the one before"
        self.say(f"Read {reading.code} on {reading.read_on}{used}.")

    def do_swap_meter(self, options: dict[str, Any]) -> None:
        meter = distributing.swap_meter(
            supply_code=options["supply"],
            final=options["final"],
            initial=options["initial"],
            serial=options["serial"],
            on=past(options["on"]),
            today=timezone.localdate(),
        )
        self.say(f"Meter {meter.code} ({meter.serial}) was installed on {meter.installed_on}.")

    def do_validate(self, options: dict[str, Any]) -> None:
        now = timezone.now()
        judged = validating.validate(now=now, before=waited_since(options, now))
        for reading in judged:
            self.say(working.verdict(reading))
        if not judged:
            self.say("No reading waits for the distributor.")

    def do_align_mandates(self, options: dict[str, Any]) -> None:
        now = timezone.now()
        moved = mandates.align(now=now, before=waited_since(options, now))
        for mandate in moved:
            self.say(mandates.told(mandate))
        if not moved:
            self.say("No mandate waits for the bank.")

    def do_close(self, _options: dict[str, Any]) -> None:
        closed = closing.close_due(today=timezone.localdate())
        for supply in closed:
            self.say(closing.told(supply))
        if not closed:
            self.say("No supply ends today or has ended.")

    def do_work(self, options: dict[str, Any]) -> None:
        stop = threading.Event()
        for number_of in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number_of, lambda *_: stop.set())
        while not stop.is_set():
            self.work_once(options["after"])
            stop.wait(options["every"].total_seconds())

    def work_once(self, after: timedelta) -> None:
        """A database that is away for a while comes back; the next round then goes on."""
        try:
            for line in working.work(now=timezone.now(), after=after):
                self.say(line)
            self.stdout.flush()
        except Error as error:
            self.stderr.write(f"the billing database does not answer: {error}")
        finally:
            connections[ALIAS].close()

    def do_remove(self, options: dict[str, Any]) -> None:
        removing.remove(kind=options["kind"], code=options["code"])
        self.say(f"Removed {options['kind']} {options['code']}.")

    def do_list(self, options: dict[str, Any]) -> None:
        code = options["customer"]
        if code is None:
            for customer in Customer.objects.order_by("code"):
                self.say(f"{customer.code}  {customer.company_name or f'{customer.first_name} {customer.last_name}'}")
        elif not Customer.objects.filter(code=code).exists():
            raise Unknown("customer", code)
        else:
            self.list_customer(code)

    def list_customer(self, code: str) -> None:
        for account in Account.objects.filter(customer=code).order_by("code"):
            self.say(f"account {account.code}: {account.balance} EUR, {account.payment_method}")
        for mandate in Mandate.objects.filter(account__customer=code).order_by("code"):
            self.say(f"{mandates.told(mandate)[:-1].replace('Mandate', 'mandate', 1)}, {iban.masked(mandate.iban)}")
        for supply in Supply.objects.filter(account__customer=code).order_by("code"):
            self.say(f"supply {supply.code}: {supply.service}, {supply.status}, {supply.point_code}")
        for meter in Meter.objects.filter(supply__account__customer=code).order_by("code"):
            until = f" until {meter.removed_on}" if meter.removed_on else ""
            self.say(
                f"meter {meter.code} of supply {meter.supply_id}: {meter.serial}, since {meter.installed_on}{until}"
            )
        for invoice in Invoice.objects.filter(account__customer=code).order_by("-issued_on", "-code"):
            self.say(
                f"invoice {invoice.code} of {invoice.issued_on}, due on {invoice.due_on}: {invoice.amount} EUR,"
                f" {invoice.paid} EUR paid"
            )
        for payment in Payment.objects.filter(account__customer=code).order_by("-paid_on", "-code"):
            back = f", came back on {payment.returned_on}" if payment.returned_on else ""
            self.say(f"payment {payment.code} of {payment.paid_on}: {payment.amount} EUR, {payment.channel}{back}")
        for reading in MeterReading.objects.filter(supply__account__customer=code).order_by("-read_on", "-code"):
            self.say(reading_line(reading))


def reading_line(reading: MeterReading) -> str:
    values = " + ".join(part["value"] for part in reading.values)
    words = [reading.origin, reading.validation, reading.validation_reason]
    words.append(f"used by {reading.invoice_id}" if reading.invoice_id else "")
    words.append(f"gave way to {reading.superseded_by_id}" if reading.superseded_by_id else "")
    said = ", ".join(word for word in words if word)
    return f"reading {reading.code} of supply {reading.supply_id}, {reading.read_on}: {values}, {said}"


def add_waiting(parser: CommandParser) -> None:
    since = parser.add_mutually_exclusive_group()
    since.add_argument("--after", type=seconds, metavar="SECONDS", help="only those that wait for so long")
    since.add_argument("--days", type=days, metavar="N", help="only those that wait for so many days")


def waited_since(options: dict[str, Any], now: datetime) -> datetime | None:
    waited = options["after"] or options["days"]
    return now - waited if waited else None


def past(on: date | None) -> date:
    """The day that was given, or today."""
    today = timezone.localdate()
    if on and on > today:
        raise CommandError(f"{on} has not come yet")
    return on or today
