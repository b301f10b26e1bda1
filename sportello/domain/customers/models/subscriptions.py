"""Who gets his invoices by e-mail, and at which addresses: what a customer has chosen, for all of his or for one supply."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final, Self

from django.db import connection, models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from sportello.domain.customers.models.parties import Customer, Supply
from sportello.domain.customers.models.reach import ReachQuerySet

MOST_RECIPIENTS: Final = 4
LONGEST_ADDRESS: Final = 320  # characters


class InvoiceMode(models.TextChoices):
    LINK = "link", _("A link to the invoice")
    PDF = "pdf", _("The invoice as PDF")


@dataclass(frozen=True, slots=True)
class Delivery:
    """That an invoice goes to one proven address. ``since`` is when this customer or supply was switched on."""

    invoice_number: str
    mode: InvoiceMode
    address: str
    recipient_id: int
    subscription_id: int
    since: datetime


class InvoiceSubscriptionQuerySet(ReachQuerySet["InvoiceSubscription"]):
    def on(self) -> Self:
        return self.filter(ended_at=None)

    def deliveries(self, numbers: Collection[str]) -> list[Delivery]:
        """To which proven addresses these invoices go, in the order of number and position; not those that go to none.

        Each supply of an invoice has one choice: its own, be it that nothing is sent, or else that of all of its customer's.
        The invoice goes wherever one of its supplies' goes, once to each address, as PDF where one of them says so. Where
        billing knows only the account, all of the account's supplies are meant.
        """
        with connection.cursor() as cursor:
            cursor.execute(DELIVERIES, [list(numbers)])
            return [
                Delivery(number, InvoiceMode(mode), address, recipient, subscription, since)
                for number, mode, address, recipient, subscription, since in cursor.fetchall()
            ]


class InvoiceSubscription(models.Model):
    """How a customer gets the invoices of one supply, or of all that have no row of their own (``supply`` None).

    Ended, it says that they do not come by e-mail: the row of a supply stands for it even then. Reminders go to the same
    addresses as the invoices, and only where they do.
    """

    customer = models.ForeignKey(
        Customer, on_delete=models.CASCADE, related_name="invoice_subscriptions", db_index=False
    )
    supply = models.ForeignKey(Supply, null=True, on_delete=models.CASCADE, related_name="+")
    mode = models.CharField(max_length=4, choices=InvoiceMode)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    reminds_of_due_date = models.BooleanField(default=False)
    reminds_of_returned_debit = models.BooleanField(default=False)

    objects: ClassVar[InvoiceSubscriptionQuerySet] = InvoiceSubscriptionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "supply"], nulls_distinct=False, name="one_invoice_subscription_a_scope"
            ),
            models.CheckConstraint(condition=Q(mode__in=InvoiceMode.values), name="known_invoice_mode"),
        ]

    @property
    def is_on(self) -> bool:
        return self.ended_at is None


class InvoiceRecipientQuerySet(ReachQuerySet["InvoiceRecipient"]):
    reach_path = "subscription__customer_id"

    def proven(self) -> Self:
        return self.filter(verified_at__isnull=False)


class InvoiceRecipient(models.Model):
    """One of at most four addresses. Nothing but the mail that asks for proof goes to one that is not proven.

    ``address`` is as ``messages.addresses.checked`` gives it. Of the token in that mail only the digest is kept.
    ``left_out_at`` is when so many mails had come back that nothing is sent there until it is confirmed again.
    """

    subscription = models.ForeignKey(
        InvoiceSubscription, on_delete=models.CASCADE, related_name="recipients", db_index=False
    )
    position = models.SmallIntegerField()  # from 1
    address = models.CharField(max_length=LONGEST_ADDRESS)
    added_at = models.DateTimeField()
    verified_at = models.DateTimeField(null=True)
    digest = models.CharField(max_length=64, null=True, unique=True)
    asked_at = models.DateTimeField(null=True)  # when the last mail asked for proof
    expires_at = models.DateTimeField(null=True)  # until when it can be proven by that mail
    left_out_at = models.DateTimeField(null=True)

    objects: ClassVar[InvoiceRecipientQuerySet] = InvoiceRecipientQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subscription", "position"], name="one_invoice_recipient_a_place"),
            models.CheckConstraint(
                condition=Q(position__gte=1, position__lte=MOST_RECIPIENTS), name="at_most_four_invoice_recipients"
            ),
            models.UniqueConstraint("subscription", Lower("address"), name="invoice_address_once"),
            models.CheckConstraint(
                condition=Q(address__regex=r"^[^[:cntrl:]]+@[^[:cntrl:][:space:]@]+$"),
                name="invoice_address_on_one_line",
            ),
        ]

    @property
    def is_proven(self) -> bool:
        return self.verified_at is not None


DELIVERIES = """
WITH asked AS (
    SELECT number, customer_code, account_code, supply_codes FROM customers_invoice WHERE number = ANY(%s)
),
named AS (
    SELECT number, customer_code, unnest(supply_codes) AS supply_code FROM asked WHERE supply_codes <> '{}'
    UNION ALL
    SELECT asked.number, asked.customer_code, supply.code
    FROM asked LEFT JOIN customers_supply AS supply ON supply.account_code = asked.account_code
    WHERE asked.supply_codes IS NULL OR asked.supply_codes = '{}'
),
chosen AS (
    SELECT DISTINCT named.number, choice.id, choice.mode, choice.started_at
    FROM named CROSS JOIN LATERAL (
        SELECT * FROM customers_invoicesubscription AS subscription
        WHERE subscription.customer_id = named.customer_code
            AND (subscription.supply_id = named.supply_code OR subscription.supply_id IS NULL)
        ORDER BY subscription.supply_id IS NULL
        LIMIT 1
    ) AS choice
    WHERE choice.ended_at IS NULL
),
once AS (
    SELECT DISTINCT ON (chosen.number, lower(recipient.address))
        chosen.number, chosen.mode, recipient.address, recipient.position, recipient.id, chosen.id AS subscription_id,
        chosen.started_at
    FROM chosen JOIN customers_invoicerecipient AS recipient ON recipient.subscription_id = chosen.id
    WHERE recipient.verified_at IS NOT NULL
    ORDER BY chosen.number, lower(recipient.address), chosen.mode DESC, chosen.id
)
SELECT number, mode, address, id, subscription_id, started_at FROM once
ORDER BY number, subscription_id, position
"""
