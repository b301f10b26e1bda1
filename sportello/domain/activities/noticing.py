"""Whoever changes how we reach a customer, or how he pays, is told of it where we reached him until now, and where we do from
now on: it may not have been him, and he can say so."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.utils import translation

from sportello.domain.accounts import notices
from sportello.domain.activities import protecting, texts
from sportello.domain.activities.kinds.addresses import address_of
from sportello.domain.activities.kinds.base import RequestKind
from sportello.domain.activities.models import Activity, ActivityKind, Visitor
from sportello.domain.customers.models import BillingAccount
from sportello.domain.customers.models.parties import Addressed
from sportello.domain.messages.addresses import WrongAddress
from sportello.domain.messages.kinds import Kind
from sportello.domain.messages.writing import write_letter

OBJECTING: Final = timedelta(days=30)  # in which a link says that it was not its reader


@dataclass(frozen=True, slots=True)
class Notice:
    """What is told, by mail with a link and on paper."""

    mail: Kind
    letter: Kind


CHANGES: Final = Notice(texts.CHANGED, texts.CHANGED_ON_PAPER)
REVOKES: Final = Notice(texts.REVOKED, texts.REVOKED_ON_PAPER)


def notice_of(kind: RequestKind) -> Notice:
    return REVOKES if kind.code == ActivityKind.DIRECT_DEBIT_REVOCATION else CHANGES


def tell_addresses(kind: RequestKind, activity: Activity, *, now: datetime) -> None:
    """By mail to each address that we know and to the new one, with a link by which to object; by letter to the old place and
    the new one where a place changes, and to the old one where there is no address for a mail.

    They name what changes; what it changes to stands in no message. In the transaction that opens the request.
    """
    customer = activity.of_customer
    notice = notice_of(kind)
    known_values = {
        "number": activity.number,
        "what": _what(kind, activity),
        "phone": settings.COMPANY_CUSTOMER_SERVICE or settings.COMPANY_NAME,
    }
    values = {name: known_values[name] for name in notice.mail.placeholders}
    known = [*protecting.addresses(activity, now=now), activity.asked.get("email") or ""]
    until = now + OBJECTING
    told = [
        each
        for each in dict.fromkeys(known)
        if each and protecting.mail_with_link(activity, each, notice.mail, values, until=until, now=now)
    ]
    moves = "street" in activity.asked
    if moves or not (told and protecting.has_address(customer)):
        _post(activity, notice, values, now=now)
    if moves:
        _post_to_new_place(activity, notice, values, now=now)


def _what(kind: RequestKind, activity: Activity) -> str:
    with translation.override(activity.of_customer.language):
        return ", ".join(kind.parts_named(kind.fields_in(activity.asked))) or str(kind.title)


def _post(activity: Activity, notice: Notice, values: Mapping[str, str], *, now: datetime) -> None:
    """To where letters of this account have gone until now; nowhere where billing has no such place."""
    customer = activity.of_customer
    account = BillingAccount.objects.filter(code=activity.account_code).exclude(street="").first()
    name = (account and account.addressee) or customer.name
    _letter(activity, notice, account or customer, name, values, now=now)


def _post_to_new_place(activity: Activity, notice: Notice, values: Mapping[str, str], *, now: datetime) -> None:
    address = address_of(activity.asked)
    place = Visitor(
        street=address.street, street_number=address.number, postcode=address.postcode, municipality=address.municipality,
        province=address.province, country=address.country,
    )  # fmt: skip
    _letter(activity, notice, place, activity.asked.get("addressee") or activity.of_customer.name, values, now=now)


def _letter(
    activity: Activity, notice: Notice, place: Addressed, name: str, values: Mapping[str, str], *, now: datetime
) -> None:
    """Where what billing or somebody else has written is no address that a letter can go to, none goes."""
    if not place.street:
        return
    customer = activity.of_customer
    with suppress(WrongAddress):
        write_letter(
            notice.letter,
            lines=notices.lines_of(place),
            name=name,
            language=customer.language,
            values=values,
            now=now,
            customer_code=customer.code,
            about=("activity", activity.number),
        )
