"""Forms that begin with what billing has: what was not touched is not asked, however it is written there."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sportello.domain.activities.kinds.base import Line, RequestForm, Scope
from sportello.domain.activities.kinds.words import plain, words_of

LONGEST = 5_000
NOTHING_NEW = _("This is what we have already: change something, or go back.")
NOT_GIVEN = _("not given")


class ChangeForm(RequestForm):
    """``known`` is what billing has, by field. The page carries it along (``was``): what billing has learnt since is not taken
    back by an old page, and a value that billing writes in its own way is not asked only because it is on the page.
    """

    confirms = True

    was = forms.CharField(required=False, max_length=LONGEST, widget=forms.HiddenInput)
    _own = RequestForm._own | {"was"}

    def __init__(self, scope: Scope, data: Any = None, files: Any = None, **options: Any) -> None:
        before = self.known(scope)
        carried = json.dumps({name: plain(value) for name, value in before.items()})
        options["initial"] = {**before, "was": carried, **(options.get("initial") or {})}
        super().__init__(scope, data, files, **options)

    @classmethod
    def known(cls, scope: Scope) -> Mapping[str, Any]:
        """What billing has of this customer, by the names of the fields; "" or None for nothing."""
        raise NotImplementedError

    def shown(self) -> dict[str, Any]:
        """What the page showed when it was made; what billing has now where it does not say."""
        now = {name: plain(value) for name, value in self.known(self.scope).items()}
        try:
            carried = json.loads((self.data.get(self.add_prefix("was")) or "{}")[:LONGEST])
        except (ValueError, RecursionError):  # somebody else's than this page's
            return now
        if not isinstance(carried, dict):
            return now
        return {name: carried.get(name, value) for name, value in now.items()}

    def is_untouched(self, name: str) -> bool:
        typed = str(self.data.get(self.add_prefix(name)) or "").strip()
        return typed == str(self.shown().get(name) or "")

    def _clean_fields(self) -> None:
        """What is as billing has it passes, though nobody could enter it so any more."""
        super()._clean_fields()  # type: ignore[misc]
        now = self.known(self.scope)
        for name in now.keys() & self.fields.keys():
            if self.is_untouched(name):
                self._errors.pop(name, None)  # type: ignore[attr-defined]
                self.cleaned_data[name] = now[name]

    def changed(self) -> dict[str, Any]:
        """What was touched and is another than billing has now, as it is kept."""
        now = self.known(self.scope)
        touched = [name for name in now if name in self.cleaned_data and not self.is_untouched(name)]
        return {name: plain(self.cleaned_data[name]) for name in touched if self.cleaned_data[name] != now[name]}

    def before(self) -> dict[str, Any]:
        now = self.known(self.scope)
        return {name: plain(now[name]) for name in self.changed() if name in now}

    def until_now(self, name: str) -> str:
        now = self.known(self.scope)
        if not self.is_bound or name not in now or self.is_untouched(name):
            return ""
        return words_of(self.fields[name], plain(now[name])) if now[name] else str(NOT_GIVEN)

    @classmethod
    def lines(cls, asked: Mapping[str, Any]) -> list[Line]:
        """What was emptied is told too."""
        empty = [name for name, value in asked.items() if value in (None, "") and name in cls.base_fields]
        told = {line.label: line for line in super().lines(asked)}
        told |= {
            label: Line(label, str(NOT_GIVEN)) for label in (cls.base_fields[name].label for name in empty) if label
        }
        return [told[each.label] for each in cls.base_fields.values() if each.label in told]


def day(kept: str | None) -> date | None:
    return date.fromisoformat(kept) if kept else None
