"""Turns the rows of this billing into the records of the port, and back."""

from collections.abc import Iterable
from dataclasses import asdict, fields
from datetime import date
from decimal import Decimal
from typing import Any, TypeAlias, cast, get_args

from sportello.billing.records import (
    Address,
    Allocation,
    BillingAccountRecord,
    Collection,
    CustomerKind,
    CustomerRecord,
    Instalment,
    InvoiceDelivery,
    InvoiceKind,
    InvoiceLine,
    InvoiceRecord,
    Measure,
    MeterKind,
    MeterReadingRecord,
    MeterRecord,
    Occasion,
    PaymentChannel,
    PaymentMethod,
    PaymentRecord,
    ReadingOrigin,
    Register,
    RegisterValue,
    ServiceCode,
    SupplyRecord,
    SupplyStatus,
    UsageRecord,
    Validation,
    VatAmount,
)
from sportello.connectors.embedded import models

# An object of a model, or a row of some columns of it: to make objects of a million rows takes longer than to read them.
# ``holder`` is the customer's code, where a column of another table says it, and ``holder_kind`` his kind.
Row: TypeAlias = Any
COMPANY = "company"
INSTALMENTS = "instalments"  # the way of collecting that has a plan
Part = InvoiceLine | VatAmount | Register | RegisterValue
FIELDS = {kind: [field.name for field in fields(kind)] for kind in get_args(Part)}


def address(value: dict[str, str] | None) -> Address | None:
    return Address(**value) if value else None


def address_json(value: Address | None) -> dict[str, str] | None:
    return asdict(value) if value else None


def line(value: dict[str, Any]) -> InvoiceLine:
    quantity, unit_price, vat_rate = value.get("quantity"), value.get("unit_price"), value.get("vat_rate")
    return InvoiceLine(
        description=value["description"],
        amount=Decimal(value["amount"]),
        section=value.get("section", ""),
        quantity=None if quantity is None else Decimal(quantity),
        unit=value.get("unit", ""),
        unit_price=None if unit_price is None else Decimal(unit_price),
        vat_rate=None if vat_rate is None else Decimal(vat_rate),
    )


def plain(value: Part) -> dict[str, Any]:
    """For a JSON column: decimals as text, so that no digit is lost; what is empty is left out."""
    items = ((name, getattr(value, name)) for name in FIELDS[type(value)])
    return {name: str(item) if isinstance(item, Decimal) else item for name, item in items if item not in (None, "")}


def plain_all(values: Iterable[Part] | None) -> list[dict[str, Any]] | None:
    return None if values is None else [plain(value) for value in values]


def registers(meter: Row) -> tuple[Register, ...]:
    return tuple(
        Register(**{**value, "coefficient": Decimal(value["coefficient"]) if "coefficient" in value else None})
        for value in meter.registers
    )


def values(reading: Row) -> tuple[RegisterValue, ...]:
    return tuple(RegisterValue(register=part["register"], value=Decimal(part["value"])) for part in reading.values)


def lines(invoice: Row) -> tuple[InvoiceLine, ...] | None:
    return None if invoice.lines is None else tuple(line(value) for value in invoice.lines)


def vat(invoice: Row) -> tuple[VatAmount, ...] | None:
    if invoice.vat is None:
        return None
    return tuple(VatAmount(**{name: Decimal(text) for name, text in value.items()}) for value in invoice.vat)


def instalments(invoice: Row) -> tuple[Instalment, ...] | None:
    """The plan, as long as it holds: also while the invoice is contested."""
    if INSTALMENTS not in (invoice.collection, invoice.collection_before) or invoice.instalments is None:
        return None
    return tuple(
        Instalment(due_on=date.fromisoformat(part["due_on"]), amount=Decimal(part["amount"]))
        for part in invoice.instalments
    )


def instalments_json(parts: Iterable[Instalment] | None) -> list[dict[str, str]] | None:
    if parts is None:
        return None
    return [{"due_on": part.due_on.isoformat(), "amount": str(part.amount)} for part in parts]


