"""What a mail says of an invoice, in the words of the language of its customer."""

from collections.abc import Sequence

from django.utils import translation
from django.utils.translation import gettext as _

from sportello.domain.customers.documents.wording import NOTHING, day, money, period
from sportello.domain.customers.models import Invoice, Supply

MOST_NAMED = 3  # supplies; of more, how many


def values_of(invoice: Invoice, supplies: Sequence[Supply], *, language: str) -> dict[str, str]:
    """The placeholders of ``texts``. The invoice is read with its billing account."""
    with translation.override(language):
        return {
            "invoice": invoice.number,
            "issued": day(invoice.issued_on),
            "amount": money(invoice.amount),
            "due_on": day(invoice.due_on) if invoice.due_on and invoice.amount > 0 else NOTHING,
            "to_pay": _to_pay(invoice),
            "period": period(invoice) or NOTHING,
            "supplies": _supplies(supplies),
        }


def _to_pay(invoice: Invoice) -> str:
    if invoice.amount < 0:
        return _("nothing: %(amount)s in your favour") % {"amount": money(-invoice.amount)}
    if invoice.amount == 0:
        return _("nothing")
    words = {"amount": money(invoice.amount), "day": day(invoice.due_on) if invoice.due_on else ""}
    if invoice.due_on is None:
        return words["amount"]
    if invoice.billing_account.payment_method == "direct_debit":
        return _("%(amount)s, debited to your bank account on %(day)s") % words
    return _("%(amount)s by %(day)s") % words


def _supplies(supplies: Sequence[Supply]) -> str:
    if len(supplies) > MOST_NAMED:
        return _("%(count)s supplies") % {"count": len(supplies)}
    named = (
        ", ".join(part for part in (str(one.get_service_display()), one.short_address) if part) for one in supplies
    )
    return "; ".join(named) or NOTHING
