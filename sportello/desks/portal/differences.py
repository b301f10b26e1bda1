"""What a request changed in what billing has of a customer: how it was, by the history of the mirror, and how it is to be."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.apps import apps
from django.db.models import Model
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sportello.domain.activities.kinds.base import plain
from sportello.domain.activities.kinds.catalogue import KINDS
from sportello.domain.activities.models import Activity, ActivityKind
from sportello.domain.customers.models import BillingAccount, Customer

PLACE: Final = ("country", "street", "street_number", "postcode", "municipality", "province")
OF_CUSTOMER: Final = (ActivityKind.PERSONAL_DATA, ActivityKind.CONTACTS)
OF_ACCOUNT: Final = (ActivityKind.MAILING_ADDRESS,)
BY_BANK: Final = (ActivityKind.DIRECT_DEBIT, ActivityKind.DIRECT_DEBIT_REVOCATION)
# Of other kinds, and of those with long forms, what they are about; the rest is on the request's own page.
MATTERS: Final[Mapping[str, tuple[str, ...]]] = {
    ActivityKind.DIRECT_DEBIT: ("iban", "bank"),
    ActivityKind.DIRECT_DEBIT_REVOCATION: (),
    ActivityKind.INSTALMENTS: ("parts", "first_due_on"),
    ActivityKind.SUPPLY_CLOSURE: ("ends_on",),
    ActivityKind.CHANGE_OF_HOLDER: ("name", "starts_on"),
    ActivityKind.ALREADY_PAID: ("amount", "paid_on"),
    ActivityKind.INVOICE_CORRECTION: ("reason",),
    ActivityKind.COMPLAINT: ("subject",),
    ActivityKind.INFORMATION: ("topic",),
    ActivityKind.SOMETHING_ELSE: (),
}
NOTHING = gettext_lazy("nothing")
Key = tuple[type[Model], str]
Kept = Mapping[str, Any]  # a row of the mirror, as it was


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """``before`` is "" where it is not known, or where nothing was replaced."""

    label: str | Promise
    before: str
    after: str


class History:
    """Rows of the mirror as they were at some moment. Two queries for each table, whatever is asked."""

    def __init__(self, requests: Iterable[Activity]) -> None:
        about = [(key, each.opened_at) for each in requests if (key := row_of(each))]
        self.now: dict[Key, Kept] = {}
        self.past: dict[Key, list[tuple[datetime, Kept]]] = {}
        for model in {key[0] for key, _at in about}:
            codes = {key[1] for key, _at in about if key[0] is model}
            self._read(model, codes, since=min(at for key, at in about if key[0] is model))

    def _read(self, model: type[Model], codes: set[str], *, since: datetime) -> None:
        for row in model._default_manager.filter(pk__in=codes).values():
            self.now[model, row["code"]] = row
        events = apps.get_model("customers", f"{model.__name__}Event")._default_manager
        for row in events.filter(code__in=codes, pgh_created_at__gt=since).order_by("pgh_id").values():
            self.past.setdefault((model, row["code"]), []).append((row["pgh_created_at"], row))

    def before(self, request: Activity) -> Kept:
        """The row that it is about, as it was when it was asked: what the next change of it replaced, or what it is still."""
        key = row_of(request)
        if key is None:
            return {}
        later = (kept for at, kept in self.past.get(key, []) if at > request.opened_at)
        return next(later, self.now.get(key, {}))


def row_of(request: Activity) -> Key | None:
    if request.kind in OF_CUSTOMER and request.customer_id:
        return Customer, request.customer_id
    if request.kind in (*OF_ACCOUNT, *BY_BANK) and request.account_code:
        return BillingAccount, request.account_code
    return None


def differences_of(request: Activity, history: History) -> list[Difference]:
    """In the words of its form, so that nothing is shown here that is masked or left out there."""
    form = KINDS[request.kind].form
    after = {str(line.label): line.value for line in form.lines(request.asked)}
    if request.kind in MATTERS:
        labels = [str(form.base_fields[name].label) for name in MATTERS[request.kind]]
        shown = [Difference(label=label, before="", after=after[label]) for label in labels if label in after]
        return [*by_bank(request), *shown]
    known = asked_before(request, history.before(request))
    before = {str(line.label): line.value for line in form.lines(known)} if known else {}
    return [
        Difference(label=label, before=before.get(label, ""), after=after.get(label) or str(NOTHING))
        for label in dict.fromkeys([*after, *before])
    ]


def by_bank(request: Activity) -> list[Difference]:
    if request.kind != ActivityKind.DIRECT_DEBIT_REVOCATION:
        return []
    return [Difference(label=_("Payment"), before=_("Direct debit"), after=_("without direct debit"))]


def asked_before(request: Activity, kept: Kept) -> dict[str, Any]:
    """What stood in billing under the names of what was asked; without what was empty, but for the parts of an address."""
    if request.kind in OF_ACCOUNT:
        return {name: kept[name] for name in (*PLACE, "addressee")} if kept.get("street") else {}
    known = {name: plain(kept[name]) for name in request.asked if kept.get(name)}
    if "street" in request.asked and kept:
        known |= {name: kept[name] for name in PLACE}
    return known