def customer_record(row: Row) -> CustomerRecord:
    return CustomerRecord(
        code=row.code,
        kind=cast(CustomerKind, row.kind),
        first_name=row.first_name,
        last_name=row.last_name,
        company_name=row.company_name,
        tax_code=row.tax_code or None,
        vat_number=row.vat_number or None,
        birth_date=row.birth_date,
        email=row.email or None,
        phone=row.phone or None,
        language=row.language,
        sdi_code=row.sdi_code or None,
        pec=row.pec or None,
        web_code=row.web_code or None,
        invoice_delivery=cast(InvoiceDelivery | None, row.invoice_delivery or None),
        address=address(row.address),
    )


def account_record(row: Row) -> BillingAccountRecord:
    return BillingAccountRecord(
        code=row.code,
        customer_code=row.customer_id,
        description=row.description,
        balance=row.balance,
        payment_method=cast(PaymentMethod, row.payment_method) if row.payment_method else None,
        mailing_address=address(row.mailing_address),
        addressee=row.addressee,
    )


def supply_record(row: Row) -> SupplyRecord:
    return SupplyRecord(
        code=row.code,
        customer_code=row.holder,
        account_code=row.account_id,
        service=cast(ServiceCode, row.service),
        status=cast(SupplyStatus, row.status),
        point_code=row.point_code or None,
        address=address(row.address),
        started_on=row.started_on,
        ended_on=row.ended_on,
        offer=row.offer or None,
        annual_consumption=row.annual_consumption,
        profile=row.profile or None,
        tank_litres=row.tank_litres,
        invoice_delivery=cast(InvoiceDelivery | None, row.invoice_delivery or None),
    )


def meter_record(row: Row) -> MeterRecord:
    return MeterRecord(
        code=row.code,
        customer_code=row.holder,
        supply_code=row.supply_id,
        serial=row.serial,
        kind=cast(MeterKind, row.kind),
        registers=registers(row),
        installed_on=row.installed_on,
        removed_on=row.removed_on,
        remote_read=row.remote_read,
        maximum_flow=row.maximum_flow,
    )


def reading_record(row: Row) -> MeterReadingRecord:
    return MeterReadingRecord(
        code=row.code,
        customer_code=row.holder,
        supply_code=row.supply_id,
        meter_code=row.meter_id,
        read_on=row.read_on,
        values=values(row),
        origin=cast(ReadingOrigin, row.origin),
        occasion=cast(Occasion, row.occasion),
        consumption=row.consumption,
        superseded_by=row.superseded_by_id,
        validation=cast(Validation, row.validation),
        validation_reason=row.validation_reason,
        invoice_number=row.invoice_id,
        key=row.key,
    )


def usage_record(row: Row) -> UsageRecord:
    return UsageRecord(
        code=row.code,
        customer_code=row.holder,
        supply_code=row.supply_id,
        measure=cast(Measure, row.measure),
        period_from=row.period_from,
        period_to=row.period_to,
        quantity=row.quantity,
        unit=row.unit,
    )


def invoice_record(row: Row) -> InvoiceRecord:
    return InvoiceRecord(
        number=row.code,
        customer_code=row.holder,
        account_code=row.account_id,
        issued_on=row.issued_on,
        amount=row.amount,
        paid=row.paid,
        supply_codes=tuple(row.supply_codes) or None,
        kind=cast(InvoiceKind, row.kind) if row.kind else None,
        due_on=row.due_on,
        period_from=row.period_from,
        period_to=row.period_to,
        consumption=row.consumption,
        consumption_unit=row.consumption_unit,
        collection=cast(Collection, row.collection),
        contested=row.contested,
        instalments=instalments(row),
        slip_code=row.slip_code or None,
        lines=lines(row),
        vat=vat(row),
        has_xml=row.holder_kind == COMPANY and bool(row.lines) and row.vat is not None,
    )


def has_xml(row: models.Invoice) -> bool:
    return row.account.customer.kind == COMPANY and bool(row.lines) and row.vat is not None


