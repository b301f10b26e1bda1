"""All kinds of request that have the common page, in the order in which they are offered: those that people open by a form,
and those that the counter opens itself for operators."""

from typing import Final

from sportello.domain.activities.kinds import (
    already_paid,
    change_of_holder,
    complaint,
    contact,
    direct_debit,
    direct_debit_revocation,
    information,
    instalments,
    invoice_correction,
    invoice_mail,
    invoice_undelivered,
    mailing_address,
    personal_data,
    something_else,
    supply_closure,
)
from sportello.domain.activities.kinds.base import RequestKind

KINDS: Final[dict[str, RequestKind]] = {
    kind.code.value: kind
    for kind in (
        invoice_mail.KIND,
        invoice_correction.KIND,
        already_paid.KIND,
        instalments.KIND,
        direct_debit.KIND,
        direct_debit_revocation.KIND,
        personal_data.KIND,
        mailing_address.KIND,
        supply_closure.KIND,
        change_of_holder.KIND,
        information.KIND,
        complaint.KIND,
        something_else.KIND,
        invoice_undelivered.KIND,
        contact.KIND,
    )
}


def asked_for() -> list[tuple[str, RequestKind]]:
    """Those that people open by a form."""
    return [(code, kind) for code, kind in KINDS.items() if kind.is_asked_for]


def for_callers() -> list[RequestKind]:
    """What an operator asks for a customer, or writes down about him."""
    return [kind for kind in KINDS.values() if kind.customers or kind.of_the_house]


def kind_of(code: str) -> RequestKind | None:
    """None for a kind that has pages of its own, and for none at all."""
    return KINDS.get(code)
