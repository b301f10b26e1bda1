"""All kinds of request that people open by a form, in the order in which they are offered."""

from typing import Final

from sportello.domain.activities.kinds import (
    contacts,
    direct_debit,
    direct_debit_revocation,
    information,
    mailing_address,
    personal_data,
)
from sportello.domain.activities.kinds.base import RequestKind

KINDS: Final[dict[str, RequestKind]] = {
    kind.code.value: kind
    for kind in (
        direct_debit.KIND,
        direct_debit_revocation.KIND,
        personal_data.KIND,
        mailing_address.KIND,
        contacts.KIND,
        information.KIND,
    )
}


def kind_of(code: str) -> RequestKind | None:
    """None for a kind that has pages of its own, and for none at all."""
    return KINDS.get(code)
