"""An invoice has not reached an address of its customer's: nobody asks for it, an operator looks after it."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from sportello.domain.activities.kinds.base import Line, RequestForm, RequestKind
from sportello.domain.activities.models import ActivityKind

REASONS = {
    "refused": _("refused by the recipient's mail server"),
    "dead": _("given up after a day of tries"),
    "bounced": _("came back"),
}
PAPER = {
    "": _("No: other addresses have it or wait for it, or it is not set"),
    "letter": _("Yes: a letter waits to be printed, with the invoice to be put into it"),
    "no_address": _("No: billing has no postal address"),
}


class InvoiceUndeliveredForm(RequestForm):
    takes_files = False

    @classmethod
    def lines(cls, asked: Mapping[str, Any]) -> list[Line]:
        failed = [each for each in asked.get("failed", ()) if isinstance(each, dict)]
        words = [
            " · ".join(part for part in (each["address"], str(REASONS.get(each["how"], "")), each["why"]) if part)
            for each in failed
        ]
        left_out = asked.get("left_out") or []
        return [
            Line(_("Invoice"), str(asked.get("invoice", ""))),
            Line(_("Did not reach"), "\n".join(words), written=True),
            *([Line(_("Gets nothing until it is confirmed again"), ", ".join(left_out))] if left_out else []),
            Line(_("On paper"), str(PAPER.get(asked.get("paper", ""), ""))),
            Line(
                _("What to do"),
                str(
                    _("Ask the customer for an address that works, or correct it for him, then send the invoice again.")
                ),
            ),
        ]


KIND = RequestKind(
    code=ActivityKind.INVOICE_UNDELIVERED,
    sentence=_("An invoice has not reached one of the addresses that you have named."),
    then=_("We look after it. Check your addresses on the page “Invoice by e-mail”."),
    form=InvoiceUndeliveredForm,
    customers=False,
)
