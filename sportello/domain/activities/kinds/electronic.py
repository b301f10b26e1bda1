"""How electronic invoices reach a business or a public body: by the code of its channel or by PEC, by one of them alone."""

import re
from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from sportello.domain.activities.kinds.base import RequestForm
from sportello.italy import characters

NO_CHANNEL: Final = "0000000"
ABROAD: Final = "XXXXXXX"
ITALY: Final = "IT"
OF_BODIES: Final = 6  # characters; all others have seven
CODE: Final = re.compile(r"[0-9A-Z]{6,7}")
BODY: Final = re.compile(r"[89][0-9]{10}")  # a tax code of an association or a public body


class SdiCodeField(forms.CharField):
    """Gives six or seven letters and digits, or ""."""

    default_error_messages = {"invalid": _("An SDI code has seven letters and digits, that of a public body six.")}

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=40, **{"label": _("SDI code"), **options})

    def clean(self, value: Any) -> str:
        typed = characters.compact(super().clean(value))
        if typed and (not CODE.fullmatch(typed) or typed == NO_CHANNEL[:OF_BODIES]):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return typed


def check(form: RequestForm, cleaned: dict[str, Any], *, known: Mapping[str, Any]) -> None:
    """Exactly one of code and PEC; without either the code that says so. ``known`` is what billing has.

    Which customer is a public body billing does not say: its code, or its tax code, speaks for it, and an operator looks at
    what fits neither.
    """
    code, pec = cleaned.get("sdi_code", ""), cleaned.get("pec", "")
    if pec and code not in ("", NO_CHANNEL):
        form.add_error("pec", _("Give either an SDI code or a PEC, not both: empty the one that no longer holds."))
    elif code == ABROAD and cleaned.get("country", ITALY) == ITALY:
        form.add_error("sdi_code", _("XXXXXXX is only for who has his seat abroad."))
    elif code in ("", NO_CHANNEL):
        cleaned["sdi_code"] = NO_CHANNEL
        if not pec:
            form.warn("no_channel", _("Without SDI code and PEC you find your electronic invoices only in your area on the "
                                      "site of the Revenue Agency."))  # fmt: skip
    elif len(code) == OF_BODIES and not may_be_body(known):
        form.doubt("sdi_of_body", _("A code of six characters is that of a public body. Are you one?"))
    elif len(code) != OF_BODIES and is_body(known):
        form.doubt("sdi_of_business", _("Public bodies have a code of six characters. Have you become something else?"))


def is_body(known: Mapping[str, Any]) -> bool:
    return len(known.get("sdi_code") or "") == OF_BODIES


def may_be_body(known: Mapping[str, Any]) -> bool:
    return is_body(known) or bool(BODY.fullmatch(known.get("tax_code") or ""))
