"""Whoever changes how we reach a customer is told of it where we reached him until now: it may not have been him."""

from datetime import datetime

from django.conf import settings

from sportello.domain.accounts import notices
from sportello.domain.activities import protecting, telling, texts
from sportello.domain.activities.models import Activity


def tell_old_addresses(activity: Activity, *, now: datetime) -> None:
    """By mail to each address that we know and to the new one; by letter to the old place where there is none of the former.

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
    if not known or not any(told):
        notices.posted(
            texts.CHANGED, customer=customer, name=customer.name, language=language, values=values, now=now, about=about
        )