def payment_record(row: Row, parts: Iterable[tuple[str, Decimal]]) -> PaymentRecord:
    """``parts`` are the numbers of invoices and what went to each."""
    return PaymentRecord(
        code=row.code,
        customer_code=row.holder,
        account_code=row.account_id,
        paid_on=row.paid_on,
        amount=row.amount,
        channel=cast(PaymentChannel, row.channel) if row.channel else None,
        channel_text=row.channel_text,
        status="returned" if row.returned_on else "executed",
        returned_on=row.returned_on,
        allocations=tuple(Allocation(invoice_number=number, amount=amount) for number, amount in parts),
    )


def customer_row(record: CustomerRecord) -> models.Customer:
    return models.Customer(
        code=record.code,
        kind=record.kind,
        first_name=record.first_name,
        last_name=record.last_name,
        company_name=record.company_name,
        tax_code=record.tax_code or "",
        vat_number=record.vat_number or "",
        birth_date=record.birth_date,
        email=record.email or "",
        phone=record.phone or "",
        language=record.language,
        sdi_code=record.sdi_code or "",
        pec=record.pec or "",
        web_code=record.web_code or "",
        invoice_delivery=record.invoice_delivery or "",
        address=address_json(record.address),
    )


def account_row(record: BillingAccountRecord) -> models.Account:
    return models.Account(
        code=record.code,
        customer_id=record.customer_code,
        description=record.description,
        payment_method=record.payment_method or "",
        mailing_address=address_json(record.mailing_address),
        addressee=record.addressee,
    )


def supply_row(record: SupplyRecord) -> models.Supply:
    return models.Supply(
        code=record.code,
        account_id=record.account_code,
        service=record.service,
        status=record.status,
        point_code=record.point_code or "",
        address=address_json(record.address),
        started_on=record.started_on,
        ended_on=record.ended_on,
        offer=record.offer or "",
        annual_consumption=record.annual_consumption,
        profile=record.profile or "",
        tank_litres=record.tank_litres,
        invoice_delivery=record.invoice_delivery or "",
    )


def meter_row(record: MeterRecord) -> models.Meter:
    return models.Meter(
        code=record.code,
        supply_id=record.supply_code,
        serial=record.serial,
        kind=record.kind,
        registers=plain_all(record.registers),
        installed_on=record.installed_on,
        removed_on=record.removed_on,
        remote_read=record.remote_read,
        maximum_flow=record.maximum_flow,
    )


def reading_row(record: MeterReadingRecord) -> models.MeterReading:
    return models.MeterReading(
        code=record.code,
        supply_id=record.supply_code,
        meter_id=record.meter_code,
        read_on=record.read_on,
        values=plain_all(record.values),
        origin=record.origin,
        occasion=record.occasion,
        consumption=record.consumption,
        superseded_by_id=record.superseded_by,
        validation=record.validation,
        validation_reason=record.validation_reason,
        invoice_id=record.invoice_number,
        key=record.key,
    )


def usage_row(record: UsageRecord) -> models.Usage:
    return models.Usage(
        code=record.code,
        supply_id=record.supply_code,
        measure=record.measure,
        period_from=record.period_from,
        period_to=record.period_to,
        quantity=record.quantity,
        unit=record.unit,
    )


def invoice_row(record: InvoiceRecord) -> models.Invoice:
    return models.Invoice(
        code=record.number,
        account_id=record.account_code,
        supply_codes=list(record.supply_codes or ()),
        kind=record.kind or "",
        issued_on=record.issued_on,
        due_on=record.due_on,
        period_from=record.period_from,
        period_to=record.period_to,
        amount=record.amount,
        paid=record.paid,
        consumption=record.consumption,
        consumption_unit=record.consumption_unit,
        collection=record.collection,
        collection_before=INSTALMENTS if record.instalments and record.collection != INSTALMENTS else "",
        contested=record.contested,
        instalments=instalments_json(record.instalments),
        slip_code=record.slip_code or "",
        lines=plain_all(record.lines),
        vat=plain_all(record.vat),
    )


def payment_row(record: PaymentRecord) -> models.Payment:
    """Here every payment has an account; one without is refused by the database."""
    return models.Payment(
        code=record.code,
        account_id=record.account_code or "",
        paid_on=record.paid_on,
        amount=record.amount,
        channel=record.channel or "",
        channel_text=record.channel_text,
        returned_on=record.returned_on,
    )
