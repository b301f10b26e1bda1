"""The codes' rules written a second time, from their descriptions and without the product's libraries and modules."""

DIGITS = "0123456789"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ODD_VALUES = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23)
# In odd places 0-9 count as A-J do.
ODD = dict(zip(LETTERS, ODD_VALUES, strict=True)) | dict(zip(DIGITS, ODD_VALUES[:10], strict=True))
OMOCODIA = "LMNPQRSTUV"
DIGIT_PLACES = (6, 7, 9, 10, 12, 13, 14)
MONTHS = "ABCDEHLMPRST"
DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
VAT_OFFICES = (*range(1, 101), 120, 121, 888, 999)
PROVISIONAL_OFFICES = (*range(151, 246), *range(301, 767), *range(900, 951))

# Lengths of the IBAN in the 41 countries of SEPA and Gibraltar.
COUNTRIES_BY_IBAN_LENGTH = {
    15: ("NO",),
    16: ("BE",),
    18: ("DK", "FI", "NL"),
    19: ("MK", "SI"),
    20: ("AT", "EE", "LT", "LU"),
    21: ("CH", "HR", "LI", "LV"),
    22: ("BG", "DE", "GB", "IE", "ME", "RS", "VA"),
    23: ("GI",),
    24: ("AD", "CZ", "ES", "MD", "RO", "SE", "SK"),
    25: ("PT",),
    26: ("IS",),
    27: ("FR", "GR", "IT", "MC", "SM"),
    28: ("AL", "CY", "HU", "PL"),
    31: ("MT",),
}
IBAN_LENGTHS = {country: length for length, countries in COUNTRIES_BY_IBAN_LENGTH.items() for country in countries}


def all_in(text: str, alphabet: str) -> bool:
    return all(character in alphabet for character in text)


def control_letter(text: str) -> str:
    """Odd places, from the first, by the table; even ones count 0-9 and A-Z as 0-9 and 0-25; the sum modulo 26."""
    total = 0
    for position, character in enumerate(text, start=1):
        if position % 2:
            total += ODD[character]
        else:
            total += DIGITS.index(character) if character in DIGITS else LETTERS.index(character)
    return LETTERS[total % 26]


def control_digit(ten_digits: str) -> str:
    """X is the sum of the odd places, Y of the doubled even ones less 9 where over 9: what fills X + Y up to a ten."""
    x = sum(int(digit) for digit in ten_digits[0::2])
    y = sum(2 * int(digit) - (9 if int(digit) > 4 else 0) for digit in ten_digits[1::2])
    return str((10 - (x + y) % 10) % 10)


def is_partita_iva(text: str) -> bool:
    return _is_numeric(text, VAT_OFFICES)


def is_codice_fiscale(text: str) -> bool:
    return _is_personal(text) or _is_numeric(text, VAT_OFFICES + PROVISIONAL_OFFICES)


def _is_numeric(text: str, offices: tuple[int, ...]) -> bool:
    return (
        len(text) == 11
        and all_in(text, DIGITS)
        and text[:7] != "0000000"
        and int(text[7:10]) in offices
        and control_digit(text[:10]) == text[10]
    )


def _is_personal(text: str) -> bool:
    if len(text) != 16 or not all_in(text, DIGITS + LETTERS):
        return False
    letters = "".join(character for place, character in enumerate(text) if place not in DIGIT_PLACES)
    digits = "".join(text[place] for place in DIGIT_PLACES)
    if not (all_in(letters, LETTERS) and all_in(digits, DIGITS + OMOCODIA)):
        return False
    return _is_birth(as_digits(text[6:8]), text[8], as_digits(text[9:11])) and control_letter(text[:15]) == text[15]


def as_digits(text: str) -> int:
    return int("".join(DIGITS[OMOCODIA.index(c)] if c in OMOCODIA else c for c in text))


def _is_birth(year: int, month: str, day: int) -> bool:
    if month not in MONTHS or not (1 <= day <= 31 or 41 <= day <= 71):
        return False
    day_of_month = day - 40 if day > 40 else day
    if month == "B" and day_of_month == 29:
        return year % 4 == 0
    return day_of_month <= DAYS[MONTHS.index(month)]


