"""The records that a billing system gives: plain, frozen, the same whatever system they come from.

``None`` always means "billing does not supply this", never zero or empty: a screen then says so.
Money is Decimal in euro with two places; dates are calendar dates in Italy; codes are billing's own, opaque.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

ServiceCode = Literal["gas", "lpg", "water", "electricity", "telephony"]
CustomerKind = Literal["person", "company"]
SupplyStatus = Literal["activating", "active", "suspended", "closed"]
InvoiceKind = Literal[
    "period_estimated",  # acconto: on estimates
    "period_actual",  # saldo or conguaglio: on readings
    "period_mixed",
    "recalculation",
    "activation",
    "closing",
    "credit_note",
    "adjustment",  # rettifica
    "deposit",  # deposito cauzionale
    "services",
    "cmor",
    "arrears",  # mora
]
Collection = Literal[
    "",  # nothing particular
    "direct_debit",  # presented to the bank, not yet booked
    "returned",  # the direct debit came back
    "instalments",
    "suspended",  # contested by the customer: nobody asks for the money
]
PaymentChannel = Literal[
    "post",
    "direct_debit",
    "transfer",
    "mav",
    "shop",  # ricevitoria
    "counter",
    "card",
    "pagopa",
    "offset",  # compensazione
    "other",
]
PaymentStatus = Literal["executed", "returned"]
PaymentMethod = Literal["direct_debit", "postal_slip", "transfer"]
Removable = Literal["customer", "billing_account", "supply", "invoice", "payment"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A postal address. ``province`` is the two-letter code in Italy, ``country`` ISO 3166 alpha-2."""

    street: str
    number: str = ""
    postcode: str = ""
    municipality: str = ""
    province: str = ""
    country: str = "IT"


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerRecord:
    """Who holds contracts with the company. ``language`` is that of letters and mails, "it" or "en".

    ``web_code`` is the code for the first access that billing prints on invoices, in the form that Sportello makes them;
    None where billing holds none. It is kept only as a digest.
    """

    code: str
    kind: CustomerKind
    first_name: str = ""
    last_name: str = ""
    company_name: str = ""
    tax_code: str | None = None
    vat_number: str | None = None
    birth_date: date | None = None
    email: str | None = None
    phone: str | None = None
    language: str = "it"
    sdi_code: str | None = None
    pec: str | None = None
    web_code: str | None = field(default=None, repr=False)
    address: Address | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BillingAccountRecord:
    """Where a customer's debts and credits meet (conto contrattuale).

    ``balance`` is what the customer owes (positive) or has to his credit (negative).
    """

    code: str
    customer_code: str
    description: str = ""
    balance: Decimal | None = None
    payment_method: PaymentMethod | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplyRecord:
    """One service at one delivery point (fornitura, utenza).

    ``point_code`` is the POD or PDR where the service has one and billing supplies it. ``balance`` as in
    BillingAccountRecord, None where billing keeps balances by account only.
    """

    code: str
    customer_code: str
    account_code: str
    service: ServiceCode
    status: SupplyStatus
    point_code: str | None = None
    address: Address | None = None
    started_on: date | None = None
    ended_on: date | None = None
    offer: str | None = None
    balance: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceLine:
    """One line of an invoice. ``vat_rate`` is in percent, None where a line carries none (out of scope)."""

    description: str
    amount: Decimal
    section: str = ""
    quantity: Decimal | None = None
    unit: str = ""
    unit_price: Decimal | None = None
    vat_rate: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VatAmount:
    """The sum of an invoice at one rate of VAT. ``rate`` is in percent."""

    rate: Decimal
    taxable: Decimal
    tax: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceRecord:
    """A bill or credit note (its ``amount`` is then negative).

    ``supply_codes`` may name several supplies; None where billing knows only the account.
    ``paid`` is what has been allocated to it. ``slip_code`` is the 18-digit code of the postal slip TD 896.
    ``lines`` and ``vat`` are None where billing does not supply them.
    """

    number: str
    customer_code: str
    account_code: str
    issued_on: date
    amount: Decimal
    paid: Decimal
    supply_codes: tuple[str, ...] | None = None
    kind: InvoiceKind | None = None
    due_on: date | None = None
    period_from: date | None = None
    period_to: date | None = None
    consumption: Decimal | None = None
    consumption_unit: str = ""
    collection: Collection = ""
    slip_code: str | None = None
    lines: tuple[InvoiceLine, ...] | None = None
    vat: tuple[VatAmount, ...] | None = None
    has_xml: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocation:
    """How much of a payment went to which invoice. Positive, also for the part of a payment that came back."""

    invoice_number: str
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRecord:
    """Money that came in. ``channel`` is where it was paid (sportello di incasso), ``channel_text`` billing's own words.

    A returned payment (insoluto) keeps its allocations and no longer counts for what they paid. ``account_code`` is None
    where billing does not say to which account it belongs.
    """

    code: str
    customer_code: str
    account_code: str | None
    paid_on: date
    amount: Decimal
    channel: PaymentChannel | None = None
    channel_text: str = ""
    status: PaymentStatus = "executed"
    returned_on: date | None = None
    allocations: tuple[Allocation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """Billing no longer has this record."""

    kind: Removable
    code: str


Record = CustomerRecord | BillingAccountRecord | SupplyRecord | InvoiceRecord | PaymentRecord | Removed


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Some changes, in an order in which they can be written, and the cursor from which to go on.

    ``more`` says that asking again at once brings more.
    """

    records: Sequence[Record]
    cursor: str
    more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """All that billing has of one customer; what is not in it, billing does not have."""

    customer_code: str
    records: Sequence[Record]
