"""Sets letters with typst as accessible PDFs that can be kept for good (PDF/UA-1, PDF/A-3a); for workers only.

One compiler a template is kept in the process: what it has learnt from one document makes the next one quick.
"""

import json
import re
import unicodedata
from collections.abc import Callable
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typst import Compiler

LETTERS = Path(__file__).parent / "letters"
LONGEST_WORD = 30  # characters; longer ones may be broken anywhere, or they would leave the page
LONG_WORD = re.compile(rf"\S{{{LONGEST_WORD + 1},}}")
BITS = re.compile(rf".{{1,{LONGEST_WORD // 2}}}")
JOINERS = "\u200c\u200d"  # invisible, but part of how words are written
_one_at_a_time = Lock()


def typeset(template: str, data: dict[str, Any]) -> bytes:
    """The PDF that ``letters/<template>.typ`` makes of ``data``; its texts may hold anything, they are never markup."""
    from typst import TypstError

    try:
        return _compile(template, json.dumps(_each_text(data, presentable)))
    except TypstError:
        # The fonts have each of the characters, but not what they become side by side.
        return _compile(template, json.dumps(_each_text(data, plain)))


def presentable(text: str) -> str:
    """``text`` as it can stand on paper: one line, every character of it in our fonts, no word wider than the page."""
    if not (text.isascii() and text.isprintable()):
        text = "".join(c if is_usual(c) or can_be_shown(c) else "?" for c in visible(text))
    return breakable(text)


def plain(text: str) -> str:
    """``text`` with nothing in it but what every font has."""
    return breakable("".join(c if is_usual(c) else "?" for c in visible(text)))


def visible(text: str) -> str:
    """Without what is not seen: control characters, marks that turn the direction, code points without a meaning."""
    text = unicodedata.normalize("NFC", " ".join(text.split()))
    return "".join(c for c in text if c in JOINERS or not unicodedata.category(c).startswith("C"))


def is_usual(character: str) -> bool:
    """In every one of our fonts: Western and Central European letters, and the signs that we write ourselves."""
    return " " <= character <= "~" or "\u00a0" <= character <= "\u017e" or character in "–—‘’“”•…€−×"


@lru_cache(maxsize=10_000)
def can_be_shown(character: str) -> bool:
    """Whether one of our fonts has this character; found out by trying."""
    from typst import TypstError

    try:
        _compile("character", character)
    except TypstError:
        return False
    return True


def breakable(text: str) -> str:
    if len(text) <= LONGEST_WORD:
        return text
    return LONG_WORD.sub(lambda word: "\u200b".join(BITS.findall(word[0])), text)


def _each_text(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {name: _each_text(item, change) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_each_text(item, change) for item in value]
    return value


def _compile(template: str, data: str) -> bytes:
    with _one_at_a_time:
        compiler = _compiler(template)
        content = compiler.compile(format="pdf", pdf_standards=["a-3a", "ua-1"], sys_inputs={"data": data})
    if not isinstance(content, bytes):
        raise TypeError("typst has given something else than one PDF")
    return content


@cache
def _compiler(template: str) -> "Compiler":
    from typst import Compiler, Fonts

    fonts = Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[_fonts_folder()])
    return Compiler(LETTERS / f"{template}.typ", root=LETTERS, font_paths=fonts, ignore_system_fonts=True)


def _fonts_folder() -> Path:
    spec = find_spec("bootstrap_italia_template")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("design-django-theme is not installed")
    return Path(spec.submodule_search_locations[0]) / "static" / "fonts" / "Titillium_Web"
