"""Aligns the mirror with billing by hand, and lists the records that were set aside."""

import time
from argparse import ArgumentParser
from datetime import datetime

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from sportello.billing.errors import BillingError, Unavailable
from sportello.billing.loading import connector
from sportello.domain.customers.alignment import Alignment, Round, Written, align, refresh, refresh_known
from sportello.domain.customers.alignment.failures import in_words
from sportello.domain.customers.models import SetAside


class Command(BaseCommand):
    help = "Brings the mirror up to date with billing. It may be interrupted at any moment and goes on from there."

    def add_arguments(self, parser: ArgumentParser) -> None:
        choice = parser.add_mutually_exclusive_group()
        choice.add_argument("--rejected", action="store_true", help="list the records that were set aside, and why")
        choice.add_argument("--customer", metavar="CODE", help="read all of one customer anew")
        choice.add_argument("--from-start", action="store_true", help="read everything again from the beginning")

    def handle(self, *, rejected: bool, customer: str | None, from_start: bool, **_options: object) -> None:
        if rejected:
            self.list_set_aside()
            return
        self.started = time.monotonic()
        try:
            written = self.align(customer=customer, from_start=from_start)
        except Unavailable as error:
            raise CommandError("Billing is away; what was read so far is kept. Try again later.") from error
        except BillingError as error:
            raise CommandError(f"Nothing was changed: {in_words(error)}.") from error
        if written is not None:
            self.stdout.write(f"Aligned: {self.counts(written)}")

    def align(self, *, customer: str | None, from_start: bool) -> Written | None:
        billing = connector(settings.BILLING_CONNECTOR)
        if customer is not None:
            return refresh(billing=billing, customer_code=customer, now=timezone.now())
        if not billing.capabilities.feed:
            done = refresh_known(billing=billing, clock=timezone.now, progress=self.show_round)
            if done.failed:
                self.stderr.write(f"{done.failed} customers could not be read")
            return done.written
        alignment = align(
            billing=billing,
            now=timezone.now(),
            from_start=from_start,
            try_again=True,
            progress=self.show_batch,
        )
        if alignment.busy:
            self.stdout.write("Another alignment is at work; it reads the same changes.")
            return None
        return alignment.written

    def show_batch(self, done: Alignment) -> None:
        self.stdout.write(f"batch {done.batches}: {self.counts(done.written)}")

    def show_round(self, done: Round) -> None:
        if done.customers % 50 == 0:
            self.stdout.write(f"{done.customers} of {done.of} customers: {self.counts(done.written)}")

    def counts(self, written: Written) -> str:
        rate = written.read / max(time.monotonic() - self.started, 0.001)
        kinds = [f"{kind} {count:,}" for kind, count in written.changed.items()]
        gone = [f"{kind} −{count:,}" for kind, count in written.removed.items()]
        changes = ", ".join(kinds + gone) or "nothing changed"
        return f"{written.read:,} records read ({rate:,.0f}/s); {changes}; {written.set_aside:,} set aside"

    def list_set_aside(self) -> None:
        records = SetAside.objects.order_by("kind", "code")
        for one in records.iterator():
            self.stdout.write(
                f"{one.kind}\t{one.code}\t{one.reason}\t{minute(one.first_seen_at)}\t{minute(one.last_seen_at)}"
            )
        self.stdout.write(f"{records.count():,} records set aside")


def minute(moment: datetime) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M")
