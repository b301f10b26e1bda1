"""The offices that work is given to, with the address of each one's own calendar; Administration adds and changes them."""

from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from sportello.desks.policies import ADMINISTRATORS
from sportello.domain.journal.models import record
from sportello.domain.people.models import Office


class OfficeForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Office
        fields: ClassVar[tuple[str, ...]] = ("name", "calendar_address", "is_active")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["name"].label = str(gettext_lazy("Name"))
        self.fields["calendar_address"].label = str(gettext_lazy("E-mail address of its calendar"))
        self.fields["calendar_address"].help_text = str(
            gettext_lazy("Invitations go there, so that what is due stands in the office's calendar by itself.")
        )
        self.fields["is_active"].label = str(gettext_lazy("Work can be given to it"))

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if Office.objects.filter(name__iexact=name).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(_("There is an office of this name already."))
        return name

    def clean_calendar_address(self) -> str:
        return str(self.cleaned_data["calendar_address"]).lower()


@ADMINISTRATORS
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    counted = Count("members", filter=Q(members__is_active=True))
    offices = Office.objects.annotate(people=counted)
    return render(request, "backoffice/offices.html", {"tab": "administration", "offices": offices})


@ADMINISTRATORS
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    return _edit(request, Office())


@ADMINISTRATORS
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    return _edit(request, get_object_or_404(Office, pk=pk))


def _edit(request: HttpRequest, office: Office) -> HttpResponse:
    form = OfficeForm(request.POST if request.method == "POST" else None, instance=office, auto_id="office-%s")
    if request.method == "POST" and form.is_valid() and _saved(request, form):
        messages.success(request, _("%(name)s: saved.") % {"name": office.name})
        return redirect("offices")
    return render(request, "backoffice/office.html", {"tab": "administration", "form": form, "office": office})


def _saved(request: HttpRequest, form: OfficeForm) -> bool:
    """False where somebody has given another one this name since the form looked."""
    try:
        with transaction.atomic():
            office = form.save()
            record(
                "people.office_saved", now=timezone.now(), actor_id=request.user.pk, about=("office", str(office.pk))
            )
    except IntegrityError:
        form.add_error("name", _("There is an office of this name already."))
        return False
    return True
