"""Turns the mandates of this billing into the records of the port, and back."""

from typing import cast

from sportello.billing.codes import MandateScheme, MandateStatus
from sportello.billing.records import MandateRecord
from sportello.connectors.embedded.models import Mandate
from sportello.connectors.embedded.rows import Row


def mandate_record(row: Row) -> MandateRecord:
    return MandateRecord(
        code=row.code,
        customer_code=row.holder_code,
        account_code=row.account_id,
        scheme=cast(MandateScheme, row.scheme),
        status=cast(MandateStatus, row.status),
        iban=row.iban,
        holder=row.holder,
        holder_tax_code=row.holder_tax_code,
        signed_on=row.signed_on,
        active_from=row.active_from,
        ended_on=row.ended_on,
        reason=row.reason,
        from_invoice=row.from_invoice or None,
    )


def mandate_row(record: MandateRecord) -> Mandate:
    return Mandate(
        code=record.code,
        account_id=record.account_code,
        scheme=record.scheme,
        status=record.status,
        iban=record.iban or "",
        holder=record.holder,
        holder_tax_code=record.holder_tax_code,
        signed_on=record.signed_on,
        active_from=record.active_from,
        ended_on=record.ended_on,
        reason=record.reason,
        from_invoice=record.from_invoice or "",
    )
