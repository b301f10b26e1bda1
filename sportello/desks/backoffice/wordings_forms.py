"""The form of one text of a message: what an administrator types, and every way in which it cannot stand."""

import re
from datetime import date, datetime, time
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sportello.desks.backoffice.dated_forms import DAYS
from sportello.desks.backoffice.placeholders import problems
from sportello.domain.activities.kinds.base import MISSING
from sportello.domain.invoice_mail.previewing import ABOUT_INVOICES
from sportello.domain.messages.cleaning import has_controls, one_line
from sportello.domain.messages.kinds import Kind, Text, untold_secrets

LONGEST = 5_000  # characters of a whole text
MOST_PARAGRAPHS = 50
_EMPTY_LINE = re.compile(r"\n[ \t]*\n")


class Line(forms.CharField):
    """One line, such as a subject: nothing that would begin a header of its own."""

    def __init__(self, **options: Any) -> None:
        super().__init__(error_messages={"required": MISSING}, **options)

    def clean(self, value: Any) -> Any:
        if isinstance(value, str) and has_controls(value.strip()):
            raise forms.ValidationError(_("Write it on one line."))
        return one_line(super().clean(value))


class WordingForm(forms.Form):
    """After ``is_valid()``: ``text``, and ``since``, which is None for at once."""

    subject = Line(label=gettext_lazy("Subject"), max_length=150)
    paragraphs = forms.CharField(
        label=gettext_lazy("Text"),
        help_text=gettext_lazy(
            "From the greeting on. An empty line begins a new paragraph. "
            "The closing and our company's name follow by themselves."
        ),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 14}),
        error_messages={"required": MISSING},
    )
    action = Line(
        label=gettext_lazy("Words on the button"),
        help_text=gettext_lazy("The button leads to the page that the message is about."),
        max_length=80,
    )
    valid_from = forms.DateField(
        label=gettext_lazy("In force from"),
        help_text=gettext_lazy(
            "Leave it empty for at once. Messages already written keep the text they were written with."
        ),
        required=False,
        input_formats=DAYS,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )
    invoice = forms.CharField(
        label=gettext_lazy("Preview with a real invoice"),
        help_text=gettext_lazy("Its number; without one the preview has samples. That you look at it is written down."),
        max_length=60,
        required=False,
    )
    seen = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)

    def __init__(self, kind: Kind, data: Any = None, *, today: date, **options: Any) -> None:
        self.kind, self.today = kind, today
        super().__init__(data, **options)
        if not kind.has_link:
            del self.fields["action"]
        if kind.name not in ABOUT_INVOICES:
            del self.fields["invoice"]

    def clean_subject(self) -> str:
        subject: str = self.cleaned_data["subject"]
        return self._checked(subject, subject=True)

    def clean_paragraphs(self) -> tuple[str, ...]:
        """The paragraphs; a paragraph may have several lines."""
        typed: str = self.cleaned_data["paragraphs"]
        paragraphs = paragraphs_of(self._checked(typed))
        if len(paragraphs) > MOST_PARAGRAPHS:
            raise forms.ValidationError(_("No more than %(most)s paragraphs.") % {"most": MOST_PARAGRAPHS})
        if untold := untold_secrets(self.kind, paragraphs):
            words = _("The text has to say %(names)s: it is what the message is for.")
            raise forms.ValidationError(words % {"names": ", ".join(f"{{{name}}}" for name in untold)})
        return paragraphs

    def clean_action(self) -> str:
        action: str = self.cleaned_data["action"]
        return self._checked(action)

    def clean_invoice(self) -> str:
        number: str = self.cleaned_data["invoice"]
        if has_controls(number):
            raise forms.ValidationError(_("Write it on one line."))
        return number

    def clean_valid_from(self) -> date | None:
        day: date | None = self.cleaned_data["valid_from"]
        if day is not None and day < self.today:
            raise forms.ValidationError(_("Today at the earliest."))
        return day

    def _checked(self, typed: str, *, subject: bool = False) -> str:
        if found := problems(self.kind, typed, subject=subject):
            raise forms.ValidationError(found)
        return typed

    @property
    def text(self) -> Text:
        cleaned = self.cleaned_data
        return Text(subject=cleaned["subject"], paragraphs=cleaned["paragraphs"], action=cleaned.get("action", ""))

    @property
    def since(self) -> datetime | None:
        day = self.cleaned_data["valid_from"]
        if day is None or day <= self.today:
            return None
        return timezone.make_aware(datetime.combine(day, time.min))


def paragraphs_of(typed: str) -> tuple[str, ...]:
    pieces = _EMPTY_LINE.split(typed.replace("\r\n", "\n").replace("\r", "\n"))
    return tuple(paragraph for piece in pieces if (paragraph := lines_of(piece)))


def lines_of(piece: str) -> str:
    """Each line tidied; a line that was begun stays one, as the built-in texts have them."""
    return "\n".join(line for each in piece.split("\n") if (line := one_line(each)))


def as_typed(text: Text) -> dict[str, str]:
    """A text as the form begins with it."""
    return {"subject": text.subject, "paragraphs": "\n\n".join(text.paragraphs), "action": text.action}
