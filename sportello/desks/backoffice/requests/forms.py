"""What an operator fills in on the page of a request: words, files, a reason, another day."""

from collections.abc import Mapping
from datetime import date
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sportello.desks.backoffice.requests.targets import Targets
from sportello.domain.activities.kinds.base import LONGEST_TEXT, ONCE
from sportello.domain.activities.kinds.files import FilesField
from sportello.domain.activities.routing import Target
from sportello.domain.files import attachments
from sportello.domain.files.attachments import Attached, WrongFile

LONGEST_REASON = 1_000
ANSWER = gettext_lazy("Answer to the customer")
FURTHEST = date(2100, 1, 1)


class Acting(forms.Form):
    """``seen`` is the version that was on the page from which this is sent, ``once`` tells it from a second press."""

    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2_000_000_000)
    once = forms.CharField(widget=forms.HiddenInput, max_length=ONCE)

    def area(self, name: str, label: str | Promise, *, longest: int, rows: int) -> None:
        self.fields[name] = forms.CharField(
            label=str(label),
            max_length=longest,
            widget=forms.Textarea(attrs={"rows": rows}),
            error_messages={"required": gettext_lazy("Write something first.")},
        )


class WriteForm(Acting):
    """A note, an answer or a question, each with files."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.area("text", gettext_lazy("Text"), longest=LONGEST_TEXT, rows=5)
        self.fields["files"] = FilesField()

    def clean(self) -> dict[str, Any]:
        """Files are looked at last, and only where nothing else is wrong."""
        cleaned = super().clean() or self.cleaned_data
        uploads = cleaned.get("files") or []
        cleaned["files"] = []
        if not self.errors:
            try:
                cleaned["files"] = [attachments.checked(each) for each in uploads]
            except WrongFile as error:
                self.add_error("files", ValidationError(attachments.told(error), code=error.code))
        return cleaned

    @property
    def attached(self) -> list[Attached]:
        return list(self.cleaned_data["files"])


class AnswerForm(Acting):
    """What the customer is told when it is executed."""

    def __init__(self, *args: Any, label: str | Promise = ANSWER, **options: Any) -> None:
        super().__init__(*args, **options)
        self.area("answer", label, longest=LONGEST_TEXT, rows=4)


class RefusalForm(Acting):
    """A ready reason, words of one's own, or the one and then the other; the customer gets them as they stand here."""

    ready = forms.ChoiceField(
        label=gettext_lazy("Ready reason"),
        required=False,
        error_messages={"invalid_choice": gettext_lazy("Choose one from the list.")},
    )

    def __init__(self, *args: Any, reasons: Mapping[str, str], **options: Any) -> None:
        """``reasons`` are texts in the customer's language, by code."""
        super().__init__(*args, **options)
        self.area(
            "words",
            gettext_lazy("In your own words, alone or after the ready reason"),
            longest=LONGEST_REASON,
            rows=3,
        )
        self.fields["words"].required = False
        self.reasons = reasons
        ready = cast(forms.ChoiceField, self.fields["ready"])
        ready.choices = [("", _("No ready reason")), *self.reasons.items()]

    @property
    def answer(self) -> str:
        """What the customer is told; after ``is_valid()``."""
        parts = (self.reasons.get(self.cleaned_data["ready"], ""), self.cleaned_data["words"])
        return "\n\n".join(part for part in parts if part)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and not cleaned.get("ready") and not cleaned.get("words"):
            self.add_error("words", _("Tell the customer why: choose a reason or write one."))
        return cleaned


class DueForm(Acting):
    """Another day by which it is to be answered, and why."""

    due_on = forms.DateField(
        label=gettext_lazy("New due date"),
        error_messages={"invalid": gettext_lazy("Enter a day, such as 24/11/2026.")},
        widget=forms.DateInput(format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, today: date, limit_on: date | None, **options: Any) -> None:
        self.today, self.limit_on = today, limit_on
        super().__init__(*args, **options)
        self.area("why", gettext_lazy("Why, for your colleagues"), longest=LONGEST_REASON, rows=2)
        self.fields["past_the_limit"] = forms.BooleanField(
            label=str(gettext_lazy("Yes, later than the regulator allows")), required=False
        )

    def clean_due_on(self) -> date | None:
        day: date | None = self.cleaned_data["due_on"]
        if day is None:
            return None
        if day < self.today:
            raise ValidationError(_("This day is over. Choose today or a later one."))
        if day > FURTHEST:
            raise ValidationError(_("This day is too far away."))
        return day

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        day = cleaned.get("due_on")
        if day and self.limit_on and day > self.limit_on and not cleaned.get("past_the_limit"):
            told = _("The regulator's limit is %(day)s. Choose an earlier one, or say below that it may be later.")
            self.add_error("due_on", told % {"day": f"{self.limit_on:%d/%m/%Y}"})
        return cleaned

    @property
    def past(self) -> bool:
        """Whether the day that was typed wants to be confirmed; then the tick is shown."""
        return "due_on" in self.errors or bool(self["past_the_limit"].value())


class AssignForm(DueForm):
    """Whom it is given to, and by when; without a day it is due as before."""

    to = forms.ChoiceField(
        label=gettext_lazy("To"),
        error_messages={
            "invalid_choice": gettext_lazy("Choose one from the list."),
            "required": gettext_lazy("Choose somebody, or an office."),
        },
    )

    def __init__(self, *args: Any, targets: Targets, **options: Any) -> None:
        self.targets = targets
        super().__init__(*args, **options)
        cast(forms.ChoiceField, self.fields["to"]).choices = [("", _("Choose")), *targets.choices()]
        self.fields["due_on"].required = False
        self.fields["due_on"].label = str(gettext_lazy("Due by"))
        self.fields["why"].required = False
        self.fields["why"].label = str(gettext_lazy("A word for whom it is given to"))

    def clean_due_on(self) -> date | None:
        return None if self.cleaned_data["due_on"] == self.initial.get("due_on") else super().clean_due_on()

    @property
    def target(self) -> Target:
        """After ``is_valid()``."""
        return self.targets.named(self.cleaned_data["to"])


class ConfirmForm(Acting):
    """Whom it has been given to says that it is done, or what is missing."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.area("text", gettext_lazy("What is missing, or what has been done"), longest=LONGEST_REASON, rows=3)


class ReopenForm(Acting):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.area("why", gettext_lazy("Why, for your colleagues"), longest=LONGEST_REASON, rows=2)


class CarryOnForm(Acting):
    """One that was stopped goes on: how one has made sure, and what everybody concerned is told."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.area("why", gettext_lazy("How you have made sure, for your colleagues"), longest=LONGEST_REASON, rows=2)
        self.area("answer", gettext_lazy("Answer to the customer"), longest=LONGEST_TEXT, rows=3)
