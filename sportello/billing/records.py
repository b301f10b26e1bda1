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
MandateScheme = Literal[
    "core",  # whoever
    "b2b",  # no consumers; no refund
]
MandateStatus = Literal[
    "requested",  # billing has it, the bank has not
    "aligning",  # sent to the bank
    "active",
    "refused",  # by the bank
    "revoking",  # the bank is being told
    "revoked",
]
InvoiceDelivery = Literal[
    "paper",
    "email",  # Sportello sends it, billing prints none
]
Removable = Literal[
    "customer", "billing_account", "mandate", "supply", "meter", "invoice", "payment", "meter_reading", "usage"
]
MeterKind = Literal[
    "simple",
    "integrated",  # gruppo di misura integrato: one register, already converted
    "with_corrector",  # two devices, two registers: the meter's and the corrector's
]
RegisterRole = Literal[
    "total",
    "corrected",  # of a volume corrector: already in standard cubic metres
    "f1",
    "f2",
    "f3",
]
ReadingOrigin = Literal[
    "actual",  # effettiva: read by the distributor
    "estimated",  # stimata
    "self",  # autolettura
    "corrected",  # rettificata: supersedes an earlier one
]
Occasion = Literal[
    "periodic",
    "initial",  # of a meter just installed, or of a supply that begins
    "final",  # of a meter taken away, or of a supply that ends
]
Validation = Literal[
    "",  # billing does not say, or nobody validates
    "pending",  # with the distributor
    "valid",
    "refused",
]
Measure = Literal["data", "voice", "messages", "delivery"]


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
    None where billing holds none. It is kept only as a digest. ``invoice_delivery`` is how the invoices of his supplies
    come, but of those that say it for themselves.
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
    invoice_delivery: InvoiceDelivery | None = None
    address: Address | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BillingAccountRecord:
    """Where a customer's debts and credits meet (conto contrattuale).

    ``balance`` is what the customer owes (positive) or has to his credit (negative). ``mailing_address`` is where its
    invoices and letters go, None for where the customer himself is; ``addressee`` the name on them, "" for his own.
    """

    code: str
    customer_code: str
    description: str = ""
    balance: Decimal | None = None
    payment_method: PaymentMethod | None = None
    mailing_address: Address | None = None
    addressee: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MandateRecord:
    """The customer's permission that an account's invoices be debited; ``code`` is its reference (UMR).

    ``iban`` is compact, or as much of it as billing gives; only a masked form is kept. ``reason`` says why the bank refused.
    It was debited from ``active_from`` on, first with the invoice ``from_invoice``, and no more after ``ended_on``.
    """

    code: str
    customer_code: str
    account_code: str
    scheme: MandateScheme
    status: MandateStatus
    iban: str | None = field(default=None, repr=False)
    holder: str = ""
    holder_tax_code: str = ""
    signed_on: date | None = None
    active_from: date | None = None
    ended_on: date | None = None
    reason: str = ""
    from_invoice: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplyRecord:
    """One service at one delivery point (fornitura, utenza).

    ``point_code`` is the POD or PDR where the service has one and billing supplies it. ``balance`` as in
    BillingAccountRecord, None where billing keeps balances by account only. ``annual_consumption`` is what is expected of
    a year, in the service's unit; ``profile`` how it spreads over the year (category of use, of gas with its climate zone:
    "C3E"). ``tank_litres`` is the capacity of an LPG tank, None where there is a meter. ``invoice_delivery`` is None where
    its invoices come as its customer's.
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
    annual_consumption: Decimal | None = None
    profile: str | None = None
    tank_litres: int | None = None
    invoice_delivery: InvoiceDelivery | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """One dial of a meter. ``digits`` are those before the comma, None where billing does not say.

    ``serial`` is that of its own device where this is not the meter itself (the corrector's). What the dial counts, in
    ``unit``, times ``coefficient`` (for gas C) is what invoices count, None where billing does not say.
    """

    code: str
    role: RegisterRole
    unit: str
    digits: int | None = None
    serial: str = ""
    coefficient: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterRecord:
    """A meter of a supply, from ``installed_on`` to ``removed_on``. ``serial`` is its matricola.

    ``remote_read`` meters are read by the distributor from afar. ``maximum_flow`` is in the register's unit an hour.
    """

    code: str
    customer_code: str
    supply_code: str
    serial: str
    kind: MeterKind
    registers: tuple[Register, ...]
    installed_on: date | None = None
    removed_on: date | None = None
    remote_read: bool = False
    maximum_flow: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterValue:
    """What one dial showed; ``register`` is its code."""

    register: str
    value: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterReadingRecord:
    """A reading of all dials of a meter on one day.

    ``consumption`` is what was used since the reading before it, in the service's unit, as billing counts it; None where
    it does not say. ``superseded_by`` is the code of the reading that took this one's place. ``validation`` is the
    distributor's judgement of a reading that the customer gave, ``invoice_number`` the first invoice that used it, and
    ``key`` that of the command with which it came, None where it came otherwise or billing keeps none.
    """

    code: str
    customer_code: str
    supply_code: str
    meter_code: str
    read_on: date
    values: tuple[RegisterValue, ...]
    origin: ReadingOrigin
    occasion: Occasion = "periodic"
    consumption: Decimal | None = None
    superseded_by: str | None = None
    validation: Validation = ""
    validation_reason: str = ""
    invoice_number: str | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageRecord:
    """What was used or delivered in a period where no meter counts: traffic of a line, a delivery of LPG to a tank.

    ``quantity`` is in ``unit``: "GB", "min", "SMS", "l".
    """

    code: str
    customer_code: str
    supply_code: str
    measure: Measure
    period_from: date
    period_to: date
    quantity: Decimal
    unit: str


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
class Instalment:
    """A part of an invoice that is paid by instalments."""

    due_on: date
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceRecord:
    """A bill or credit note (its ``amount`` is then negative).

    ``supply_codes`` may name several supplies; None where billing knows only the account.
    ``paid`` is what has been allocated to it. ``slip_code`` is the 18-digit code of the postal slip TD 896.
    ``lines`` and ``vat`` are None where billing does not supply them. ``contested`` is the part of it that the customer
    contests, while collection is suspended. ``instalments`` are the arranged parts, the first to fall due first, of what was
    open when they were arranged; None where there is no such plan, or billing does not say it.
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
    contested: Decimal | None = None
    instalments: tuple[Instalment, ...] | None = None
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


Record = (
    CustomerRecord
    | BillingAccountRecord
    | MandateRecord
    | SupplyRecord
    | MeterRecord
    | InvoiceRecord
    | PaymentRecord
    | MeterReadingRecord
    | UsageRecord
    | Removed
)


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
