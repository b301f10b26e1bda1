"""Reasons for which a request is refused, in the customer's words: some for all kinds, some for one alone."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sportello.domain.activities.models import ActivityKind

Reasons = dict[str, str | Promise]

COMMON: Reasons = {
    "papers": _("The documents that we asked you for have not arrived."),
    "twice": _("You have asked us for the same with another request, which we are working on."),
}
OF_THE_HOLDER: Reasons = {
    "holder": _("Only the holder of the contract can ask for this."),
    "data": _("The data that you sent us do not agree with those of your contract. Please check them."),
}
OF_KIND: dict[str, Reasons] = {
    ActivityKind.INVOICE_CORRECTION: {
        "right": _("We have checked the invoice and it is right."),
        "reading": _("The invoice is on the reading that the distributor has given us, and we have had it confirmed."),
    },
    ActivityKind.ALREADY_PAID: {
        "not_found": _("We have not found your payment. Please send us its receipt with a new request."),
        "other_bill": _("Your payment has come in, and was for another invoice. This one is still to be paid."),
    },
    ActivityKind.INSTALMENTS: {
        "not_divided": _("This invoice cannot be paid by instalments."),
        "paid": _("This invoice has been paid meanwhile."),
    },
    ActivityKind.DIRECT_DEBIT: {
        "account": _(
            "The bank account is not of the person who has signed. Please ask again with the data of its holder."
        ),
        "bank": _("The bank has not accepted the mandate. Please ask your bank why."),
    },
    ActivityKind.DIRECT_DEBIT_REVOCATION: {
        "none": _("There is no direct debit on this account that could be revoked."),
    },
    ActivityKind.PERSONAL_DATA: {
        "not_shown": _("What you sent us does not show the change. Please send us a document that does."),
    },
    ActivityKind.MAILING_ADDRESS: {
        "address": _("The post does not know this address. Please check street, number and postcode."),
    },
    ActivityKind.SUPPLY_CLOSURE: {
        "closed": _("This supply has been closed already."),
        "access": _(
            "The distributor could not come to the meter. Please ask again with a number on which we reach you."
        ),
    },
    ActivityKind.CHANGE_OF_HOLDER: {
        "not_confirmed": _("Who is to take the supply over has not confirmed it to us."),
        "not_holder": _("Who asks is neither the holder nor who is to take the supply over."),
    },
    ActivityKind.COMPLAINT: {
        "as_agreed": _("We have checked what you wrote, and all was done as your contract says."),
        "right": _("We have checked the invoice and it is right."),
    },
    ActivityKind.INFORMATION: {
        "of_others": _("We tell nobody but its holder about a supply."),
    },
}
WITHOUT_A_CONTRACT = (ActivityKind.INFORMATION, ActivityKind.COMPLAINT, ActivityKind.SOMETHING_ELSE)


def reasons_for(kind: str) -> Reasons:
    """By code, those of this kind first."""
    of_the_holder = {} if kind in WITHOUT_A_CONTRACT else OF_THE_HOLDER
    return {**OF_KIND.get(kind, {}), **of_the_holder, **COMMON}