def iban_check_digits(country: str, bban: str) -> str:
    """Letters become 10-35, the country and 00 go to the end; 98 less the remainder of that number by 97."""
    return f"{98 - _remainder_97(bban + country + '00'):02}"


def _remainder_97(text: str) -> int:
    remainder = 0
    for character in text:
        for digit in str((DIGITS + LETTERS).index(character)):
            remainder = (remainder * 10 + int(digit)) % 97
    return remainder


def may_be_iban(text: str) -> bool:
    """Length and check digits only: each country's structure is in the bank's registry and not written twice."""
    country, check, bban = text[:2], text[2:4], text[4:]
    return (
        IBAN_LENGTHS.get(country) == len(text)
        and all_in(check, DIGITS)
        and all_in(bban, DIGITS + LETTERS)
        and check == iban_check_digits(country, bban)
    )


def is_italian_iban(text: str) -> bool:
    return (
        text[:2] in ("IT", "SM")
        and may_be_iban(text)
        and text[4] in LETTERS
        and all_in(text[5:15], DIGITS)
        and control_letter(text[5:]) == text[4]
    )


def is_pod(text: str) -> bool:
    return (
        len(text) in (14, 15)
        and text[:2] == "IT"
        and all_in(text[2:5], DIGITS)
        and text[5] == "E"
        and all_in(text[6:], DIGITS + LETTERS)
    )


def is_pdr(text: str) -> bool:
    return len(text) == 14 and all_in(text, DIGITS) and text.strip("0") != ""


def is_cap(text: str) -> bool:
    return len(text) == 5 and all_in(text, DIGITS) and 10 <= int(text) <= 98168


def compact(text: str) -> str:
    """Without what people write between the parts of a code, in capitals; a number with decimals stays one."""
    whole, dot, decimals = text.strip().partition(".")
    if dot and decimals and not decimals.strip("0") and whole and all_in(whole, DIGITS):
        return text.strip()
    kept = "".join(c for c in text if c not in "\n\u00a0–.- ")
    return "".join(c.upper() if c in LETTERS.lower() else c for c in kept)


def is_telephone(text: str) -> bool:
    """Of a compact text: Italian lines 0 and 5-10 digits, mobiles 3 and 8-9 digits, abroad + and 8-15 digits."""
    number = "".join(c for c in text if c not in "/()")
    number = "+" + number[2:] if number.startswith("00") else number
    abroad = number.startswith("+") and not number.startswith("+39")
    line = number[3:] if number.startswith("+39") else number.removeprefix("+")
    if not line or not all_in(line, DIGITS):
        return False
    if abroad:
        return 8 <= len(line) <= 15 and line[0] != "0"
    return (line[0] == "0" and 6 <= len(line) <= 11) or (line[0] == "3" and 9 <= len(line) <= 10)


def is_sdi_code(text: str) -> bool:
    return len(text) in (6, 7) and all_in(text, DIGITS + LETTERS) and text != "000000"


EMAIL_SIGNS = "!#$%&'*+/=?^_`{|}~-"


def is_email(text: str) -> bool:
    """Parts that are joined by single dots, or anything printable in quotes, and a domain of two labels or more."""
    local, at, domain = text.rpartition("@")
    labels = domain.split(".")
    return (
        bool(at)
        and (_is_quoted(local) or all(part and all(_is_of_word(c) for c in part) for part in local.split(".")))
        and len(labels) > 1
        and all(_is_label(label) for label in labels)
        and not all_in(labels[-1], DIGITS)
    )


def _is_of_word(character: str) -> bool:
    return character in EMAIL_SIGNS or character.isalnum()


def _is_quoted(local: str) -> bool:
    inner = local[1:-1]
    return len(local) > 1 and local[0] == local[-1] == '"' and all(" " <= c <= "~" and c not in '"\\' for c in inner)


def _is_label(label: str) -> bool:
    edges = bool(label) and label[0] != "-" and label[-1] != "-"
    return edges and label[2:4] != "--" and all(c == "-" or c.isalnum() for c in label)
