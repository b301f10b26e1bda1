"""The environment in which every page is rendered."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.templatetags.static import static
from django.utils.translation import gettext, ngettext
from jinja2 import Environment, StrictUndefined, pass_context
from jinja2.runtime import Context

from sportello.ui import formats
from sportello.ui.assets import icon
from sportello.ui.company import company
from sportello.ui.links import query, url
from sportello.ui.notices import messages_of


def in_its_language(written: Callable[..., str]) -> Callable[..., str]:
    """A filter that is worked out for each page: Jinja would word {{ 0|money }} once, in the language of who comes first."""

    @pass_context
    def filtered(_context: Context, *args: Any, **kwargs: Any) -> str:
        return written(*args, **kwargs)

    return filtered


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
        messages_of=messages_of,
    )
    env.filters.update(
        money=in_its_language(formats.money),
        number=in_its_language(formats.number),
        price=in_its_language(formats.price),
        day=formats.day,
        clock=formats.clock,
        rome_day=formats.rome_day,
        spaced=formats.spaced,
    )
    return env
