"""The mirror of billing, how fresh it is, who may reach whom, and who gets his invoices by e-mail."""

from sportello.domain.customers.models.freshness import Feed, Refresh, SetAside
from sportello.domain.customers.models.invoices import Allocation, Invoice, Payment
from sportello.domain.customers.models.mandates import DirectDebitMandate
from sportello.domain.customers.models.meters import Meter, MeterReading, Usage
from sportello.domain.customers.models.parties import BillingAccount, Customer, Supply
from sportello.domain.customers.models.places import Place
from sportello.domain.customers.models.reach import CustomerAccess
from sportello.domain.customers.models.subscriptions import InvoiceMode, InvoiceRecipient, InvoiceSubscription

__all__ = [
    "Allocation",
    "BillingAccount",
    "Customer",
    "CustomerAccess",
    "DirectDebitMandate",
    "Feed",
    "Invoice",
    "InvoiceMode",
    "InvoiceRecipient",
    "InvoiceSubscription",
    "Meter",
    "MeterReading",
    "Payment",
    "Place",
    "Refresh",
    "SetAside",
    "Supply",
    "Usage",
]
