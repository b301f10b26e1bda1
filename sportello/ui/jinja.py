"""The environment in which every page is rendered."""

from functools import lru_cache
from typing import Any

from django.conf import settings
from django.templatetags.static import static
from django.utils.translation import gettext, ngettext, pgettext
from jinja2 import Environment, StrictUndefined

from sportello.ui import formats
from sportello.ui.assets import icon
from sportello.ui.company import company
from sportello.ui.fields import choices_of, field_groups, field_kind, input_attributes, is_chosen, typed_day
from sportello.ui.links import query, url
from sportello.ui.notices import messages_of
from sportello.ui.wording import LanguageEnvironment, Languages, counting, filled


def environment(**options: Any) -> Languages:
    """Strict: a name that a page does not have is an error, not an empty place."""
    options |= {"undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True, "auto_reload": False}
    return Languages(lambda language: in_language(language, options))


def in_language(language: str, options: dict[str, Any]) -> Environment:
    env = LanguageEnvironment(**options, extensions=["jinja2.ext.i18n"])
    env.language = language
    env.install_gettext_callables(gettext, ngettext, newstyle=True, pgettext=pgettext)  # type: ignore[attr-defined]
    env.globals.update(
        static=static,
        url=url,
        query=query,
        icon=icon,
        company=company,
        languages=settings.LANGUAGES,
        messages_of=messages_of,
        choices_of=choices_of,
        field_groups=field_groups,
        field_kind=field_kind,
        input_attributes=input_attributes,
        is_chosen=is_chosen,
        typed_day=typed_day,
        remembered=lru_cache(maxsize=500),
    )
    written = formats.ITALIAN if language == "it" else formats.ENGLISH
    env.filters.update(
        money=written.money,
        number=written.number,
        price=written.price,
        day=formats.day,
        weekday=formats.weekday,
        clock=formats.clock,
        rome_day=formats.rome_day,
        spaced=formats.spaced,
        url=url,
        filled=filled,
        counted=counting(language),
    )
    return env
