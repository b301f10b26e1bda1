"""The form of one self-reading, made for the dials of one meter; desks, uploads and programs feed the same one."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Any
from unicodedata import normalize
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from sportello.domain.activities.kinds.fields import DAYS
from sportello.domain.activities.kinds.self_reading import wording
from sportello.domain.activities.kinds.self_reading.judging import Judgement, Problem, judge
from sportello.domain.activities.kinds.self_reading.sheets import Dial, Sheet
from sportello.domain.files.photos import Photo, WrongPhoto, checked

LONGEST_TYPED = 40
LONGEST_NOTE = 1_000
ONCE = 40


def number_in(typed: str) -> Decimal | None:
    """What was typed as a dial shows it; None for nothing. Raises ``ValidationError`` for anything but digits."""
    text = "".join(normalize("NFKC", typed).split())
    if not text:
        return None
    if text.isascii() and text.isdigit():
        return Decimal(text)
    raise error_of(Problem(_what_is_wrong(text)))


def _what_is_wrong(text: str) -> str:
    if not text.isascii():
        text = text.replace("\N{MINUS SIGN}", "-")
    unsigned = text.removeprefix("-").removeprefix("+")
    if not (unsigned.isascii() and unsigned.replace(".", "").replace(",", "").isdigit()):
        return "not_a_number"
    return "negative" if text.startswith("-") else "decimals"


def error_of(problem: Problem) -> ValidationError:
    """A problem in words; days as both languages write them."""
    params = {name: f"{value:%d/%m/%Y}" if isinstance(value, date) else value for name, value in problem.params.items()}
    return ValidationError(wording.PROBLEMS[problem.code], code=problem.code, params=params)


class Typed(forms.CharField):
    """The digits of one dial. What was typed is shown again as it was."""

    def __init__(self, dial: Dial, **options: Any) -> None:
        self.dial = dial
        widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})
        super().__init__(label=dial.label, required=False, max_length=LONGEST_TYPED, widget=widget, **options)

    def clean(self, value: Any) -> Any:
        typed: str = super().clean(value)
        return number_in(typed)


@dataclass(frozen=True, slots=True)
class Warned:
    """Something unusual, as the customer is told before he confirms."""

    code: str
    text: Any


class ReadingForm(forms.Form):
    """After ``is_valid()``: ``judgement``, and ``needs_confirmation`` until ``confirmed`` is the digest of these values."""

    read_on = forms.DateField(
        label=_("Read on"),
        input_formats=DAYS,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={"invalid": wording.PROBLEMS["day"], "required": wording.PROBLEMS["day"]},
    )
    note = forms.CharField(
        label=_("Anything we should know"),
        required=False,
        max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    photo = forms.FileField(
        label=_("Photo of the meter"),
        required=False,
        allow_empty_file=True,
        max_length=None,
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/heic,image/heif"}),
    )
    once = forms.CharField(required=False, max_length=ONCE, widget=forms.HiddenInput)
    meter = forms.CharField(required=False, max_length=60, widget=forms.HiddenInput)
    confirmed = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, sheet: Sheet, data: Any = None, files: Any = None, *, today: date, **options: Any) -> None:
        self.sheet = sheet
        self.today = today
        self.judgement: Judgement | None = None
        initial = {"read_on": today, "once": uuid4().hex, "meter": sheet.meter.code if sheet.meter else ""}
        options["initial"] = {**initial, **(options.get("initial") or {})}
        super().__init__(data, files, **options)
        for dial in sheet.dials:
            self.fields[dial.field] = Typed(dial)
        self.order_fields(["read_on", *(dial.field for dial in sheet.dials), "note", "photo"])

    @property
    def values(self) -> dict[str, Decimal | None]:
        """By register code, as far as they can be read."""
        return {dial.code: self.cleaned_data.get(dial.field) for dial in self.sheet.dials}

    @property
    def digest(self) -> str:
        """Of supply, day and values: what a confirmation is for. Other values want a confirmation of their own."""
        read_on = self.cleaned_data.get("read_on")
        reasons = self.judgement.reasons if self.judgement else ()
        values = {code: str(value) for code, value in self.values.items()}
        what = [self.sheet.supply.code, str(read_on), values, list(reasons)]
        return sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()

    @property
    def needs_confirmation(self) -> bool:
        if self.judgement is None or self.judgement.errors or self.judgement.verdict == "accepted":
            return False
        return bool(self.cleaned_data.get("confirmed") != self.digest)

    @property
    def warnings(self) -> list[Warned]:
        """What is unusual about it, the worst first."""
        reasons = self.judgement.reasons if self.judgement else ()
        return [Warned(code, wording.WARNINGS[code]) for code in reasons]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self._is_of_another_meter():
            self.add_error(None, error_of(Problem("another_meter")))
        elif self._names_other_dials():
            self.add_error(None, error_of(Problem("no_such_dial")))
        unread = {name for name in self.errors if name.startswith("value_")}
        self.judgement = self._judged(unread)
        self._tell(self.judgement.errors, told=set(self.errors))
        cleaned["photo"] = self._photo(cleaned.get("photo"))
        return cleaned

    def _photo(self, upload: Any) -> Photo | None:
        """Looked at only where nothing else is wrong, for it is much work; otherwise it has to be sent again anyhow."""
        if not upload or self.errors:
            return None
        try:
            return checked(upload)
        except WrongPhoto as error:
            self.add_error("photo", ValidationError(wording.PHOTO_PROBLEMS[error.code], code=error.code))
            return None

    def _judged(self, unread: set[str]) -> Judgement:
        """Dials that could not be read are told already; they are judged as nought, to find what else is wrong."""
        values = {
            dial.code: Decimal(0) if dial.field in unread else value
            for dial, value in zip(self.sheet.dials, self.values.values(), strict=True)
        }
        read_on = self.cleaned_data.get("read_on")
        judged = judge(self.sheet, read_on=read_on or self.today, values=values, today=self.today)
        if self.errors and not judged.errors:
            return Judgement(errors={"": []})
        return judged

    def _tell(self, errors: Mapping[str, Any], *, told: set[str]) -> None:
        for field, problems in errors.items():
            if field not in told:
                for problem in problems:
                    self.add_error(field or None, error_of(problem))

    def _is_of_another_meter(self) -> bool:
        """Whether the page was made for a meter that has been taken away since."""
        asked_for = self.cleaned_data.get("meter")
        return bool(asked_for and self.sheet.meter and asked_for != self.sheet.meter.code)

    def _names_other_dials(self) -> bool:
        """Whether something was filled in for a dial that this meter does not have."""
        own = {self.add_prefix(dial.field) for dial in self.sheet.dials}
        start = self.add_prefix("value_")
        return any(
            str(self.data.get(name) or "").strip() for name in self.data if name.startswith(start) and name not in own
        )
