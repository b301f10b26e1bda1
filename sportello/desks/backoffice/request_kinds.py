"""How each kind of request is handled: by itself or by an operator, and whether it is offered at the counter."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.forms.boundfield import BoundField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from sportello.desks.policies import ADMINISTRATORS
from sportello.domain.activities import setting_modes
from sportello.domain.activities.kinds.base import NOT_ON_OFFER, RequestKind
from sportello.domain.activities.kinds.catalogue import KINDS
from sportello.domain.activities.setting_modes import ChangedMeanwhile, Key, Mode

BY_ITSELF, BY_AN_OPERATOR = gettext_lazy("By itself"), gettext_lazy("By an operator")
OFFERED, NOT_OFFERED = gettext_lazy("at the counter"), gettext_lazy("not at the counter")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A kind, or one of its fields: then ``kind`` is None. ``automatic`` is None for what only an operator can do."""

    title: str | Promise
    kind: RequestKind | None
    automatic: BoundField | None
    offered: BoundField | None
    default: str | Promise


class ModesForm(forms.Form):
    """Two fields a kind, one for each of its own fields, named by their codes. Begins with ``modes``."""

    seen = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)

    def __init__(self, modes: Mapping[Key, Mode], data: Any = None) -> None:
        super().__init__(data)
        self.modes = modes
        for (code, field), mode in modes.items():
            kind = KINDS[code]
            if kind.may_go_by_itself:
                self.fields[automatic_name(code, field)] = forms.ChoiceField(
                    label=_("%(what)s: executed") % {"what": title_of((code, field))},
                    choices=[("yes", BY_ITSELF), ("no", BY_AN_OPERATOR)],
                    initial="yes" if mode.automatic else "no",
                    error_messages={"invalid_choice": NOT_ON_OFFER, "required": NOT_ON_OFFER},
                )
            if not field:
                self.fields[offered_name(code)] = forms.BooleanField(
                    label=_("%(what)s: offered at the counter") % {"what": kind.title},
                    required=False,
                    initial=mode.offered,
                )

    def wanted(self) -> dict[Key, Mode]:
        return {key: self._wanted(key, mode) for key, mode in self.modes.items()}

    def _wanted(self, key: Key, mode: Mode) -> Mode:
        automatic = self.cleaned_data.get(automatic_name(*key))
        return Mode(
            automatic=mode.automatic if automatic is None else automatic == "yes",
            offered=mode.offered if key[1] else self.cleaned_data[offered_name(key[0])],
        )

    def rows(self) -> Iterator[Row]:
        for code, field in self.modes:
            kind = KINDS[code]
            name = automatic_name(code, field)
            yield Row(
                title=title_of((code, field)),
                kind=None if field else kind,
                automatic=self[name] if name in self.fields else None,
                offered=None if field else self[offered_name(code)],
                default=BY_ITSELF if kind.automatic_by_default(field) else BY_AN_OPERATOR,
            )


@ADMINISTRATORS
@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: HttpRequest) -> HttpResponse:
    modes = setting_modes.present()
    if request.method != "POST" or "seen" not in request.POST:  # not sent by this form: an empty box says nothing there
        return page(request, ModesForm(modes), seen=setting_modes.seen(modes))
    form = ModesForm(modes, request.POST)
    if not form.is_valid():
        return page(request, form, seen=request.POST.get("seen", ""))
    wanted = form.wanted()
    try:
        setting_modes.save(
            wanted,
            seen_as=form.cleaned_data["seen"],
            now=timezone.now(),
            by_id=request.user.pk,
        )
    except ChangedMeanwhile:
        present = setting_modes.present()
        return page(request, form, seen=setting_modes.seen(present), meanwhile=changes(present, wanted))
    messages.success(request, _("The kinds of request are saved. Requests that have come in already stay as they are."))
    return redirect("request_kinds")


def page(
    request: HttpRequest, form: ModesForm, *, seen: str, meanwhile: list[tuple[str, str, str]] | None = None
) -> HttpResponse:
    """``meanwhile``: what saving would change of what somebody else has saved, in words."""
    context = {"tab": "administration", "form": form, "rows": form.rows(), "seen": seen, "meanwhile": meanwhile}
    return render(request, "backoffice/request_kinds.html", context, status=409 if meanwhile else 200)


def changes(present: Mapping[Key, Mode], wanted: Mapping[Key, Mode]) -> list[tuple[str, str, str]]:
    """Each thing that differs, how it is, and how it would be."""
    return [
        (title_of(key), in_words(key, present[key]), in_words(key, wanted[key]))
        for key in setting_modes.different(present, wanted)
    ]


def in_words(key: Key, mode: Mode) -> str:
    handled = str(BY_ITSELF if mode.automatic else BY_AN_OPERATOR)
    if key[1]:
        return handled
    return f"{handled}, {OFFERED if mode.offered else NOT_OFFERED}"


def title_of(key: Key) -> str:
    kind = KINDS[key[0]]
    labels = {each.code: each.label for each in kind.fields}
    return f"{kind.title}: {labels[key[1]]}" if key[1] else str(kind.title)


def automatic_name(code: str, field: str) -> str:
    return f"automatic-{code}-{field}" if field else f"automatic-{code}"


def offered_name(code: str) -> str:
    return f"offered-{code}"
