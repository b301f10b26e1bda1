"""By which rules new requests are given out; Administration adds them, orders them, and ends them."""

from typing import Any, ClassVar, cast

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from sportello.desks.backoffice.dated_forms import DAYS
from sportello.desks.policies import ADMINISTRATORS
from sportello.domain.activities.kinds.base import NOT_ON_OFFER
from sportello.domain.activities.kinds.catalogue import KINDS
from sportello.domain.activities.models import AssignmentRule
from sportello.domain.customers.models.parties import Service
from sportello.domain.journal.models import record
from sportello.domain.people.models import DESK, Office, User


def day_field(label: Any, *, required: bool) -> forms.DateField:
    return forms.DateField(
        label=label,
        required=required,
        input_formats=DAYS,
        widget=forms.DateInput(format="%Y-%m-%d"),
        error_messages={"invalid": gettext_lazy("Enter a day, such as 24/11/2026.")},
    )


class RuleForm(forms.ModelForm):  # type: ignore[type-arg]
    valid_from = day_field(gettext_lazy("In force from"), required=True)
    valid_to = day_field(gettext_lazy("Until"), required=False)

    class Meta:
        model = AssignmentRule
        fields: ClassVar[tuple[str, ...]] = (
            "kind",
            "service",
            "province",
            "office",
            "person",
            "valid_from",
            "valid_to",
        )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        labels = {
            "kind": _("Kind"),
            "service": _("Service"),
            "province": _("Province"),
            "office": _("Goes to the office"),
            "person": _("Or to this person"),
        }
        for name, label in labels.items():
            self.fields[name].label = label
            self.fields[name].error_messages["invalid_choice"] = str(NOT_ON_OFFER)
        self.fields["province"].help_text = _("Two letters, such as MO; empty for all.")
        self.fields["person"].help_text = _(
            "Who is away is stood in for; without a person, who has the least in the office."
        )
        kinds = [(code, kind.title) for code, kind in KINDS.items()]
        cast(forms.ChoiceField, self.fields["kind"]).choices = [("", _("All kinds")), *kinds]
        cast(forms.ChoiceField, self.fields["service"]).choices = [("", _("All services")), *Service.choices]
        office = cast("forms.ModelChoiceField[Office]", self.fields["office"])
        office.queryset, office.empty_label = Office.objects.filter(is_active=True), _("None")
        person = cast("forms.ModelChoiceField[User]", self.fields["person"])
        person.queryset = User.objects.filter(is_active=True, roles__overlap=list(DESK)).order_by(
            "last_name", "first_name"
        )
        person.empty_label = _("None")

    def clean_province(self) -> str:
        province = str(self.cleaned_data["province"]).strip().upper()
        if province and (len(province) != 2 or not province.isalpha()):
            raise forms.ValidationError(_("Two letters, such as MO; empty for all."))
        return province

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and not cleaned.get("office") and not cleaned.get("person"):
            self.add_error("office", _("Choose an office or a person."))
        first, last = cleaned.get("valid_from"), cleaned.get("valid_to")
        if first and last and last < first:
            self.add_error("valid_to", _("The last day is before the first."))
        return cleaned


@ADMINISTRATORS
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    today = timezone.localdate()
    rules = AssignmentRule.objects.select_related("office", "person").order_by("place", "pk")
    shown = [(each, _state(each, today)) for each in rules]
    return render(request, "backoffice/assignment_rules.html", {"tab": "administration", "rules": shown})


def _state(rule: AssignmentRule, today: Any) -> str:
    if rule.valid_from > today:
        return "to come"
    return "past" if rule.valid_to and rule.valid_to < today else "now"


@ADMINISTRATORS
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    last = AssignmentRule.objects.aggregate(last=Max("place"))["last"] or 0
    return _edit(request, AssignmentRule(place=last + 1, valid_from=timezone.localdate()))


@ADMINISTRATORS
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    return _edit(request, get_object_or_404(AssignmentRule, pk=pk))


def _edit(request: HttpRequest, rule: AssignmentRule) -> HttpResponse:
    form = RuleForm(request.POST if request.method == "POST" else None, instance=rule, auto_id="rule-%s")
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            form.save()
            _record(request, "activities.rule_saved", rule)
        messages.success(request, _("The rule is saved; it holds for what comes in from now on."))
        return redirect("assignment_rules")
    return render(request, "backoffice/assignment_rule.html", {"tab": "administration", "form": form, "rule": rule})


@ADMINISTRATORS
@require_http_methods(["GET", "HEAD", "POST"])
def move(request: HttpRequest, pk: int) -> HttpResponse:
    """One place up, or away for good. To look here leads to the list."""
    rule = get_object_or_404(AssignmentRule, pk=pk)
    if request.method != "POST":
        return redirect("assignment_rules")
    with transaction.atomic():
        if request.POST.get("verb") == "remove":
            _record(request, "activities.rule_removed", rule)
            rule.delete()
            messages.success(request, _("The rule is removed."))
        elif request.POST.get("verb") == "up":
            _up(rule)
            _record(request, "activities.rule_moved", rule)
    return redirect("assignment_rules")


def _up(rule: AssignmentRule) -> None:
    """Changes places with the one before it, all in a row from 1 on."""
    rules = list(AssignmentRule.objects.select_for_update().order_by("place", "pk"))
    at = next(number for number, each in enumerate(rules) if each.pk == rule.pk)
    if at:
        rules[at - 1], rules[at] = rules[at], rules[at - 1]
    for place, each in enumerate(rules, start=1):
        each.place = place
    AssignmentRule.objects.bulk_update(rules, ["place"])


def _record(request: HttpRequest, name: str, rule: AssignmentRule) -> None:
    record(name, now=timezone.now(), actor_id=request.user.pk, about=("assignment_rule", str(rule.pk)))
