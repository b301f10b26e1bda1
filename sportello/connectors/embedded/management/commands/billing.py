"""Lets whoever tries Sportello out change the embedded billing, and watch the portal follow."""

import re
from argparse import ArgumentTypeError
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error
from django.utils import timezone

from sportello.connectors.embedded import correcting, issuing, paying, removing
from sportello.connectors.embedded.mistakes import Mistake, Unknown
from sportello.connectors.embedded.models import Account, Customer, Invoice, Payment, Supply

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


def day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is no day such as 2026-12-31") from error


class Command(BaseCommand):
    help = "Issues, pays, takes back and corrects invoices in the embedded billing."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        issue = verbs.add_parser("issue", help="an invoice for one or more supplies")
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
        remove = verbs.add_parser("remove", help="delete what nothing else refers to")
        remove.add_argument("kind", choices=list(removing.KINDS))
        remove.add_argument("code", type=code)
        listing = verbs.add_parser("list", help="all customers, or all of one")
        listing.add_argument("customer", nargs="?", type=code)

    def handle(self, *_args: Any, **options: Any) -> None:
        act = getattr(self, f"do_{options['verb']}")
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
            self.say(f"account {account.code}: {account.balance} EUR")
        for supply in Supply.objects.filter(account__customer=code).order_by("code"):
            self.say(f"supply {supply.code}: {supply.service}, {supply.status}, {supply.point_code}")
        for invoice in Invoice.objects.filter(account__customer=code).order_by("-issued_on", "-code"):
            self.say(
                f"invoice {invoice.code} of {invoice.issued_on}, due on {invoice.due_on}: {invoice.amount} EUR,"
                f" {invoice.paid} EUR paid"
            )
        for payment in Payment.objects.filter(account__customer=code).order_by("-paid_on", "-code"):
            back = f", came back on {payment.returned_on}" if payment.returned_on else ""
            self.say(f"payment {payment.code} of {payment.paid_on}: {payment.amount} EUR, {payment.channel}{back}")


def past(on: date | None) -> date:
    """The day that was given, or today."""
    today = timezone.localdate()
    if on and on > today:
        raise CommandError(f"{on} has not come yet")
    return on or today
