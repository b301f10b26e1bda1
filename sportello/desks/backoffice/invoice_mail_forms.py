"""The forms of the nightly mailing of invoices: its hours and numbers, and what one domain takes."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sportello.domain.invoice_mail.models import MOST_WORKERS
from sportello.domain.invoice_mail.setting import Numbers

MOST_A_MINUTE = 100_000
TIMES = ["%H:%M", "%H.%M", "%H:%M:%S"]


def time_field(label: Any, *, required: bool = True, hint: Any = "") -> forms.TimeField:
    return forms.TimeField(
        label=label,
        required=required,
        help_text=hint,
        input_formats=TIMES,
        widget=forms.TimeInput(format="%H:%M"),
        error_messages={"invalid": gettext_lazy("A time such as 02:30.")},
    )


def count_field(label: Any, *, most: int, required: bool = True, hint: Any = "") -> forms.IntegerField:
    return forms.IntegerField(label=label, required=required, help_text=hint, min_value=1, max_value=most)


class TimetableForm(forms.Form):
    """``seen`` is the row from which the page began, "" where there was none."""

    hour = time_field(gettext_lazy("It begins at"), hint=gettext_lazy("By the clock in Italy, once a night."))
    quiet_from = time_field(
        gettext_lazy("Quiet from"), required=False, hint=gettext_lazy("Nothing is sent in between.")
    )
    quiet_until = time_field(gettext_lazy("Quiet until"), required=False)
    per_minute = count_field(
        gettext_lazy("E-mails a minute, all together"),
        most=MOST_A_MINUTE,
        required=False,
        hint=gettext_lazy("Empty for as many as the mail server takes."),
    )
    workers = count_field(gettext_lazy("How many send at once"), most=MOST_WORKERS)
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        since, until = cleaned.get("quiet_from"), cleaned.get("quiet_until")
        if not {"quiet_from", "quiet_until"} & set(self.errors):
            if (since is None) != (until is None):
                self.add_error(
                    "quiet_until" if until is None else "quiet_from", _("Quiet hours have two ends, or none.")
                )
            elif since is not None and since == until:
                self.add_error("quiet_until", _("Quiet hours end at another time than they begin."))
        return cleaned

    @property
    def numbers(self) -> Numbers:
        values: dict[str, Any] = {name: self.cleaned_data[name] for name in Numbers.__slots__}
        return Numbers(**values)


class RateForm(forms.Form):
    domain = forms.CharField(
        label=gettext_lazy("Domain"),
        max_length=255,
        help_text=gettext_lazy("What stands after the @, such as example.it."),
    )
    domain_per_minute = count_field(
        gettext_lazy("E-mails a minute"),
        most=MOST_A_MINUTE,
        required=False,
        hint=gettext_lazy("Empty to take the bound away."),
    )
