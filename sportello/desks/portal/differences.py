"""What the list of changes says of a request: what it changes, beside how that was; of other kinds, what they are about."""

from collections.abc import Mapping, Sequence
from typing import Final

from django.utils.translation import gettext as _

from sportello.domain.activities.kinds.base import Line
from sportello.domain.activities.kinds.catalogue import KINDS
from sportello.domain.activities.models import Activity, ActivityKind

# What changes the customer's data, all of which is told, as soon as it is asked and when it is done.
OF_CUSTOMER: Final = (ActivityKind.PERSONAL_DATA,)
OF_ACCOUNT: Final = (ActivityKind.MAILING_ADDRESS,)
OF_INVOICES: Final = (ActivityKind.INVOICE_MAIL,)
BY_BANK: Final = (ActivityKind.DIRECT_DEBIT, ActivityKind.DIRECT_DEBIT_REVOCATION)
# Of other kinds, and of those with long forms, what they are about; the rest is on the request's own page.
MATTERS: Final[Mapping[str, tuple[str, ...]]] = {
    ActivityKind.DIRECT_DEBIT: ("iban", "bank"),
    ActivityKind.DIRECT_DEBIT_REVOCATION: (),
    ActivityKind.INSTALMENTS: ("parts", "first_due_on"),
    ActivityKind.SUPPLY_CLOSURE: ("ends_on",),
    ActivityKind.CHANGE_OF_HOLDER: ("name", "starts_on"),
    ActivityKind.ALREADY_PAID: ("amount", "paid_on"),
    ActivityKind.INVOICE_CORRECTION: ("reason",),
    ActivityKind.COMPLAINT: ("subject",),
    ActivityKind.INFORMATION: ("topic",),
    ActivityKind.SOMETHING_ELSE: (),
    ActivityKind.INVOICE_UNDELIVERED: (),
}


def differences_of(request: Activity) -> Sequence[Line]:
    """In the words of its form, so that nothing is shown here that is masked or left out there."""
    form = KINDS[request.kind].form
    lines = form.compared(request.asked, request.before)
    if request.kind not in MATTERS:
        return lines
    labels = [str(form.base_fields[name].label) for name in MATTERS[request.kind]]
    told = {str(line.label): line for line in lines}
    return [*by_bank(request), *(told[label] for label in labels if label in told)]


def by_bank(request: Activity) -> list[Line]:
    if request.kind != ActivityKind.DIRECT_DEBIT_REVOCATION:
        return []
    return [Line(_("Payment"), _("without direct debit"), before=_("Direct debit"))]
