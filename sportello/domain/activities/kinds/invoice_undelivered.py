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
    "letter": _("Yes: the invoice goes by post"),
    "no_address": _("No: billing has no postal address"),
}


class InvoiceUndeliveredForm(RequestForm):
    takes_files = False

    @classmethod
    def lines(cls, asked: Mapping[str, Any]) -> list[Line]:
        """For the customer too: what a server said of an address stands on the desk's page of the invoice alone."""
        failed = [each for each in asked.get("failed", ()) if isinstance(each, dict)]
        words = [", ".join(filter(None, (each["address"], str(REASONS.get(each["how"], ""))))) for each in failed]
        left_out, paper = asked.get("left_out") or [], PAPER.get(asked.get("paper", ""))
        return [
            Line(_("Invoice"), str(asked.get("invoice", ""))),
            Line(_("Did not reach"), "\n".join(words), written=True),
            *([Line(_("Gets nothing until it is confirmed again"), ", ".join(left_out))] if left_out else []),
            *([Line(_("On paper"), str(paper))] if paper else []),
        ]


KIND = RequestKind(
    code=ActivityKind.INVOICE_UNDELIVERED,
    sentence=_("An invoice has not reached one of the addresses that you have named."),
    then=_("We look after it. Check your addresses on the page “Invoice by e-mail”."),
    form=InvoiceUndeliveredForm,
    customers=False,
)
