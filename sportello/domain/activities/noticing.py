"""Whoever changes how we reach a customer is told of it where we reached him until now: it may not have been him."""

from collections.abc import Mapping
from datetime import datetime

from django.conf import settings

from sportello.domain.accounts import notices
from sportello.domain.activities import protecting, telling, texts
from sportello.domain.activities.models import Activity, ActivityKind
from sportello.domain.customers.models import BillingAccount
from sportello.domain.messages.writing import write_letter


def tell_old_addresses(activity: Activity, *, now: datetime) -> None:
    """By mail to each address that we know and to the new one; by letter to the old place where that is what changes, or where
    there is no address for a mail.

    In the transaction that opens the request.
    """
    customer = activity.of_customer
    language = customer.language
    values = {
        "number": activity.number,
        "kind": telling.kind_in_words(activity, language),
        "phone": settings.COMPANY_CUSTOMER_SERVICE or settings.COMPANY_NAME,
    }
    about = ("activity", activity.number)
    known = protecting.addresses(activity, now=now)
    told = [
        notices.mailed(
            texts.CHANGED, to=each, name=customer.name, language=language, values=values, now=now,
            customer_code=customer.code, about=about,
        )
        for each in dict.fromkeys([*known, activity.asked.get("email") or ""])
        if each
    ]  # fmt: skip
    if activity.kind == ActivityKind.MAILING_ADDRESS or not (any(told) and protecting.has_address(customer)):
        _post(activity, values, now=now)


def _post(activity: Activity, values: Mapping[str, str], *, now: datetime) -> None:
    """To where letters of this account have gone until now; nowhere where billing has no such place."""
    customer = activity.of_customer
    account = BillingAccount.objects.filter(code=activity.account_code).exclude(street="").first()
    place = account or customer
    if place.street:
        write_letter(
            texts.CHANGED,
            lines=notices.lines_of(place),
            name=(account and account.addressee) or customer.name,
            language=customer.language,
            values=values,
            now=now,
            customer_code=customer.code,
            about=("activity", activity.number),
        )
