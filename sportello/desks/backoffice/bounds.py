"""Numbers that bound what may be asked and how long it is kept: Administration adds those to come, and takes them back."""

from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from sportello.desks.backoffice import dated
from sportello.desks.backoffice.dated import InForce, Sort
from sportello.desks.backoffice.rules_forms import DAYS, default_day
from sportello.desks.policies import ADMINISTRATORS
from sportello.domain.activities.kinds.base import NOT_ON_OFFER
from sportello.domain.activities.models import Bound, Bounding
from sportello.domain.activities.models.bounds import DEFAULTS, OF_A_SERVICE, RANGES
from sportello.domain.customers.models.parties import Service

if TYPE_CHECKING:
    Base = forms.ModelForm[Bound]
else:
    Base = forms.ModelForm


class BoundForm(Base):
    name = forms.ChoiceField(
        label=gettext_lazy("Number"), choices=Bounding.choices, error_messages={"invalid_choice": NOT_ON_OFFER}
    )
    service = forms.ChoiceField(
        label=gettext_lazy("Service"),
        required=False,
        choices=[("", gettext_lazy("All services")), *Service.choices],
        error_messages={"invalid_choice": NOT_ON_OFFER},
    )
    valid_from = forms.DateField(
        label=gettext_lazy("In force from"), input_formats=DAYS, widget=forms.DateInput(format="%Y-%m-%d")
    )
    value = forms.IntegerField(label=gettext_lazy("Value"), min_value=0)

    class Meta:
        model = Bound
        fields: ClassVar[list[str]] = ["name", "service", "valid_from", "value"]

    def __init__(self, *args: Any, today: date, **options: Any) -> None:
        self.today = today
        super().__init__(*args, **options)

    def clean_valid_from(self) -> date:
        day: date = self.cleaned_data["valid_from"]
        if day <= self.today:
            raise forms.ValidationError(_("Tomorrow at the earliest."))
        return day

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        name, service, value = cleaned.get("name"), cleaned.get("service"), cleaned.get("value")
        if name and service and name not in OF_A_SERVICE:
            self.add_error("service", _("This number is for all services."))
        if name and value is not None and not RANGES[name][0] <= value <= RANGES[name][1]:
            least, most = RANGES[name]
            self.add_error("value", _("From %(least)s to %(most)s.") % {"least": least, "most": most})
        if not self.errors and self._is_taken(**cleaned):
            self.add_error("valid_from", _("There is such a number from this day already: remove that one first."))
        return cleaned

    @staticmethod
    def _is_taken(*, name: str, service: str, valid_from: date, value: int) -> bool:
        del value
        return Bound.objects.filter(name=name, service=service, valid_from=valid_from).exists()

    def _get_validation_exclusions(self) -> set[str]:
        """That no two are of one day is said above, in words of ours."""
        names: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        return names | {"valid_from"}


def values_of(bound: Bound) -> dict[str, str]:
    return {name: str(getattr(bound, name) or "") for name in ("name", "service", "valid_from")} | {
        "value": "" if bound.value is None else str(bound.value)
    }


SORT = Sort(model=Bound, event="bound", of=("name", "service"), values=values_of)


@ADMINISTRATORS
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """All of them, and a form for one more; what is not yet in force can be removed."""
    today = timezone.localdate()
    if request.method != "POST":
        return shown(request, BoundForm(initial={"valid_from": default_day()}, today=today), today)
    if request.POST.get("act") == "remove":
        return removed(request, today)
    form = BoundForm(request.POST, today=today)
    if not form.is_valid():
        return shown(request, form, today)
    try:
        dated.insert(SORT, form, actor_id=request.user.pk)
    except IntegrityError:  # somebody has added the same day since the form looked; now it sees that
        return shown(request, BoundForm(request.POST, today=today), today)
    messages.success(request, _("%(name)s: the value is saved.") % {"name": form.instance.get_name_display()})
    return redirect("bounds")


def removed(request: HttpRequest, today: date) -> HttpResponse:
    pk = request.POST.get("pk", "")
    try:
        if pk.isascii() and pk.isdecimal() and len(pk) < 10:
            dated.remove(SORT, pk=int(pk), today=today, actor_id=request.user.pk)
    except InForce:
        messages.error(request, _("This number is in force already. Add one that follows it."))
        return redirect("bounds")
    messages.success(request, _("It is removed."))
    return redirect("bounds")


def shown(request: HttpRequest, form: BoundForm, today: date) -> HttpResponse:
    found = list(Bound.objects.order_by("service", "-valid_from"))
    groups = []
    for name in Bounding:
        rows = []
        for service in ("", *Service.values):
            own = [each for each in found if (each.name, each.service) == (name, service)]
            rows += list(dated.states(own, today))
        groups.append((name, DEFAULTS[name], rows))
    context = {"tab": "administration", "form": form, "groups": groups}
    return render(request, "backoffice/bounds.html", context)
