"""Writes records of the port as the entity sets of SAP's service, one JSON file each, for the mock server to read."""

import json
import shutil
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from sportello.billing.records import (
    Address,
    BillingAccountRecord,
    CustomerRecord,
    InvoiceRecord,
    MandateRecord,
    MeterReadingRecord,
    MeterRecord,
    PaymentRecord,
    Record,
    Register,
    SupplyRecord,
)
from sportello.billing.services import SERVICES

CONTRIBUTORS = Path(__file__).resolve().parent / "sets"

Rows = dict[str, list[dict[str, Any]]]

NO_END = date(9999, 12, 31)
# What the codes of this made-up SAP mean: written into the data one way, into the mapping file the other.
DIVISIONS = {"electricity": "01", "gas": "02", "water": "03", "lpg": "04", "telephony": "05"}
PAYMENT_METHODS = {"direct_debit": "D", "postal_slip": "P", "transfer": "T"}
DEBIT_METHODS = {"core": PAYMENT_METHODS["direct_debit"], "b2b": "B"}
CHANNEL_TEXTS = {
    "post": "Bollettino postale",
    "direct_debit": "Addebito diretto SEPA",
    "transfer": "Bonifico bancario",
    "mav": "MAV",
    "shop": "Ricevitoria",
    "counter": "Sportello aziendale",
    "card": "Carta di credito",
    "pagopa": "pagoPA",
    "offset": "Compensazione",
    "other": "Altro",
}
INVOICE_STATUSES = {"direct_debit": "03", "returned": "04", "instalments": "05", "suspended": "06"}
CONTRACT_STATUSES = {"suspended": "Sospeso"}
UNITS = {"kWh": "KWH", "Smc": "SMC", "m³": "M3"}
REGISTER_TYPES = {"total": "01", "corrected": "02", "f1": "11", "f2": "12", "f3": "13"}
READING_CATEGORIES = {"actual": "01", "self": "02", "estimated": "03", "corrected": "91"}
READING_REASONS = {"periodic": "01", "initial": "21", "final": "22"}
READING_STATUSES = {"": "7", "valid": "1", "pending": "2", "refused": "3"}
MAPPING: Mapping[str, Any] = {
    "divisions": {code: service for service, code in DIVISIONS.items()},
    "payment_methods": {
        **{code: method for method, code in PAYMENT_METHODS.items()},
        DEBIT_METHODS["b2b"]: "direct_debit",
    },
    "debit_methods": DEBIT_METHODS,
    "method_without_debit": PAYMENT_METHODS["postal_slip"],
    "payment_channels": {text: channel for channel, text in CHANNEL_TEXTS.items()},
    "payment_statuses": {"01": "", "02": "executed", "03": "returned"},
    "invoice_statuses": {code: collection for collection, code in INVOICE_STATUSES.items()},
    "contract_statuses": {text: status for status, text in CONTRACT_STATUSES.items()},
    "register_types": {code: role for role, code in REGISTER_TYPES.items()},
    "reading_categories": {code: origin for origin, code in READING_CATEGORIES.items()},
    "reading_statuses": {code: validation for validation, code in READING_STATUSES.items()},
}
SETS = (
    "Accounts",
    "AccountAddresses",
    "AccountAddressIndependentEmails",
    "AccountAddressIndependentPhones",
    "AccountAddressIndependentMobilePhones",
    "AccountAddressDependentEmails",
    "AccountAddressDependentPhones",
    "AccountAddressDependentMobilePhones",
    "BankAccounts",
    "ContractAccounts",
    "ContractAccountBalances",
    "Contracts",
    "Premises",
    "ContractConsumptionValues",
    "Devices",
    "ContractAllDevices",
    "RegistersToRead",
    "MeterReadingResults",
    "Invoices",
    "InvoicePDFs",
    "PaymentDocuments",
    "PaymentDocumentItems",
    "AccountContacts",
)


