"""The terms by which requests are answered, in words; Administration sets each of them in dated rows."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sportello.domain.activities.kinds.catalogue import KINDS

NAMES: Final[dict[str, str | Promise]] = {
    "complaint": _("Written complaint"),
    "information": _("Written request for information"),
    "invoice_correction": _("Correction of an invoice"),
    "invoice_correction_4m": _("Correction of an invoice, where bills come every four months"),
    "double_billing": _("Correction of a double billing"),
    "personal_data": _("Change of the customer's data"),
    "direct_debit": _("Direct debit and its revocation"),
    "iban_cool_off": _("Days in which a change of bank account can be stopped (as the margin)"),
}


def terms_named() -> dict[str, str | Promise]:
    """All terms by code: those that are named here, and those that any other kind asks for, by its own title."""
    named = {kind.term: kind.title for kind in KINDS.values() if isinstance(kind.term, str) and kind.term}
    return {**named, **NAMES}


def kinds_of(term: str) -> list[str | Promise]:
    """The kinds of request that are answered by this term."""
    return [kind.title for kind in KINDS.values() if kind.term == term]
