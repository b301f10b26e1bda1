"""Where one company's SAP differs from another's: the names in its service and the meaning of its codes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from sportello.billing.codes import (
    Collection,
    CustomerKind,
    MandateScheme,
    Occasion,
    PaymentChannel,
    PaymentMethod,
    PaymentStatus,
    ReadingOrigin,
    RegisterRole,
    ServiceCode,
    SupplyStatus,
    Validation,
)

LeftOut = Literal[""]  # rows with this code are no business of the portal


def table(**entries: Any) -> Any:
    return field(default_factory=lambda: dict(entries))


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The defaults are what SAP delivers, as far as it delivers anything; each company overrides them in SAP_MAPPING.

    A code that stands in no table means "not supplied by billing": nothing is guessed from it.

    ``names`` gives the site's own name for one of ours: ``"Accounts"`` a set, ``"Invoice.InvoiceID"`` a property or a
    navigation. ``omitted`` names navigations that the site's service lacks or that are too slow there.
    ``history_from`` bounds invoices and payments, ``timeout`` (seconds) one reading with its retries.

    What is written goes by codes of the site's own too. ``debit_methods`` names the payment method that a mandate of each
    scheme sets, which is how SAP is told the scheme; a scheme without one is an operator's work. ``method_without_debit``
    is what a revocation sets, "" for none. ``mailing_address_in`` names the properties of a contract account that say where
    its post goes: all are set, the first that says anything is read.
    """

    names: Mapping[str, str] = table()
    omitted: frozenset[str] = frozenset()
    history_from: date | None = None
    timeout: float = 8.0
    account_types: Mapping[str, CustomerKind] = table(**{"1": "person", "2": "company", "3": "company"})
    languages: Mapping[str, str] = table(IT="it", EN="en")
    divisions: Mapping[str, ServiceCode | LeftOut] = table(**{"01": "electricity", "02": "gas", "03": "water"})
    contract_statuses: Mapping[str, SupplyStatus] = table()
    payment_methods: Mapping[str, PaymentMethod] = table()
    payment_channels: Mapping[str, PaymentChannel] = table()
    payment_statuses: Mapping[str, PaymentStatus | LeftOut] = table()
    invoice_statuses: Mapping[str, Collection] = table()
    register_types: Mapping[str, RegisterRole | LeftOut] = table()
    reading_categories: Mapping[str, ReadingOrigin] = table(**{"01": "actual", "02": "self", "03": "estimated"})
    reading_reasons: Mapping[str, Occasion] = table(**{"03": "final", "06": "initial", "21": "initial", "22": "final"})
    reading_statuses: Mapping[str, Validation] = table()
    debit_methods: Mapping[MandateScheme, str] = table()
    method_without_debit: str = ""
    mailing_address_in: tuple[str, ...] = ("BillToAccountAddressID",)
    units: Mapping[str, str] = table(KWH="kWh", M3="m³", SMC="Smc", GB="GB")

    def name(self, ours: str) -> str:
        """What the site calls a set, ``Type.Property`` or ``Type.Navigation`` of ours."""
        return self.names.get(ours, ours.rpartition(".")[2])
