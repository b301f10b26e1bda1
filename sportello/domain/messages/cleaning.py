"""Takes out of a value what could break a header, end a line where it must not, or turn the reading order round."""

import re
import unicodedata

# Embeddings, overrides and isolates of direction: with them a text shows other than it reads.
_DIRECTION = re.compile("[\u202a-\u202e\u2066-\u2069]")
_LINE_ENDS = re.compile("\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_EMPTY_LINES = re.compile("\n{3,}")
_SPACES = re.compile(" {2,}")


def one_line(value: str, *, most: int | None = None) -> str:
    """``value`` on one line, without control characters, cut after ``most`` characters."""
    clean = value
    if not value.isprintable():  # nothing that is printable is to be taken out
        clean = "".join(_kept(character) for character in _DIRECTION.sub("", value))
    clean = _SPACES.sub(" ", clean).strip(" ")
    if most is not None and len(clean) > most:
        return clean[: most - 1].rstrip() + "…"
    return clean


def paragraphs(value: str) -> str:
    """``value`` as lines, an empty one between two paragraphs; each line clean as ``one_line`` makes it."""
    lines = [one_line(line) for line in _LINE_ENDS.split(value)]
    return _EMPTY_LINES.sub("\n\n", "\n".join(lines)).strip("\n")


def has_controls(value: str) -> bool:
    return any(unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") for character in value)


def _kept(character: str) -> str:
    category = unicodedata.category(character)
    if category in ("Cc", "Zl", "Zp"):  # every kind of line end is among them
        return " "
    return "" if category == "Cs" else character
