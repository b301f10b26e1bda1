"""The environment in which every page is rendered."""

from typing import Any

from django.conf import settings
from django.templatetags.static import static
from django.utils.translation import gettext, ngettext
from jinja2 import Environment, StrictUndefined

from sportello.ui import formats
from sportello.ui.assets import icon
from sportello.ui.company import company
from sportello.ui.links import query, url


def environment(**options: Any) -> Environment:
    """Strict: a name that a page does not have is an error, not an empty place."""
    options |= {"undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True, "auto_reload": False}
    env = Environment(**options, extensions=["jinja2.ext.i18n"])  # noqa: S701 (Django's backend sets autoescape)
    env.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    env.globals.update(
        static=static,
        url=url,
        query=query,
        icon=icon,
        company=company,
        languages=settings.LANGUAGES,
    )
    env.filters.update(
        money=formats.money,
        number=formats.number,
        price=formats.price,
        day=formats.day,
        clock=formats.clock,
        rome_day=formats.rome_day,
        spaced=formats.spaced,
    )
    return env
