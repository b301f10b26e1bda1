"""What an operator fills in to decide on a self-reading: nothing, other values with a note, or an answer."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sportello.desks.backoffice.dials import Line
from sportello.domain.activities.kinds.self_reading.forms import error_of, number_in
from sportello.domain.activities.kinds.self_reading.judging import MOST_DIGITS, Problem

LONGEST_NOTE = 500
LONGEST_ANSWER = 1_000

READY_ANSWERS: dict[str, str | Promise] = {
    "photo": gettext_lazy(
        "The value that you sent is not the one in the photo. Please read the meter again and send only the digits before"
        " the comma."
    ),
    "lower": gettext_lazy(
        "The value is lower than the last reading, and your meter has not been replaced. Please read it again and send us a"
        " photo too."
    ),
    "unlikely": gettext_lazy(
        "The value is too far from what you normally use. Please check the digits and send them again with a photo of the"
        " meter."
    ),
    "other_meter": gettext_lazy(
        "The serial number in the photo is not that of your meter. Please read the meter of this supply: its serial number"
        " stands on your bill."
    ),
    "actual": gettext_lazy("The distributor has read your meter in these days, and its reading counts."),
}


class Seen(forms.Form):
    """``seen`` is what the reading was like on the page from which this is sent."""

    seen = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)


class AcceptForm(Seen):
    pass


class CorrectForm(Seen):
    """Starts from what the customer sent, so that only what is wrong is to be changed.

    ``below`` says that a value is not larger than the one before, which wants to be confirmed.
    """

    below = False

    def __init__(self, data: Any = None, *, lines: Sequence[Line], **options: Any) -> None:
        self.lines = lines
        typed = {name_of(line): line.corrected or line.typed for line in lines}
        options["initial"] = {**typed, **(options.get("initial") or {})}
        super().__init__(data, **options)
        for line in lines:
            self.fields[name_of(line)] = forms.CharField(label=str(line.label), max_length=40)
        self.fields["note"] = forms.CharField(
            label=gettext_lazy("Why, in words for the customer"),
            max_length=LONGEST_NOTE,
            widget=forms.Textarea(attrs={"rows": 2}),
        )
        self.fields["sure"] = forms.BooleanField(label=gettext_lazy("I am sure, send it all the same"), required=False)

    @property
    def dials(self) -> list[tuple[Line, forms.BoundField]]:
        return [(line, self[name_of(line)]) for line in self.lines]

    @property
    def values(self) -> Mapping[str, Decimal]:
        """By register; after ``is_valid()``."""
        return {line.code: self.cleaned_data[name_of(line)] for line in self.lines}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for line in self.lines:
            if name_of(line) in cleaned:
                self._clean_dial(line, cleaned)
        if not self.errors and all(str(value) == plain(line.typed) for line, value in zip_values(self.lines, cleaned)):
            self.add_error(name_of(self.lines[0]), _("This is what the customer sent: accept it, or change it."))
        if not self.errors:
            self._compare(cleaned)
        return cleaned

    def _compare(self, cleaned: dict[str, Any]) -> None:
        """A customer would be asked too; what goes to billing from here is believed there."""
        below = [
            line for line, value in zip_values(self.lines, cleaned) if line.previous and value <= Decimal(line.previous)
        ]
        self.below = bool(below)
        if not cleaned.get("sure"):
            for line in below:
                told = _(
                    "This is not more than the last reading, %(previous)s. Check it, or say below that you are sure."
                )
                self.add_error(name_of(line), told % {"previous": line.previous})

    def _clean_dial(self, line: Line, cleaned: dict[str, Any]) -> None:
        try:
            value = number_in(cleaned[name_of(line)])
            digits = line.digits or MOST_DIGITS
            if value is not None and value >= Decimal(10) ** digits:
                raise error_of(Problem("too_many_digits", {"digits": digits}))
        except ValidationError as error:
            self.add_error(name_of(line), error)
        else:
            cleaned[name_of(line)] = value


class RefuseForm(Seen):
    """A ready answer, words of one's own, or the one and then the other; the customer gets them as they stand here."""

    ready = forms.ChoiceField(
        label=gettext_lazy("Ready answer"),
        required=False,
        error_messages={"invalid_choice": gettext_lazy("Choose one from the list.")},
    )
    words = forms.CharField(
        label=gettext_lazy("In your own words, alone or after the ready answer"),
        required=False,
        max_length=LONGEST_ANSWER,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, data: Any = None, *, language: str, **options: Any) -> None:
        """``language`` is the customer's."""
        super().__init__(data, **options)
        with translation.override(language):
            self.answers = {code: str(text) for code, text in READY_ANSWERS.items()}
        ready = cast(forms.ChoiceField, self.fields["ready"])
        ready.choices = [("", _("No ready answer")), *self.answers.items()]

    @property
    def answer(self) -> str:
        """What the customer is told; after ``is_valid()``."""
        parts = (self.answers.get(self.cleaned_data["ready"], ""), self.cleaned_data["words"])
        return "\n\n".join(part for part in parts if part)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and not cleaned.get("ready") and not cleaned.get("words"):
            self.add_error("words", _("Tell the customer why: choose an answer or write one."))
        return cleaned


def name_of(line: Line) -> str:
    return f"value_{line.code}"


def plain(typed: str) -> str:
    """Without the noughts before it."""
    return typed.lstrip("0") or "0"


def zip_values(lines: Sequence[Line], cleaned: Mapping[str, Any]) -> list[tuple[Line, Any]]:
    return [(line, cleaned.get(name_of(line))) for line in lines]
