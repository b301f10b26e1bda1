"""What could be a code of this billing at all; nothing else is asked of the database."""

LONGEST_CODE = 64


def askable(code: str, *, longest: int = LONGEST_CODE) -> bool:
    """Whether ``code`` could stand in the database at all: no NUL, no half of a character, not longer than a code."""
    return len(code) <= longest and code.isprintable()
