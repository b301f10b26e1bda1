"""All kinds of request that people open by a form, in the order in which they are offered."""

from typing import Final

from sportello.domain.activities.kinds import (
    already_paid,
    change_of_holder,
    complaint,
    information,
    instalments,
    invoice_correction,
    something_else,
    supply_closure,
)
from sportello.domain.activities.kinds.base import RequestKind

KINDS: Final[dict[str, RequestKind]] = {
    kind.code.value: kind
    for kind in (
        information.KIND,
        invoice_correction.KIND,
        already_paid.KIND,
        instalments.KIND,
        supply_closure.KIND,
        change_of_holder.KIND,
        complaint.KIND,
        something_else.KIND,
    )
}


def kind_of(code: str) -> RequestKind | None:
    """None for a kind that has pages of its own, and for none at all."""
    return KINDS.get(code)
