"""Invoices shall come by e-mail, as a link or as a PDF, at up to four addresses, or no longer: of all of a customer's supplies,
or of one."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from sportello.billing.commands import Command, SetInvoiceDelivery
from sportello.domain.activities import subscribing
from sportello.domain.activities.kinds.base import MISSING, Choosing, Line, RequestForm, RequestKind, Scope
from sportello.domain.activities.kinds.changing import NOTHING_NEW
from sportello.domain.activities.kinds.emails import MailField
from sportello.domain.activities.models import Activity, ActivityKind, Status
from sportello.domain.activities.subscribing import OFF, SAME, is_on
from sportello.domain.customers.models import InvoiceMode, InvoiceSubscription
from sportello.domain.customers.models.subscriptions import MOST_RECIPIENTS

ADDRESSES = tuple(f"address_{number}" for number in range(1, MOST_RECIPIENTS + 1))
DELIVERIES = [
    (InvoiceMode.LINK.value, _("By e-mail, with a link to the invoice")),
    (InvoiceMode.PDF.value, _("By e-mail, with the invoice as PDF")),
    (OFF, _("Not by e-mail: on paper, as billing sends them")),
]
AS_ALL = (SAME, _("As all my other invoices"))
ALL = _("All invoices")
SAID = ("delivery", "addresses", "due_date", "returned_debit")
LONGEST_WAS = 4_000
TWICE = _("This address is there already.")


class InvoiceMailForm(RequestForm):
    about = "supply"
    optional_about = True
    takes_files = False
    confirms = True
    sections = [
        (_("Which invoices, and how"), ["supply", "delivery"]),
        (_("Where they go"), [*ADDRESSES]),
        (_("Reminders at the same addresses"), ["due_date", "returned_debit"]),
    ]
    sometimes = frozenset({"supply", *ADDRESSES})

    delivery = forms.ChoiceField(label=_("How they come"), choices=DELIVERIES, widget=forms.RadioSelect)
    address_1 = MailField(
        label=_("First address"),
        required=False,
        help_text=_("A new address gets a mail with a link. We send invoices there as soon as it has been confirmed."),
    )
    address_2 = MailField(label=_("Second address"), required=False)
    address_3 = MailField(label=_("Third address"), required=False)
    address_4 = MailField(label=_("Fourth address"), required=False)
    due_date = forms.BooleanField(label=_("Remind me some days before an invoice is due"), required=False)
    returned_debit = forms.BooleanField(label=_("Tell me when a direct debit has come back"), required=False)

    # What held when the page was made: who presses twice asks the same twice, though by then it holds already.
    was = forms.CharField(required=False, max_length=LONGEST_WAS, widget=forms.HiddenInput)

    def __init__(self, scope: Scope, data: Any = None, files: Any = None, **options: Any) -> None:
        given = options.get("initial") or {}
        code = str((given if data is None else data).get("supply") or "")
        options["initial"] = {**shown(scope, code), **given}
        super().__init__(scope, data, files, **options)
        if "supply" in self.fields:
            self.fields["supply"].label = _("Invoices of")
            cast(forms.ChoiceField, self.fields["delivery"]).choices = [*DELIVERIES, *([AS_ALL] if code else [])]

    def on_offer(self) -> Sequence[tuple[str, str]]:
        """Nothing to choose where there is one supply alone: all invoices are its own."""
        return super().on_offer() if len(self.scope.supplies) > 1 or has_own(self.scope) else ()

    def _choice(self, about: Choosing, found: Sequence[tuple[str, str]]) -> forms.ChoiceField:
        field = super()._choice(about, found)
        field.choices = [("", ALL), *found]
        return field

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if is_on(cleaned):
            self._check_addresses(cleaned)
        if not self.errors and self._wanted() == self._was():
            raise ValidationError(NOTHING_NEW, code="nothing_new")
        return cleaned

    def _check_addresses(self, cleaned: Mapping[str, Any]) -> None:
        seen: set[str] = set()
        for name in ADDRESSES:
            folded = cleaned.get(name, "").casefold()
            if folded in seen:
                self.add_error(name, TWICE)
            seen |= {folded} - {""}
        if not seen and not self.errors.keys() & {*ADDRESSES}:
            self.add_error(ADDRESSES[0], MISSING)

    def _wanted(self) -> dict[str, Any]:
        """What is said beside a choice to which it does not belong is not asked."""
        cleaned = self.cleaned_data
        on = is_on(cleaned)
        return {
            "delivery": cleaned["delivery"],
            "addresses": [cleaned[name] for name in ADDRESSES if cleaned[name]] if on else [],
            "due_date": on and cleaned["due_date"],
            "returned_debit": on and cleaned["returned_debit"],
        }

    def _was(self) -> dict[str, Any]:
        """What the page showed; what holds now where it was of other invoices, or is somebody else's page."""
        try:
            carried = json.loads((self.data.get(self.add_prefix("was")) or "{}")[:LONGEST_WAS])
        except (ValueError, RecursionError):
            carried = {}
        known = carried if isinstance(carried, dict) and carried.get("of") == self._code else self.before()
        return {name: known.get(name) for name in SAID}

    @property
    def _code(self) -> str:
        return str(self.cleaned_data.get("supply") or "")

    def asked(self) -> dict[str, Any]:
        wanted = self._wanted()
        customer = self.scope.customer
        proven = subscribing.proven_addresses(customer.code) if customer else set()
        waits = is_on(wanted) and not proven.intersection(wanted["addresses"])
        return wanted | ({"waits": True} if waits else {})

    def before(self) -> dict[str, Any]:
        customer = self.scope.customer
        return subscribing.present(customer.code if customer else "", self._code or None)

    @classmethod
    def lines(cls, asked: Mapping[str, Any]) -> list[Line]:
        words = {**dict(DELIVERIES), SAME: AS_ALL[1]}
        lines = [Line(_("How they come"), str(words.get(asked.get("delivery", ""), "")))]
        if not is_on(asked):
            return lines
        lines.append(Line(_("Addresses"), "\n".join(asked["addresses"]), written=True))
        reminders = [
            str(_("some days before an invoice is due")) if asked["due_date"] else "",
            str(_("when a direct debit has come back")) if asked["returned_debit"] else "",
        ]
        lines.append(
            Line(_("Reminders"), ", ".join(filter(None, reminders)) or str(pgettext_lazy("reminders", "none")))
        )
        return lines


