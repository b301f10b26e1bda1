"""What every page's frame needs; nothing here touches the database."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language

from sportello.ui.tokens import CsrfInput


def page(request: HttpRequest) -> dict[str, Any]:
    return {
        "language": (get_language() or settings.LANGUAGE_CODE)[:2],
        "here": request.get_full_path(),
        "theme_colour": settings.COMPANY_COLOUR,
        "demo": settings.DEMO,
        "looking": getattr(request, "looking", None),  # a member of staff in a customer's place
        # Django's own is masked anew for each form of a page, at half a millisecond each.
        "csrf_input": CsrfInput(request),
    }
