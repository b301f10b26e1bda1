"""Whoever changes how we reach a customer is told of it where we reached him until now, and where we do from now on: it may
not have been him, and he can say so."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.utils import translation

from sportello.domain.accounts import notices
from sportello.domain.activities import protecting, texts
from sportello.domain.activities.kinds.addresses import address_of
from sportello.domain.activities.kinds.base import RequestKind
from sportello.domain.activities.models import Activity, Visitor
from sportello.domain.customers.models import BillingAccount
from sportello.domain.customers.models.parties import Addressed
from sportello.domain.messages.addresses import WrongAddress
from sportello.domain.messages.writing import write_letter

OBJECTING: Final = timedelta(days=30)  # in which a link says that it was not its reader


def tell_addresses(kind: RequestKind, activity: Activity, *, now: datetime) -> None:
    """By mail to each address that we know and to the new one, with a link by which to object; by letter to the old place and
    the new one where a place changes, and to the old one where there is no address for a mail.

    They name what changes; what it changes to stands in no message. In the transaction that opens the request.
    """
    customer = activity.of_customer
    values = {
        "number": activity.number,
        "what": _what(kind, activity),
        "phone": settings.COMPANY_CUSTOMER_SERVICE or settings.COMPANY_NAME,
    }
    known = [*protecting.addresses(activity, now=now), activity.asked.get("email") or ""]
    until = now + OBJECTING
    told = [
        each
        for each in dict.fromkeys(known)
        if each and protecting.mail_with_link(activity, each, texts.CHANGED, values, until=until, now=now)
    ]
    moves = "street" in activity.asked
    if moves or not (told and protecting.has_address(customer)):
        _post(activity, values, now=now)
    if moves:
        _post_to_new_place(activity, values, now=now)


def _what(kind: RequestKind, activity: Activity) -> str:
    with translation.override(activity.of_customer.language):
        return ", ".join(kind.parts_named(kind.fields_in(activity.asked))) or str(kind.title)


def _post(activity: Activity, values: Mapping[str, str], *, now: datetime) -> None:
    """To where letters of this account have gone until now; nowhere where billing has no such place."""
    customer = activity.of_customer
    account = BillingAccount.objects.filter(code=activity.account_code).exclude(street="").first()
    name = (account and account.addressee) or customer.name
    _letter(activity, account or customer, name, values, now=now)


def _post_to_new_place(activity: Activity, values: Mapping[str, str], *, now: datetime) -> None:
    address = address_of(activity.asked)
    place = Visitor(
        street=address.street, street_number=address.number, postcode=address.postcode, municipality=address.municipality,
        province=address.province, country=address.country,
    )  # fmt: skip
    _letter(activity, place, activity.asked.get("addressee") or activity.of_customer.name, values, now=now)


def _letter(activity: Activity, place: Addressed, name: str, values: Mapping[str, str], *, now: datetime) -> None:
    """Where what billing or somebody else has written is no address that a letter can go to, none goes."""
    if not place.street:
        return
    customer = activity.of_customer
    with suppress(WrongAddress):
        write_letter(
            texts.CHANGED_ON_PAPER,
            lines=notices.lines_of(place),
            name=name,
            language=customer.language,
            values=values,
            now=now,
            customer_code=customer.code,
            about=("activity", activity.number),
        )