def shown(scope: Scope, code: str) -> dict[str, Any]:
    """What holds, by the form's fields; where nothing does, what most people want, at the address that we know."""
    known = subscribing.present(scope.customer.code if scope.customer else "", code or None)
    was = json.dumps({"of": code, **{name: known[name] for name in SAID}})
    addresses = known["addresses"] or suggested(scope)
    delivery = InvoiceMode.LINK.value if known["delivery"] == OFF and not code else known["delivery"]
    return {
        "was": was,
        "supply": code,
        "delivery": delivery,
        "due_date": known["due_date"],
        "returned_debit": known["returned_debit"],
        **dict(zip(ADDRESSES, addresses, strict=False)),
    }


def suggested(scope: Scope) -> list[str]:
    """Billing's address, or that of the login: he sees it and may write another."""
    customer = scope.customer
    proven = sorted(subscribing.proven_addresses(customer.code)) if customer else []
    known = customer.email if customer else None
    return [known] if known and known in proven else (proven[:1] or ([known] if known else []))


def has_own(scope: Scope) -> bool:
    return InvoiceSubscription.objects.filter(customer=scope.customer, supply__in=scope.supplies).exists()


def command(activity: Activity, wanted: Mapping[str, Any]) -> SetInvoiceDelivery:
    ways: dict[str, Literal["", "paper", "email"]] = {OFF: "paper", SAME: ""}
    return SetInvoiceDelivery(
        customer_code=activity.customer_code,
        supply_code=activity.supply_id or "",
        delivery=ways.get(wanted["delivery"], "email"),
    )


def commands(activity: Activity) -> Sequence[Command]:
    return (command(activity, activity.asked),)


def on_paper_until_then(activity: Activity) -> Sequence[Command]:
    """As long as nobody has confirmed one of the new addresses, what came by e-mail comes on paper again."""
    gap = activity.took_effect_at and subscribing.is_unproven(activity) and activity.before.get("proven")
    return (command(activity, {"delivery": OFF}),) if gap else ()


def as_before(activity: Activity) -> Sequence[Command]:
    """Where it came to nothing after that, billing is told what holds again."""
    gap = activity.asked.get("waits") and activity.before.get("proven")
    over = activity.status in (Status.REFUSED, Status.CANCELLED)
    return (command(activity, activity.before),) if gap and over else ()


KIND = RequestKind(
    code=ActivityKind.INVOICE_MAIL,
    sentence=_(
        "Get your invoices by e-mail, as a link or as a PDF, at up to four addresses. Change or end it at any time."
    ),
    then=_("It holds from the next invoice on."),
    done=_(
        "What you have chosen holds from the next invoice on. On the page “Invoice by e-mail” you see which addresses "
        "have been confirmed, and change your choice at any time."
    ),
    form=InvoiceMailForm,
    automatic=True,
    term=lambda asked: "" if asked.get("waits") else "personal_data",
    commands=commands,
    at_once=on_paper_until_then,
    at_end=as_before,
    effect=subscribing.put_into_effect,
    undo=subscribing.take_back,
    waits=subscribing.is_unproven,
    notice=True,
)
