"""The words that records of billing say of what they are: each a closed list, the same for every billing system."""

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
