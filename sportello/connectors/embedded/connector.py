"""The embedded billing as the port wants it: the way in for Sportello, which knows nothing of the tables behind."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import Error, connections

from sportello.billing.commands import Command, Receipt
from sportello.billing.errors import NotThere, Unavailable
from sportello.billing.port import Capabilities
from sportello.billing.records import Batch, Record, Snapshot
from sportello.connectors.embedded import executing, feed, models, rows
from sportello.connectors.embedded.codes import askable
from sportello.connectors.embedded.invoices_xml import invoice_xml
from sportello.connectors.embedded.routing import ALIAS

LONGEST_CURSOR = 50_000
MOST_RECORDS = 10_000


class EmbeddedBilling:
    """See ``BillingSystem``. Holds nothing of its own; the database connection belongs to the thread."""

    capabilities = Capabilities(
        name="embedded", feed=True, fresh_for=2, invoice_pdf=False, invoice_xml=True, commands=executing.NAMES
    )

    def changes(self, since: str, limit: int) -> Batch:
        with answering():
            return feed.changes(
                since if askable(since, longest=LONGEST_CURSOR) else "", max(1, min(limit, MOST_RECORDS))
            )

    def snapshot(self, customer_code: str) -> Snapshot:
        if not askable(customer_code):
            raise NotThere("customer", customer_code)
        with answering(), feed.reading():
            records: list[Record] = feed.customers(code=customer_code)
            if not records:
                raise NotThere("customer", customer_code)
            records += feed.accounts(customer=customer_code)
            records += feed.mandates(account__customer=customer_code)
            records += feed.supplies(account__customer=customer_code)
            records += feed.meters(supply__account__customer=customer_code)
            records += feed.invoices(account__customer=customer_code)
            records += feed.payments(account__customer=customer_code)
            records += feed.readings(supply__account__customer=customer_code)
            records += feed.usage(supply__account__customer=customer_code)
        return Snapshot(customer_code=customer_code, records=records)

    def invoice_pdf(self, number: str) -> bytes:
        raise NotThere("invoice", number)

    def invoice_xml(self, number: str) -> bytes:
        if not askable(number):
            raise NotThere("invoice", number)
        with answering(), feed.reading():
            invoice = models.Invoice.objects.select_related("account__customer").filter(code=number).first()
        if invoice is None or not rows.has_xml(invoice):
            raise NotThere("invoice", number)
        return invoice_xml(invoice)

    def execute(self, command: Command, *, key: str) -> Receipt:
        with answering():
            return executing.execute(command, key=key)


@contextmanager
def answering() -> Iterator[None]:
    """Whatever fails in the database is Unavailable; a broken connection is closed, and the next call has a new one."""
    try:
        yield
    except Error as error:
        connection = connections[ALIAS]
        if not connection.in_atomic_block:
            connection.close()
        raise Unavailable(f"the embedded billing does not answer: {type(error).__name__}") from error