def write_data(records: Iterable[Record], folder: Path) -> Path:
    """Fills ``folder`` and returns the mapping file, which goes into SAP_MAPPING.

    Empty sets have their file too: the mock server makes up rows for what has none. What was posted to a mock server on
    this folder before, or changed there, stays so.
    """
    found = rows_of(list(records))
    data = folder / "data"
    data.mkdir(parents=True, exist_ok=True)
    for name in SETS:
        (data / f"{name}.json").write_text(json.dumps(found.get(name, [])), encoding="utf-8")
    for script in CONTRIBUTORS.glob("*.js"):
        shutil.copy(script, data / script.name)
    mapping = folder / "mapping.json"
    mapping.write_text(json.dumps(MAPPING, indent=2), encoding="utf-8")
    return mapping


def rows_of(records: Sequence[Record]) -> Rows:
    rows: Rows = defaultdict(list)
    supplies = [record for record in records if isinstance(record, SupplyRecord)]
    services = {supply.code: supply.service for supply in supplies}
    meters = {record.code: record for record in records if isinstance(record, MeterRecord)}
    for record in records:
        match record:
            case CustomerRecord():
                _customer(record, rows)
            case BillingAccountRecord():
                _billing_account(record, [one for one in supplies if one.account_code == record.code], rows)
            case SupplyRecord():
                _supply(record, rows)
            case InvoiceRecord():
                _invoice(record, rows)
            case PaymentRecord():
                _payment(record, rows)
            case MeterRecord():
                _meter(record, rows)
            case MeterReadingRecord() if record.meter_code in meters and record.superseded_by is None:
                unit = SERVICES[services[record.supply_code]].unit
                _reading(record, meters[record.meter_code], unit=unit, rows=rows)
    _mandates([record for record in records if isinstance(record, MandateRecord)], rows)
    _remember(rows)
    return rows


def edm_date(day: date | None) -> str:
    moment = datetime.combine(day or NO_END, datetime.min.time(), tzinfo=UTC)
    return f"/Date({int(moment.timestamp()) * 1000})/"


def _customer(record: CustomerRecord, rows: Rows) -> None:
    company = record.kind == "company"
    rows["Accounts"].append(
        {
            "AccountID": record.code,
            "AccountTypeID": "2" if company else "1",
            "FirstName": record.first_name,
            "LastName": record.last_name,
            "Name1": record.company_name,
            "Name2": "",
            "GroupName1": "",
            "GroupName2": "",
            "CorrespondenceLanguageISO": record.language.upper(),
        }
    )
    own = {"AccountID": record.code, "SequenceNo": "001", "StandardFlag": True}
    if record.email:
        rows["AccountAddressIndependentEmails"].append({**own, "Email": record.email})
    if record.phone:
        number = {"PhoneNo": record.phone, "Extension": "", "CountryID": "", "CompletePhoneNo": record.phone}
        rows["AccountAddressIndependentMobilePhones"].append({**own, **number})
    _add_address(record.code, record.address, rows, standard=True)


def _add_address(customer: str, address: Address | None, rows: Rows, *, standard: bool = False) -> str:
    number = str(len(rows["AccountAddresses"]) + 1)
    info = _address_info(address, standard=standard)
    rows["AccountAddresses"].append({"AccountID": customer, "AddressID": number, "AddressInfo": info})
    return number


def _address_info(address: Address | None, *, standard: bool = False) -> dict[str, str]:
    return {
        "Street": address.street if address else "",
        "HouseNo": address.number if address else "",
        "PostalCode": address.postcode if address else "",
        "City": address.municipality if address else "",
        "Region": address.province if address else "",
        "CountryID": address.country if address else "IT",
        "StandardFlag": "X" if standard else "",
        **dict.fromkeys(("District", "Building", "Floor", "RoomNo", "POBox", "POBoxPostalCode"), ""),
        **dict.fromkeys(("TaxJurisdictionCode", "TimeZone", "LanguageID"), ""),
    }


