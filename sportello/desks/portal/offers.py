"""What a customer can ask, in what order, and the ways that lead there from his other pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sportello.domain.activities import modes
from sportello.domain.activities.kinds.base import RequestKind, Scope
from sportello.domain.activities.kinds.catalogue import KINDS, kind_of
from sportello.domain.activities.models import ActivityKind

ICONS: Final[dict[str, str]] = {
    ActivityKind.REGISTRATION: "it-key",
    ActivityKind.SELF_READING: "it-pencil",
    ActivityKind.INFORMATION: "it-help-circle",
    ActivityKind.COMPLAINT: "it-horn",
    ActivityKind.PERSONAL_DATA: "it-user",
    ActivityKind.MAILING_ADDRESS: "it-map-marker",
    ActivityKind.DIRECT_DEBIT: "it-card",
    ActivityKind.DIRECT_DEBIT_REVOCATION: "it-ban",
    ActivityKind.INVOICE_MAIL: "it-mail",
    ActivityKind.INVOICE_UNDELIVERED: "it-mail",
    ActivityKind.INVOICE_CORRECTION: "it-flag",
    ActivityKind.ALREADY_PAID: "it-check-circle",
    ActivityKind.INSTALMENTS: "it-calendar",
    ActivityKind.SUPPLY_CLOSURE: "it-plug",
    ActivityKind.CHANGE_OF_HOLDER: "it-exchange-circle",
    ActivityKind.SOMETHING_ELSE: "it-comment",
}
OTHER_ICON: Final = "it-comment"
GROUPS: Final[Sequence[tuple[Promise, Sequence[ActivityKind]]]] = (
    (
        _("Invoices and payments"),
        (
            ActivityKind.INVOICE_MAIL,
            ActivityKind.INVOICE_CORRECTION,
            ActivityKind.ALREADY_PAID,
            ActivityKind.INSTALMENTS,
            ActivityKind.DIRECT_DEBIT,
            ActivityKind.DIRECT_DEBIT_REVOCATION,
        ),
    ),
    (_("My data"), (ActivityKind.PERSONAL_DATA, ActivityKind.MAILING_ADDRESS)),
    (
        _("My supplies"),
        (ActivityKind.SELF_READING, ActivityKind.SUPPLY_CLOSURE, ActivityKind.CHANGE_OF_HOLDER),
    ),
    (
        _("Questions and complaints"),
        (ActivityKind.INFORMATION, ActivityKind.COMPLAINT, ActivityKind.SOMETHING_ELSE),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One thing that can be asked: what it is called, what it is for, and where."""

    icon: str
    title: str | Promise
    sentence: str | Promise
    address: str


def icon_of(kind: str) -> str:
    return ICONS.get(kind, OTHER_ICON)


def offered(scope: Scope) -> list[RequestKind]:
    """What this customer can ask by a form."""
    off = modes.not_offered()
    return [kind for kind in KINDS.values() if kind.customers and kind.code not in off and kind.offered(scope)]


def grouped(scope: Scope) -> list[tuple[str | Promise, list[Offer]]]:
    """What this customer can ask, under the titles of ``GROUPS``; what stands in none of them comes last."""
    code = scope.customer.code if scope.customer else ""
    found = {kind.code: offer_of(kind, code) for kind in offered(scope)}
    if scope.supplies:
        found[ActivityKind.SELF_READING] = Offer(
            icon=icon_of(ActivityKind.SELF_READING),
            title=ActivityKind.SELF_READING.label,
            sentence=_("Tell us what your meter shows, so that the invoice is on what you really used."),
            address=reverse("readings"),
        )
    groups = [(title, [found.pop(each) for each in kinds if each in found]) for title, kinds in GROUPS]
    groups[-1][1].extend(found.values())
    return [(title, offers) for title, offers in groups if offers]


def offer_of(kind: RequestKind, customer_code: str) -> Offer:
    return Offer(
        icon=icon_of(kind.code),
        title=kind.title,
        sentence=kind.sentence,
        address=address_of(kind.code, customer=customer_code),
    )


def address_of(kind: str, **about: str) -> str:
    """``about`` is the customer, and what is chosen already: ``invoice`` or ``supply``."""
    return f"{reverse('request_form', args=[kind])}?{urlencode(about)}"


def ways(words: Sequence[tuple[ActivityKind, Promise]], **about: str) -> list[tuple[str, Promise, str]]:
    """Icon, words and address of each of these that there is a form for. What Administration does not offer says so there:
    pages that are opened all the time do not ask it."""
    return [(icon_of(kind), said, address_of(kind, **about)) for kind, said in words if kind_of(kind)]
