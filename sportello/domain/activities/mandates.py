"""The mandate of a direct debit as a document to be printed and signed (SEPA mandate, Core or B2B)."""

from datetime import date
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from sportello.domain.activities.models import Activity
from sportello.domain.customers.documents.wording import Pair, day, grouped_code, language_of

B2B = "b2b"


def set_mandate(said: dict[str, Any]) -> bytes:
    """The PDF that says what ``mandate`` has given; for workers, as all that is typeset."""
    from sportello.domain.customers.documents.checks import check_pdf
    from sportello.domain.customers.documents.typesetting import typeset

    return check_pdf(typeset("mandate", said))


def mandate(activity: Activity, *, reference: str, signed_on: date) -> dict[str, Any]:
    """The data of ``letters/mandate.typ``, in the customer's language: what a request for direct debit asks, as its form
    keeps it.

    ``reference`` is the mandate's own (UMR). The IBAN is whole as long as the request keeps it so.
    """
    language = language_of(activity.of_customer)
    with translation.override(language):
        is_b2b = activity.asked.get("scheme") == B2B
        heading = _("SEPA B2B direct debit mandate") if is_b2b else _("SEPA direct debit mandate")
        return {
            "title": f"{settings.COMPANY_NAME} – {heading} {reference}",
            "language": language,
            "date": [signed_on.year, signed_on.month, signed_on.day],
            "colour": settings.COMPANY_COLOUR,
            "company": settings.COMPANY_NAME,
            "heading": heading,
            "sections": sections(activity, reference),
            "terms": terms(is_b2b=is_b2b),
            "signing": [
                _("Place and date (asked online on %(day)s)") % {"day": day(signed_on)},
                _("Signature of %(name)s") % {"name": signs(activity.asked)},
            ],
            "footer": _("Request %(number)s") % {"number": activity.number},
        }


def sections(activity: Activity, reference: str) -> list[dict[str, Any]]:
    asked, customer = activity.asked, activity.of_customer
    mandate_itself = [
        (_("Mandate reference"), reference),
        (_("Creditor"), settings.COMPANY_NAME),
        (_("Registered office"), settings.COMPANY_ADDRESS),
        (_("Creditor identifier"), settings.COMPANY_CREDITOR_ID),
        (_("Kind of payment"), _("Recurrent")),
        (_("Scheme"), "SEPA B2B" if asked.get("scheme") == B2B else "SEPA Core"),
        (_("Customer"), f"{customer.name}, {customer.code}"),
        (_("Address"), customer.address),
        (_("Billing account"), activity.account_code),
    ]
    debtor = [
        (_("Account holder"), holder(asked)),
        (_("Tax code of the account holder"), asked["holder_tax_code"]),
        (_("IBAN"), in_fours(asked["iban"])),
        (_("Bank"), asked["bank"]),
        (_("Branch"), asked["branch"]),
        (_("Address of the branch"), asked["branch_address"]),
    ]
    signatory = [
        (_("Name of who signs"), asked["signatory_name"]),
        (_("Tax code of who signs"), asked["signatory_tax_code"]),
    ]
    found = [(_("Mandate"), mandate_itself), (_("The bank account"), debtor), (_("Who signs"), signatory)]
    told = [{"heading": heading, "items": with_value(items)} for heading, items in found]
    return [each for each in told if each["items"]]


def with_value(items: list[Pair]) -> list[Pair]:
    return [(name, value) for name, value in items if value]


def holder(asked: dict[str, Any]) -> str:
    return f"{asked['holder_first_name']} {asked['holder_last_name']}".strip()


def signs(asked: dict[str, Any]) -> str:
    return asked["signatory_name"] or holder(asked)


def in_fours(iban: str) -> str:
    """IT60 X054 …; a masked one as it is."""
    return grouped_code(iban, 4) if iban.isalnum() else iban


def terms(*, is_b2b: bool) -> list[str]:
    """What whoever signs agrees to, in the scheme's own sense."""
    company = {"company": settings.COMPANY_NAME}
    agreed = _(
        "By signing this mandate you authorise %(company)s to send instructions to your bank to debit your account, and "
        "your bank to debit it by these instructions."
    )
    refund = _("You may ask your bank for a refund within eight weeks from the day on which your account was debited.")
    if is_b2b:
        refund = _(
            "This mandate is for business-to-business debits alone: once your account has been debited you may not ask "
            "for a refund. You may ask your bank not to debit it until the day on which the payment is due. The mandate has "
            "to be registered with your bank."
        )
    rights = _("Your bank can give you a statement of your rights under this mandate.")
    return [agreed % company, f"{refund} {rights}"]
