"""The six letters of a tax code that come from a person's name (decree of 23 December 1976)."""

import unicodedata

from sportello.italy import codice_fiscale

VOWELS = frozenset("AEIOU")
# Letters of other alphabets that no accent can be taken from, as passports write them.
SPELT = str.maketrans({"Ø": "O", "Ł": "L", "Đ": "D", "ß": "SS", "ẞ": "SS", "Æ": "AE", "Œ": "OE", "Þ": "TH", "Ð": "D"})
OF_LAST_NAME, OF_FIRST_NAME = slice(0, 3), slice(3, 6)


def fits_name(code: str, last_name: str, first_name: str) -> bool:
    """Whether a personal code's first letters are those of this name; the code has been validated."""
    letters = codice_fiscale.compact(code)
    return letters[OF_LAST_NAME] == last_letters(last_name) and letters[OF_FIRST_NAME] == first_letters(first_name)


def last_letters(name: str) -> str:
    """Consonants, then vowels, then X: Rossi is RSS, Fo is FOX."""
    consonants, vowels = _sorted(name)
    return f"{consonants}{vowels}XXX"[:3]


def first_letters(name: str) -> str:
    """As of a last name; of four consonants or more the second is left out: Roberto is RRT."""
    consonants, vowels = _sorted(name)
    if len(consonants) > 3:
        consonants = consonants[0] + consonants[2:4]
    return f"{consonants}{vowels}XXX"[:3]


def _sorted(name: str) -> tuple[str, str]:
    plain = unicodedata.normalize("NFKD", name.upper().translate(SPELT))
    letters = [each for each in plain if "A" <= each <= "Z"]
    return "".join(each for each in letters if each not in VOWELS), "".join(each for each in letters if each in VOWELS)
