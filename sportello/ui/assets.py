"""Fonts and icons, taken from the package that carries them; nothing of it is copied into the project."""

import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from markupsafe import Markup


def theme_folder() -> Path:
    """The static folder of Designers Italia's theme package, found without importing it."""
    spec = find_spec("bootstrap_italia_template")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("design-django-theme is not installed")
    return Path(spec.submodule_search_locations[0]) / "static"


def fonts_folder() -> Path:
    return theme_folder() / "fonts" / "Titillium_Web"


@cache
def icon(name: str) -> Markup:
    """The drawing of an icon of Designers Italia's set ("it-check"), to stand in a page; hidden from screen readers.

    Raises KeyError for a name that the set does not have.
    """
    symbol = _symbols()[name]
    return Markup('<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">{}</svg>').format(symbol)


@cache
def _symbols() -> dict[str, Markup]:
    sprites = (theme_folder() / "svg" / "sprites.svg").read_text()
    found = re.findall(r'<symbol id="([^"]+)"[^>]*>(.*?)</symbol>', sprites, re.DOTALL)
    return {name: Markup(drawing) for name, drawing in found}  # noqa: S704 (a package's file, not a person's text)
