"""What may be asked of a billing system: plain, frozen, the same whatever system it goes to.

A command says what shall be so, never how. It may arrive twice; the key that comes with it tells.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal, get_args

from sportello.billing.records import Address, MandateScheme, RegisterValue


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishWebCode:
    """Print this code for the first access on the customer's next invoice, in place of any other."""

    customer_code: str
    web_code: str = field(repr=False)
    expires_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitReading:
    """The customer has read his meter. ``values`` has one value for each register of the meter.

    It takes the place of an earlier reading of the same supply and day that the customer gave. ``replaces`` is the key
    of the command whose reading it replaces whatever its day, None for none. ``approved`` says that a member of staff
    has looked at it and lets it stand though it is unusual: smaller than the one before after a roll-over, or far from
    what was expected.
    """

    customer_code: str
    supply_code: str
    meter_code: str
    read_on: date
    values: Sequence[RegisterValue]
    replaces: str | None = None
    approved: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePersonalData:
    """The customer's own data shall be these; None leaves a field as it is, "" empties it.

    ``address`` is where he lives or has his seat, not where his post goes.
    """

    customer_code: str
    first_name: str | None = None
    last_name: str | None = None
    company_name: str | None = None
    tax_code: str | None = None
    vat_number: str | None = None
    birth_date: date | None = None
    phone: str | None = None
    email: str | None = None
    sdi_code: str | None = None
    pec: str | None = None
    address: Address | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeMailingAddress:
    """Invoices and letters of this account shall go there. ``addressee`` is the name on them, "" for the customer's own."""

    customer_code: str
    account_code: str
    address: Address
    addressee: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestDirectDebit:
    """This account shall be paid by direct debit, by this mandate, in place of any other.

    ``iban`` is compact. ``holder`` owns the bank account; ``signatory`` signs, with his tax code, both "" where it is the
    holder himself. ``bank``, ``branch`` and ``branch_address`` are as typed, for billing systems that print them.
    """

    customer_code: str
    account_code: str
    mandate_reference: str
    scheme: MandateScheme
    iban: str = field(repr=False)
    holder: str
    holder_tax_code: str
    signatory: str = ""
    signatory_tax_code: str = ""
    bank: str = ""
    branch: str = ""
    branch_address: str = ""
    signed_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeDirectDebit:
    """This account shall not be debited any more. ``mandate_reference`` is billing's, "" for whichever holds."""

    customer_code: str
    account_code: str
    mandate_reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SuspendCollection:
    """Nobody asks for this money while it is contested. ``amount`` is the contested part, None for all of it."""

    customer_code: str
    invoice_number: str
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeCollection:
    """The invoice is not contested any more."""

    customer_code: str
    invoice_number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrangeInstalments:
    """The invoice shall be paid in ``instalments`` equal parts, a month apart, the first on ``first_due_on``."""

    customer_code: str
    invoice_number: str
    instalments: int
    first_due_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseSupply:
    """The supply shall end on ``ends_on``; the last invoice goes to ``forwarding``. ``values`` as in SubmitReading, empty
    where the service has no meter or the distributor reads it."""

    customer_code: str
    supply_code: str
    ends_on: date
    forwarding: Address
    meter_code: str = ""
    values: Sequence[RegisterValue] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SetInvoiceDelivery:
    """Invoices of this supply, with "" of all of the customer's supplies that have no choice of their own, shall come so.

    By e-mail, Sportello sends them and billing prints none; to which addresses is none of billing's business. ``delivery`` ""
    takes a supply's own choice away.
    """

    customer_code: str
    supply_code: str = ""
    delivery: Literal["", "paper", "email"]


Command = (
    PublishWebCode
    | SubmitReading
    | ChangePersonalData
    | ChangeMailingAddress
    | RequestDirectDebit
    | RevokeDirectDebit
    | SuspendCollection
    | ResumeCollection
    | ArrangeInstalments
    | CloseSupply
    | SetInvoiceDelivery
)
COMMANDS: dict[str, type[Command]] = {kind.__name__: kind for kind in get_args(Command)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Billing has done what was asked. ``reference`` is its own code for what came of it, "" where it gives none.

    ``duplicate`` says that it had been done before, with the same key.
    """

    reference: str = ""
    duplicate: bool = False
