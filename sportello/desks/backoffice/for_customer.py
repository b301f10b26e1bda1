"""An operator asks something for a customer who calls, stands before him or has written, by the customer's own forms; or writes
down what was said and done.
"""

from datetime import date, timedelta
from typing import Any, Final, cast

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from sportello.desks.policies import REQUEST_STAFF, customers_of
from sportello.domain.activities import opening
from sportello.domain.activities.calling import Identified, open_for, scope_for
from sportello.domain.activities.kinds.base import NOT_ON_OFFER, RequestForm, RequestKind, Scope
from sportello.domain.activities.kinds.catalogue import for_callers
from sportello.domain.activities.kinds.visitor import VisitorForm
from sportello.domain.activities.models import Channel
from sportello.domain.activities.visiting import kinds as kinds_of_visitors
from sportello.domain.customers.models import Customer
from sportello.domain.people.models import User

IN_WRITING: Final = (Channel.LETTER, Channel.PEC, Channel.EMAIL)
BY_VOICE: Final = (Channel.TELEPHONE, Channel.COUNTER)
LONGEST_AGO: Final = timedelta(days=90)  # that something lay in the house before it was written down
IDENTIFY = gettext_lazy("Say how the caller was identified.")


class HowForm(forms.Form):
    """How it came in: by voice, and then how it is known who it was; or in writing, and then on which day."""

    channel = forms.ChoiceField(
        label=gettext_lazy("How it came in"),
        choices=[(each.value, each.label) for each in (*BY_VOICE, *IN_WRITING)],
        error_messages={"invalid_choice": NOT_ON_OFFER},
    )
    identified = forms.ChoiceField(
        label=gettext_lazy("How you know who it is"),
        help_text=gettext_lazy("On the telephone and at our office."),
        choices=[("", gettext_lazy("Choose")), *Identified.choices],
        required=False,
        error_messages={"invalid_choice": NOT_ON_OFFER},
    )
    received_on = forms.DateField(
        label=gettext_lazy("Received on"),
        help_text=gettext_lazy(
            "The term is counted from this day: for what came in writing, the day on which it reached us."
        ),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d"),
        error_messages={"invalid": gettext_lazy("Enter a day, such as 24/11/2026.")},
    )

    def __init__(self, data: Any = None, *, today: date, in_writing: bool = False, **options: Any) -> None:
        self.today = today
        options.setdefault("initial", {"received_on": today})
        super().__init__(data, **options)
        if in_writing:
            channels = cast(forms.ChoiceField, self.fields["channel"])
            channels.choices = [(each.value, each.label) for each in IN_WRITING]
            del self.fields["identified"]

    def clean_received_on(self) -> date:
        day: date = self.cleaned_data["received_on"] or self.today
        if not self.today - LONGEST_AGO <= day <= self.today:
            raise ValidationError(_("Neither a day to come nor one that is longer ago than 90 days."))
        return day

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("channel") in BY_VOICE:
            cleaned["received_on"] = self.today
            self.errors.pop("received_on", None)
            if not cleaned.get("identified") and "identified" not in self.errors:
                self.add_error("identified", str(IDENTIFY))
        else:
            cleaned["identified"] = ""
        return cleaned

    @property
    def channel_chosen(self) -> Channel:
        return Channel(self.cleaned_data["channel"])

    @property
    def identified_by(self) -> Identified | None:
        return Identified(self.cleaned_data["identified"]) if self.cleaned_data.get("identified") else None


@REQUEST_STAFF
@require_safe
def choose(request: HttpRequest, code: str) -> HttpResponse:
    """What can be asked for this customer."""
    customer = get_object_or_404(Customer, code=code)
    if customer in customers_of(request):
        return own_page(request, customer)
    scope = scope_for(customer, today=timezone.localdate())
    kinds = [kind for kind in for_callers() if kind.of_the_house or kind.offered(scope)]
    context = {
        "tab": "customers",
        "customer": customer,
        "kinds": [kind for kind in kinds if not kind.of_the_house],
        "own_kinds": [kind for kind in kinds if kind.of_the_house],
    }
    return render(request, "backoffice/for_customer.html", context)