def _billing_account(record: BillingAccountRecord, supplies: Sequence[SupplyRecord], rows: Rows) -> None:
    balance = record.balance
    if balance is None:
        balance = sum((supply.balance for supply in supplies if supply.balance is not None), Decimal(0))
    elsewhere = record.mailing_address
    rows["ContractAccounts"].append(
        {
            "ContractAccountID": record.code,
            "AccountID": record.customer_code,
            "Description": record.description,
            "IncomingPaymentMethodID": PAYMENT_METHODS.get(record.payment_method or "", ""),
            "IncomingPaymentBankAccountID": "",
            "AccountAddressID": "",
            "BillToAccountID": "",
            "BillToAccountAddressID": _add_address(record.customer_code, elsewhere, rows) if elsewhere else "",
        }
    )
    rows["ContractAccountBalances"].append(
        {"ContractAccountID": record.code, "CurrentBalance": f"{balance:.5f}", "Currency": "EUR"}
    )


def _mandates(records: Iterable[MandateRecord], rows: Rows) -> None:
    """Those by which accounts are debited, where the reference leaves room for the day of the signature."""
    accounts = {row["ContractAccountID"]: row for row in rows["ContractAccounts"]}
    held: dict[str, int] = defaultdict(int)
    for record in records:
        name = f"UMR {record.code} {record.signed_on:%d/%m/%Y}" if record.signed_on else ""
        if record.status != "active" or not record.iban or not 0 < len(name) <= 40:
            continue
        held[record.customer_code] += 1
        number = f"{held[record.customer_code]:04d}"
        rows["BankAccounts"].append(
            {
                "AccountID": record.customer_code,
                "BankAccountID": number,
                "BankAccountName": name,
                "AccountHolder": record.holder,
                "IBAN": record.iban,
                "CountryID": record.iban[:2],
            }
        )
        accounts[record.account_code]["IncomingPaymentBankAccountID"] = number
        accounts[record.account_code]["IncomingPaymentMethodID"] = DEBIT_METHODS[record.scheme]


def _supply(record: SupplyRecord, rows: Rows) -> None:
    rows["Contracts"].append(
        {
            "ContractID": record.code,
            "ContractAccountID": record.account_code,
            "DivisionID": DIVISIONS[record.service],
            "PremiseID": record.code,
            "MoveInDate": edm_date(record.started_on if record.status != "activating" else None),
            "MoveOutDate": edm_date(record.ended_on),
            "ProcessingStatus": CONTRACT_STATUSES.get(record.status, ""),
            "HistoricFlag": record.status == "closed",
        }
    )
    rows["Premises"].append({"PremiseID": record.code, "AddressInfo": _address_info(record.address)})


def _invoice(record: InvoiceRecord, rows: Rows) -> None:
    paid = "02" if record.paid >= record.amount else "01"
    rows["Invoices"].append(
        {
            "InvoiceID": record.number,
            "AccountID": record.customer_code,
            "ContractAccountID": record.account_code,
            "InvoiceDate": edm_date(record.issued_on),
            "DueDate": edm_date(record.due_on or record.issued_on),
            "AmountDue": f"{record.amount:.4f}",
            "AmountPaid": f"{record.paid:.4f}",
            "Currency": "EUR",
            "InvoiceStatusID": INVOICE_STATUSES.get(record.collection, paid),
        }
    )
    if record.consumption is not None and record.period_to is not None and len(record.supply_codes or ()) == 1:
        rows["ContractConsumptionValues"].append(
            {
                "ContractID": record.supply_codes[0] if record.supply_codes else "",
                "ConsumptionPeriodTypeID": "01",
                "StartDate": edm_date(record.period_from),
                "EndDate": edm_date(record.period_to),
                "ConsumptionValue": f"{record.consumption:.14f}",
                "ConsumptionUnit": UNITS.get(record.consumption_unit, record.consumption_unit),
            }
        )


