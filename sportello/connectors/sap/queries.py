"""Every question that is ever put to SAP, as data, so that a test can hold each against the service's metadata.

The sets cannot be paged and many cannot be addressed: one reads an account and what hangs on it, whole. A query names
the properties it wants, so that card numbers and the like never leave SAP. What is asked before something is written is
in ``looks``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from urllib.parse import quote

from sportello.connectors.sap.site import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """Rows of one entity type and what is expanded below them.

    ``owner`` is the property by which a row must agree with the one above it (for the first, with the key asked for); ""
    where the service gives it none, and whoever uses the rows must look whose they are.
    """

    type: str
    owner: str
    select: tuple[str, ...]
    many: bool = False
    expand: Mapping[str, "Node"] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """``entity_set('key')/navigation``; ``since`` is the one property on which the service filters by date."""

    entity_set: str
    entity: str
    node: Node
    navigation: str = ""
    since: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """The bytes behind ``entity_set('key')/navigation``."""

    entity_set: str
    entity: str
    navigation: str


NAMES = ("AccountTypeID", "FirstName", "LastName", "Name1", "Name2", "GroupName1", "GroupName2")


def of_an_account(*select: str, **expand: Node) -> Query:
    """One account by its key, with these besides."""
    node = Node(type="Account", owner="AccountID", select=("AccountID", *select), expand=expand)
    return Query(entity_set="Accounts", entity="Account", node=node)


def contract_accounts(*select: str, **expand: Node) -> Node:
    """Those of an account, with these besides."""
    keys = ("ContractAccountID", "AccountID")
    return Node(type="ContractAccount", owner="AccountID", select=(*keys, *select), many=True, expand=expand)


def contacts(kind: str, *names: str, to_write: bool = False) -> dict[str, Node]:
    """The e-mail addresses and telephones of a customer, of which SAP keeps two kinds. ``to_write`` asks for their keys too."""
    keys = ("AddressID", "SequenceNo") if kind == "Dependent" else ("SequenceNo",)
    return {
        f"AccountAddress{kind}{name}s": Node(
            type=f"AccountAddress{kind}{name}",
            owner="AccountID",
            select=(
                "AccountID",
                *(keys if to_write else ()),
                *(
                    ["Email"]
                    if name == "Email"
                    else ["CompletePhoneNo", *(["PhoneNo", "CountryID"] if to_write else [])]
                ),
                "StandardFlag",
            ),
            many=True,
        )
        for name in names
    }


CONSUMPTION = Node(
    type="ContractConsumptionValue",
    owner="ContractID",
    select=("ContractID", "StartDate", "EndDate", "ConsumptionValue", "ConsumptionUnit"),
    many=True,
)
REGISTER = Node(
    type="RegisterToRead",
    owner="DeviceID",
    select=(
        "DeviceID",
        "RegisterID",
        "RegisterTypeID",
        "ReadingUnit",
        "IntegerPlaces",
        "PreviousMeterReadingResult",
        "PreviousMeterReadingDate",
        "PreviousMeterReadingReasonID",
        "PreviousMeterReadingCategoryID",
        "SerialNumber",
    ),
    many=True,
)
DEVICES = Node(
    type="Device",
    owner="ContractID",
    select=("DeviceID", "ContractID", "SerialNumber"),
    many=True,
    expand={"RegistersToRead": REGISTER},
)
EVERY_DEVICE = Node(  # also those that are no longer there
    type="ContractAllDevice",
    owner="ContractID",
    select=("DeviceID", "ContractID", "SerialNumber"),
    many=True,
)
RESULTS = Node(
    type="MeterReadingResult",
    owner="",
    select=(
        "MeterReadingResultID",
        "DeviceID",
        "RegisterID",
        "ReadingResult",
        "ReadingDateTime",
        "ReadingUnit",
        "Consumption",
        "MeterReadingReasonID",
        "MeterReadingCategoryID",
        "MeterReadingStatusID",
    ),
    many=True,
)
PREMISE = Node(type="Premise", owner="PremiseID", select=("PremiseID", "AddressInfo"))
CONTRACT = Node(
    type="Contract",
    owner="ContractAccountID",
    select=(
        "ContractID",
        "ContractAccountID",
        "DivisionID",
        "PremiseID",
        "MoveInDate",
        "MoveOutDate",
        "ProcessingStatus",
        "HistoricFlag",
    ),
    many=True,
    expand={
        "Premise": PREMISE,
        "ContractConsumptionValues": CONSUMPTION,
        "Devices": DEVICES,
        "ContractAllDevices": EVERY_DEVICE,
        "MeterReadingResults": RESULTS,
    },
)
BALANCE = Node(
    type="ContractAccountBalance",
    owner="ContractAccountID",
    select=("ContractAccountID", "CurrentBalance", "Currency"),
)
CONTRACT_ACCOUNTS = contract_accounts(
    "Description",
    "IncomingPaymentMethodID",
    "IncomingPaymentBankAccountID",
    "AccountAddressID",
    "BillToAccountID",
    "BillToAccountAddressID",
    ContractAccountBalance=BALANCE,
    Contracts=CONTRACT,
)
ADDRESS = Node(
    type="AccountAddress",
    owner="AccountID",
    select=("AccountID", "AddressInfo"),
    expand=contacts("Dependent", "Email", "MobilePhone", "Phone"),
)
ADDRESSES = Node(type="AccountAddress", owner="AccountID", select=("AccountID", "AddressID", "AddressInfo"), many=True)
BANK_ACCOUNTS = Node(
    type="BankAccount",
    owner="AccountID",
    select=("AccountID", "BankAccountID", "BankAccountName", "AccountHolder", "IBAN"),
    many=True,
)
ACCOUNT = of_an_account(
    *NAMES,
    "CorrespondenceLanguageISO",
    StandardAccountAddress=ADDRESS,
    **contacts("Independent", "Email", "MobilePhone", "Phone"),
    AccountAddresses=ADDRESSES,
    BankAccounts=BANK_ACCOUNTS,
    ContractAccounts=CONTRACT_ACCOUNTS,
)
INVOICES = Query(
    entity_set="Accounts",
    entity="Account",
    navigation="Invoices",
    since="InvoiceDate",
    node=Node(
        type="Invoice",
        owner="AccountID",
        select=(
            "InvoiceID",
            "AccountID",
            "ContractAccountID",
            "InvoiceDate",
            "DueDate",
            "AmountDue",
            "AmountPaid",
            "Currency",
            "InvoiceStatusID",
        ),
        many=True,
    ),
)
PAYMENTS = Query(
    entity_set="Accounts",
    entity="Account",
    navigation="PaymentDocuments",
    since="ExecutionDate",
    node=Node(
        type="PaymentDocument",
        owner="AccountID",
        select=(
            "PaymentDocumentID",
            "AccountID",
            "PaymentMethodDescription",
            "ExecutionDate",
            "Amount",
            "Currency",
            "PaymentStatusID",
        ),
        many=True,
        expand={
            "PaymentDocumentItems": Node(
                type="PaymentDocumentItem",
                owner="PaymentDocumentID",
                select=("PaymentDocumentID", "InvoiceID", "Amount", "Currency"),
                many=True,
            )
        },
    ),
)
ADDRESS_INFO = ("Street", "HouseNo", "PostalCode", "City", "Region", "CountryID")
INVOICE_PDF = Media(entity_set="Invoices", entity="Invoice", navigation="InvoicePDF")

READS = (ACCOUNT, INVOICES, PAYMENTS, INVOICE_PDF)


def address(query: Query | Media, *, key: str, site: Site) -> str:
    """What stands after the service's own path."""
    quoted = quote(key.replace("'", "''"), safe="")
    path = f"{site.name(query.entity_set)}('{quoted}')"
    if query.navigation:
        path += "/" + site.name(f"{query.entity}.{query.navigation}")
    if isinstance(query, Media):
        return path + "/$value"
    options = {
        "$select": ",".join(_selected(query.node, site=site)),
        "$expand": ",".join(_expanded(query.node, site=site)),
        "$filter": _since(query, site.history_from, site=site),
    }
    return path + "?" + "&".join(f"{name}={value}" for name, value in options.items() if value)


def expansions(node: Node, *, site: Site) -> Iterator[tuple[str, Node]]:
    """What is expanded below ``node`` at this site, by our names."""
    return ((name, child) for name, child in node.expand.items() if name not in site.omitted)


def _selected(node: Node, *, site: Site, above: str = "") -> Iterator[str]:
    for name in node.select:
        yield above + site.name(f"{node.type}.{name}")
    for name, child in expansions(node, site=site):
        yield from _selected(child, site=site, above=above + site.name(f"{node.type}.{name}") + "/")


def _expanded(node: Node, *, site: Site, above: str = "") -> Iterator[str]:
    """The deepest paths only: each expands all that it passes through."""
    for name, child in expansions(node, site=site):
        here = above + site.name(f"{node.type}.{name}")
        deeper = list(_expanded(child, site=site, above=here + "/"))
        yield from deeper or [here]


def _since(query: Query, start: date | None, *, site: Site) -> str:
    if start is None or not query.since:
        return ""
    return f"{site.name(f'{query.node.type}.{query.since}')}%20ge%20datetime'{start.isoformat()}T00:00:00'"