@REQUEST_STAFF
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, code: str) -> HttpResponse:
    """The form of the kind that the question names, else what there is to choose from; sent twice it is asked once."""
    customer = get_object_or_404(Customer, code=code)
    if customer in customers_of(request):
        return own_page(request, customer)
    kind = kind_named(request.GET.get("kind", ""))
    if kind is None:
        return redirect("staff_ask_for", code)
    today = timezone.localdate()
    scope = scope_for(customer, today=today)
    if not (kind.of_the_house or kind.offered(scope)):
        return redirect("staff_ask_for", code)
    if request.method != "POST":
        return form_page(request, customer, kind, kind.form(scope), HowForm(today=today))
    user = cast(User, request.user)
    form, how = kind.form(scope, request.POST, request.FILES), HowForm(request.POST, today=today)
    known = kind.of_the_house or how.is_valid()
    done = opening.opened_before(form, user)
    if done is None and form.is_valid() and known:
        done = open_for(
            kind,
            form,
            by=user,
            now=timezone.now(),
            channel=Channel.TELEPHONE if kind.of_the_house else how.channel_chosen,
            identified=None if kind.of_the_house else how.identified_by,
            received_on=None if kind.of_the_house else how.cleaned_data["received_on"],
        )
    if done is None:
        return form_page(request, customer, kind, form, how)
    told = (
        _("%(number)s is filed.")
        if kind.of_the_house
        else _("Request %(number)s is written down. The customer is told of it.")
    )
    messages.success(request, told % {"number": done.number})
    return redirect("staff_request", done.number)


def kind_named(code: str) -> RequestKind | None:
    return next((kind for kind in for_callers() if kind.code == code), None)


def own_page(request: HttpRequest, customer: Customer) -> HttpResponse:
    context = {"tab": "customers", "customer": customer}
    return render(request, "backoffice/own_customer.html", context, status=403)


def form_page(
    request: HttpRequest, customer: Customer, kind: RequestKind, form: RequestForm, how: HowForm
) -> HttpResponse:
    context = {
        "tab": "customers",
        "customer": customer,
        "kind": kind,
        "form": form,
        "how": how,
        "warnings": form.warnings,
        "failed": next((each for each in (how, form) if each.errors), None),
        "again": bool(request.FILES),
    }
    return render(request, "backoffice/for_customer_form.html", context)


# --- from who is no customer -----------------------------------------------------------------------------------------


@REQUEST_STAFF
@require_http_methods(["GET", "HEAD", "POST"])
def received(request: HttpRequest) -> HttpResponse:
    """A letter, PEC or e-mail of somebody who is no customer, or of whom nobody knows whether he is."""
    code = request.GET.get("kind", "")
    kind = next((each for each in kinds_of_visitors() if each.code == code), None)
    if kind is None:
        return render(request, "backoffice/received.html", {"tab": "requests", "kinds": kinds_of_visitors()})
    today, now = timezone.localdate(), timezone.now()
    scope = Scope(customer=None, today=today)
    if request.method != "POST":
        person = VisitorForm(now=now, in_writing=True)
        return received_page(request, kind, kind.form(scope), person, HowForm(today=today, in_writing=True))
    user = cast(User, request.user)
    form = kind.form(scope, request.POST, request.FILES)
    person = VisitorForm(request.POST, now=now, in_writing=True)
    how = HowForm(request.POST, today=today, in_writing=True)
    valid = [each.is_valid() for each in (form, person, how)]
    done = opening.opened_before(form, user)
    if done is None and all(valid):
        form.confirm()
        done = opening.open_request(
            kind,
            form,
            user=user,
            channel=how.channel_chosen,
            now=now,
            visitor=person.visitor("it"),
            received_on=how.cleaned_data["received_on"] if how.cleaned_data["received_on"] != today else None,
            by_post=how.channel_chosen == Channel.LETTER,
        )
    if done is None:
        return received_page(request, kind, form, person, how)
    messages.success(request, _("Request %(number)s is written down.") % {"number": done.number})
    return redirect("staff_request", done.number)


def received_page(
    request: HttpRequest, kind: RequestKind, form: RequestForm, person: VisitorForm, how: HowForm
) -> HttpResponse:
    context = {
        "tab": "requests",
        "kind": kind,
        "form": form,
        "person": person,
        "how": how,
        "failed": next((each for each in (how, form, person) if each.errors), None),
        "again": bool(request.FILES),
    }
    return render(request, "backoffice/received_form.html", context)