def _payment(record: PaymentRecord, rows: Rows) -> None:
    rows["PaymentDocuments"].append(
        {
            "PaymentDocumentID": record.code,
            "AccountID": record.customer_code,
            "PaymentMethodDescription": CHANNEL_TEXTS.get(record.channel or "", record.channel_text),
            "ExecutionDate": edm_date(record.paid_on),
            "Amount": f"{record.amount:.4f}",
            "Currency": "EUR",
            "PaymentStatusID": "03" if record.status == "returned" else "02",
        }
    )
    rows["PaymentDocumentItems"] += [
        {
            "PaymentDocumentID": record.code,
            "InvoiceID": allocation.invoice_number,
            "Amount": f"{allocation.amount:.4f}",
            "Currency": "EUR",
        }
        for allocation in record.allocations
    ]


def _meter(record: MeterRecord, rows: Rows) -> None:
    """A device that is no longer there has no registers to read."""
    device = {"DeviceID": record.code, "ContractID": record.supply_code, "SerialNumber": record.serial}
    rows["ContractAllDevices"].append(dict(device))
    if record.removed_on is not None:
        return
    rows["Devices"].append(device)
    rows["RegistersToRead"] += [
        {
            "DeviceID": record.code,
            "RegisterID": register_id(place),
            "RegisterTypeID": REGISTER_TYPES[register.role],
            "ReadingUnit": UNITS.get(register.unit, register.unit),
            "IntegerPlaces": f"{register.digits or 0:02d}",
            "SerialNumber": register.serial or record.serial,
            "PreviousMeterReadingResult": None,
            "PreviousMeterReadingDate": None,
            "PreviousMeterReadingReasonID": "",
            "PreviousMeterReadingCategoryID": "",
        }
        for place, register in enumerate(record.registers, 1)
    ]


def register_id(place: int) -> str:
    return f"{place:03d}"


def _reading(record: MeterReadingRecord, meter: MeterRecord, *, unit: str, rows: Rows) -> None:
    """A result for each register. What was used stands with the one that counts it."""
    shown = {value.register: value.value for value in record.values}
    counting = _counting(meter.registers)
    for place, register in enumerate(meter.registers, 1):
        if register.code not in shown:
            continue
        known = record.consumption is not None and register.unit == unit
        consumption = record.consumption if known and register == counting[0] else 0 if known else None
        result = {
            "MeterReadingResultID": record.code if place == 1 else f"{record.code}-{place}",
            "ContractID": record.supply_code,  # see sets/Contract.js
            "DeviceID": record.meter_code,
            "RegisterID": register_id(place),
            "ReadingResult": f"{shown[register.code]:.14f}",
            "ReadingDateTime": edm_date(record.read_on),
            "ReadingUnit": UNITS.get(register.unit, register.unit),
            "Consumption": None if consumption is None else f"{consumption:.14f}",
            "MeterReadingReasonID": READING_REASONS[record.occasion],
            "MeterReadingCategoryID": READING_CATEGORIES[record.origin],
            "MeterReadingStatusID": READING_STATUSES[record.validation],
        }
        rows["MeterReadingResults"].append(result)


def _counting(registers: Sequence[Register]) -> Sequence[Register]:
    """Those registers whose consumption is the meter's: the corrector's, the total's, or all bands together."""
    for role in ("corrected", "total"):
        if found := [register for register in registers if register.role == role]:
            return found
    return registers


def _remember(rows: Rows) -> None:
    """The newest result is what a register to read has for its previous one; records come in the order of their days."""
    newest = {(result["DeviceID"], result["RegisterID"]): result for result in rows["MeterReadingResults"]}
    for row in rows["RegistersToRead"]:
        if result := newest.get((row["DeviceID"], row["RegisterID"])):
            row["PreviousMeterReadingResult"] = result["ReadingResult"]
            row["PreviousMeterReadingDate"] = result["ReadingDateTime"]
            row["PreviousMeterReadingReasonID"] = result["MeterReadingReasonID"]
            row["PreviousMeterReadingCategoryID"] = result["MeterReadingCategoryID"]
