"""What every kind of request is made of: a form that checks what is asked, and what billing is told of it.

A kind is one file beside this one and one entry of ``catalogue``. A desk makes a scope and a form, shows it, and opens the
request when nothing is left to confirm::

    scope = scope_of(user, customer, today=today)
    form = kind.form(scope, request.POST, request.FILES)
    if form.is_valid() and not form.needs_confirmation:
        activity = opening.open_request(kind, form, user=user, channel=Channel.PORTAL, now=now)
    # else shown again: form.errors beside the fields, form.warnings with a hidden ``confirmed`` that holds form.digest
"""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from hashlib import sha256
from typing import Any, ClassVar, Literal
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sportello.billing.commands import Command
from sportello.domain.activities.kinds.files import FilesField
from sportello.domain.activities.kinds.words import (
    account_in_words,
    invoice_in_words,
    plain,
    supply_in_words,
    words_of,
)
from sportello.domain.activities.models import Activity, ActivityKind
from sportello.domain.customers.models import BillingAccount, Customer, Invoice, Supply
from sportello.domain.files import attachments
from sportello.domain.files.attachments import Attached, WrongFile
from sportello.domain.people.models import User

ONCE = 40
LONGEST_TEXT = 5_000
NOT_ON_OFFER = _("This choice is not available. Choose one from the list.")
MISSING = _("Fill in this field.")
DONE = _("We have done what you asked for.")
Choosing = Literal["", "account", "supply", "invoice"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Of whom a form is, and what he may choose from: all of one customer, all within reach of who fills it in.

    ``customer`` is None for a visitor. Invoices are the newest first.
    """

    customer: Customer | None
    today: date
    supplies: Sequence[Supply] = ()
    accounts: Sequence[BillingAccount] = ()
    invoices: Sequence[Invoice] = ()


def scope_of(user: User, customer: Customer, *, today: date) -> Scope:
    """What ``user`` may choose from at his own counter. The customer has been found within his reach."""
    of = {"customer": customer}
    return Scope(
        customer=customer,
        today=today,
        supplies=list(Supply.objects.within_reach_of(user).filter(**of).order_by("service", "code")),
        accounts=list(BillingAccount.objects.within_reach_of(user).filter(**of).order_by("code")),
        invoices=list(Invoice.objects.within_reach_of(user).filter(**of).order_by("-issued_on", "-number")),
    )


@dataclass(frozen=True, slots=True)
class Warned:
    """Something unlikely that one may confirm."""

    code: str
    text: str | Promise


@dataclass(frozen=True, slots=True)
class Line:
    """One line of what was asked, in words. ``before`` is what was known of it then; None where it replaces nothing."""

    label: str | Promise
    value: str
    written: bool = False  # a text of several lines
    before: str | None = None


class RequestForm(forms.Form):
    """The form of one kind. After ``is_valid()``: ``asked``, and ``needs_confirmation`` until ``confirmed`` is the digest.

    A kind's own form adds its fields, and warns of what is unlikely by ``warn`` from its ``clean``. ``about`` is what has to
    be chosen: its field, of the same name, is there if there is a choice. ``sections`` are titles with the names of the
    fields that stand under them; ``sometimes`` names what may be left empty only where other fields say so.
    """

    about: ClassVar[Choosing] = ""
    optional_about: ClassVar[bool] = False
    takes_files: ClassVar[bool] = True
    sections: ClassVar[Sequence[tuple[str | Promise, Sequence[str]]]] = ()  # titles, each with the fields below it
    sometimes: ClassVar[frozenset[str]] = frozenset()
    confirms: ClassVar[bool] = False  # shown once more before it is sent, however likely it is
    # Fields that are no part of what is asked.
    _own: ClassVar[frozenset[str]] = frozenset({"once", "confirmed", "files", "account", "supply", "invoice"})

    once = forms.CharField(required=False, max_length=ONCE, widget=forms.HiddenInput)
    confirmed = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, scope: Scope, data: Any = None, files: Any = None, **options: Any) -> None:
        self.scope = scope
        self.warnings: list[Warned] = []
        self.by_hand = False
        options["initial"] = {"once": uuid4().hex, **(options.get("initial") or {})}
        super().__init__(data, files, **options)
        found = self.on_offer() if self.about else ()
        if self.about and (found or not self.optional_about):
            self.fields[self.about] = self._choice(self.about, found)
            self.order_fields([self.about])
        if self.takes_files:
            self.fields["files"] = FilesField()
        for each in self.fields.values():
            if each.error_messages["required"] is forms.Field.default_error_messages["required"]:
                each.error_messages["required"] = MISSING
            if isinstance(each, forms.ChoiceField):
                each.error_messages["invalid_choice"] = NOT_ON_OFFER

    # --- what is chosen ----------------------------------------------------------------------------------------------
    def on_offer(self) -> Sequence[tuple[str, str]]:
        """What there is to choose from, by code, in words."""
        if self.about == "supply":
            return [(each.code, supply_in_words(each)) for each in self.scope.supplies]
        if self.about == "account":
            return [(each.code, account_in_words(each)) for each in self.scope.accounts]
        return [(each.number, invoice_in_words(each)) for each in self.scope.invoices]

    def _choice(self, about: Choosing, found: Sequence[tuple[str, str]]) -> forms.ChoiceField:
        labels = {"account": _("Billing account"), "supply": _("Supply"), "invoice": _("Invoice")}
        nothing = _("None in particular") if self.optional_about else _("Choose")
        first = [] if len(found) == 1 and not self.optional_about else [("", nothing)]
        if len(found) == 1 and not self.optional_about:
            self.initial.setdefault(about, found[0][0])
        return forms.ChoiceField(label=labels[about], choices=[*first, *found], required=not self.optional_about)

    @property
    def supply(self) -> Supply | None:
        """The one that was chosen, or the only one of the chosen invoice."""
        code = self.cleaned_data.get("supply")
        if self.invoice and len(self.invoice.supply_codes or ()) == 1:
            code = (self.invoice.supply_codes or [""])[0]
        return next((each for each in self.scope.supplies if each.code == code), None)

    @property
    def account(self) -> BillingAccount | None:
        """The one that was chosen, or that of the chosen supply or invoice."""
        code = self.cleaned_data.get("account")
        if self.invoice:
            code = self.invoice.billing_account_id
        elif self.supply:
            code = self.supply.billing_account_id
        return next((each for each in self.scope.accounts if each.code == code), None)

    @property
    def invoice(self) -> Invoice | None:
        number = self.cleaned_data.get("invoice")
        return next((each for each in self.scope.invoices if each.number == number), None)

    # --- what is asked -----------------------------------------------------------------------------------------------
    def asked(self) -> dict[str, Any]:
        """What is kept of it: plain values, by field."""
        return {name: plain(value) for name, value in self.cleaned_data.items() if name not in self._own}

    @classmethod
    def lines(cls, asked: Mapping[str, Any]) -> list[Line]:
        """What was asked, in words, for its pages; a kind says it in its own where the fields' labels do not do."""
        lines = []
        for name, each in cls.base_fields.items():
            value = asked.get(name)
            if name in cls._own or value in (None, "", [], False):
                continue
            written = isinstance(each.widget, forms.Textarea)
            lines.append(Line(each.label or name, words_of(each, value), written))
        return lines

    def before(self) -> dict[str, Any]:
        """What is known today of what shall change, as ``asked`` has it; kept with the request."""
        return {}

    @classmethod
    def compared(cls, asked: Mapping[str, Any], before: Mapping[str, Any]) -> list[Line]:
        """``lines``, each beside what was known of it."""
        was = {str(line.label): line.value for line in cls.lines(before)} if before else {}
        return [replace(line, before=was.get(str(line.label))) for line in cls.lines(asked)]

    def until_now(self, name: str) -> str:
        """What is known today of this field, where another value stands in it; "" where there is nothing to tell."""
        return ""

    def at_present(self) -> list[Line]:
        """What is known today of what is asked for here, where the fields do not begin with it."""
        return []

    @property
    def attached(self) -> list[Attached]:
        return self.cleaned_data.get("files") or []

    # --- what is unlikely --------------------------------------------------------------------------------------------
    def warn_of_another(self, kind: ActivityKind) -> None:
        """Where the same has been asked already, of the same supply, invoice or account, and is still open."""
        open_ones = Activity.objects.open().filter(kind=kind, customer=self.scope.customer)
        if self.invoice:
            open_ones = open_ones.filter(invoice_number=self.invoice.number)
        elif self.about == "account":
            open_ones = open_ones.filter(account_code=self.account.code if self.account else "")
        else:
            open_ones = open_ones.filter(supply=self.supply)
        if other := open_ones.order_by("-opened_at", "-pk").first():
            self.warn("another", _("You have already asked this: request %(number)s.") % {"number": other.number})

    def warn(self, code: str, text: str | Promise) -> None:
        self.warnings.append(Warned(code, text))

    @property
    def digest(self) -> str:
        """Of what is asked and what is unlikely about it: what a confirmation is for."""
        what = [self.asked(), [each.code for each in self.warnings]]
        return sha256(json.dumps(what, sort_keys=True, default=str).encode()).hexdigest()

    @property
    def needs_confirmation(self) -> bool:
        return (self.confirms or bool(self.warnings)) and self.cleaned_data.get("confirmed") != self.digest

    def confirm(self) -> None:
        """By who has been told what it says, elsewhere than on a page."""
        if self.is_valid():
            self.cleaned_data["confirmed"] = self.digest

    def doubt(self, code: str, text: str | Promise) -> None:
        """Warns of what cannot be checked; confirmed, it goes to an operator all the same."""
        self.warn(code, text)
        self.by_hand = True

    def kept(self) -> dict[str, Any]:
        """What is asked, with ``by_hand`` where an operator has to look at it whatever the kind's mode is."""
        return self.asked() | ({"by_hand": True} if self.by_hand else {})

    def _clean_form(self) -> None:
        """Files are looked at last and only where nothing else is wrong: it is much work, and they have to be sent again
        anyhow."""
        self.warnings, self.by_hand = [], False
        super()._clean_form()  # type: ignore[misc]
        uploads = self.cleaned_data.get("files") or []
        self.cleaned_data["files"] = []
        if self.errors:
            return
        try:
            self.cleaned_data["files"] = [attachments.checked(each) for each in uploads]
        except WrongFile as error:
            self.add_error("files", ValidationError(attachments.told(error), code=error.code))


def nothing(activity: Activity) -> Sequence[Command]:
    del activity
    return ()


def no_effect(activity: Activity, now: datetime) -> None:
    del activity, now


@dataclass(frozen=True, slots=True)
class FieldMode:
    """A part of a kind that may go by itself or not whatever the others do; ``automatic`` is its default."""

    code: str
    label: str | Promise
    automatic: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestKind:
    """One kind of request.

    ``sentence`` says what it is for, ``beforehand`` what one should know before sending it, ``then`` what comes of it, as long
    as it is open, ``done`` what the customer is told when billing has done it and nobody says it in other words.
    ``automatic`` is its default, which Administration may change: then ``commands`` go to billing as soon as it is opened,
    and it is executed when billing has done them all; otherwise when an operator executes it. ``at_once`` goes to billing
    when it is opened whatever its mode, ``at_end`` when it is over, however it ended. ``fields`` are its parts that are set
    one by one, and ``fields_in`` tells which of them something that was asked touches. ``term`` names its terms, or finds
    their name in what is asked. ``in_writing``: a visitor is not answered by telephone. ``offered`` says whether this
    customer can ask for it at all. ``forget`` gives what is kept of what was asked when it is over. ``notice``: all
    addresses that we have are told of it, and those that it changes. ``protected``: nothing is executed before those whom it
    concerns could stop it. ``effect`` is what Sportello itself does about it: when it is opened where it goes by itself, else
    when it is executed; ``undo`` takes that back where it comes to nothing. ``waits`` says whether billing is told only after
    the customer has done something more. ``of_the_house``: members of staff write it down, for themselves. ``own_due`` finds
    the day on which it is due in what is asked, None to go by its terms.
    """

    code: ActivityKind
    sentence: str | Promise
    then: str | Promise = ""
    beforehand: Sequence[str | Promise] = ()
    done: str | Promise = DONE
    form: type[RequestForm]
    automatic: bool = False
    fields: Sequence[FieldMode] = ()
    fields_in: Callable[[Mapping[str, Any]], Collection[str]] = field(default=lambda asked: ())
    term: str | Callable[[Mapping[str, Any]], str] = ""
    visitors: bool = False
    in_writing: bool = False
    customers: bool = True
    commands: Callable[[Activity], Sequence[Command]] = nothing
    at_once: Callable[[Activity], Sequence[Command]] = nothing
    at_end: Callable[[Activity], Sequence[Command]] = nothing
    forget: Callable[[Mapping[str, Any]], dict[str, Any]] = dict
    notice: bool = False
    protected: Callable[[Activity], bool] = field(default=lambda activity: False)
    offered: Callable[[Scope], bool] = field(default=lambda scope: True)
    effect: Callable[[Activity, datetime], None] = no_effect
    undo: Callable[[Activity, datetime], None] = no_effect
    waits: Callable[[Activity], bool] = field(default=lambda activity: False)
    of_the_house: bool = False
    own_due: Callable[[Mapping[str, Any]], date | None] = field(default=lambda asked: None)

    @property
    def title(self) -> str | Promise:
        return self.code.label

    def parts_named(self, codes: Collection[str]) -> list[str]:
        """The names of those of its ``fields``, in their order."""
        return [str(each.label) for each in self.fields if each.code in codes]

    @property
    def is_asked_for(self) -> bool:
        """Somebody opens it by its form; else the counter itself does."""
        return self.customers or self.visitors

    @property
    def may_go_by_itself(self) -> bool:
        return self.commands is not nothing

    def automatic_by_default(self, field: str = "") -> bool:
        """Of the whole, or of one of its ``fields``."""
        return next((each.automatic for each in self.fields if each.code == field), self.automatic)

    def term_of(self, asked: Mapping[str, Any]) -> str:
        """The name of the terms by which this is answered, "" for none."""
        return self.term if isinstance(self.term, str) else self.term(asked)
