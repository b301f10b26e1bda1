"""Nobody is kept out by a rare code (omocodia, foreign birth, a body's eleven digits), and no mistyped one gets in."""

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from stdnum.exceptions import InvalidChecksum, InvalidComponent, InvalidFormat, InvalidLength, ValidationError

from sportello.italy import codice_fiscale
from sportello.italy.tests import cases, oracle

TODAY = date(2026, 3, 1)
BODIES = ["00743110157", "90123450364"]
# code, Rossi and the others: born, sex, place
PEOPLE = [
    ("RSSMRA80A01F257G", date(1980, 1, 1), "M", "F257"),
    ("BNCGLI92T71H501W", date(1992, 12, 31), "F", "H501"),
    ("FOXLUX75L49F205U", date(1975, 7, 9), "F", "F205"),
    ("LMRFTM88C55Z330L", date(1988, 3, 15), "F", "Z330"),
    ("HUXWEI99E20Z210T", date(1999, 5, 20), "M", "Z210"),
    ("DLCGFR04B29C951L", date(2004, 2, 29), "M", "C951"),
    ("RSSMRA80A01F25TD", date(1980, 1, 1), "M", "F257"),
    ("RSSMRAULALMFNRTP", date(1980, 1, 1), "M", "F257"),
    ("BNCGLI92TTMHRLMY", date(1992, 12, 31), "F", "H501"),
]
CODES = [code for code, *_ in PEOPLE]


def with_control_letter(fifteen: str) -> str:
    return fifteen + oracle.control_letter(fifteen)


def with_control_digit(ten: str) -> str:
    return ten + oracle.control_digit(ten)


@pytest.mark.parametrize("code", CODES + BODIES)
def test_it_takes_people_and_bodies(code: str) -> None:
    assert codice_fiscale.validate(code) == code
    assert codice_fiscale.is_valid(code)


@pytest.mark.parametrize("written", ["rssmra80a01f257g", " RSS MRA 80A01 F257G\n", "RSS-MRA-80A01-F257.G"])
def test_it_reads_past_case_blanks_dots_and_dashes(written: str) -> None:
    assert codice_fiscale.validate(written) == "RSSMRA80A01F257G"


@pytest.mark.parametrize("code", ["RSSMRA80A01F257A", "RSSMRA80A01F257H", "00743110158"])
def test_it_refuses_a_wrong_check_character(code: str) -> None:
    with pytest.raises(InvalidChecksum):
        codice_fiscale.validate(code)


@pytest.mark.parametrize("code", ["RSSMRA8OA01F257G", "RSSMRA80AO1F257G", "RSSMRA80A01H5O1T"])
def test_it_refuses_a_letter_o_for_zero(code: str) -> None:
    with pytest.raises(InvalidFormat):
        codice_fiscale.validate(code)


@pytest.mark.parametrize("code", ["RSSMR180A01F257K", "RSSMRA80A01F2577", "0074311015A", "ＲSSMRA80A01F257G"])
def test_it_refuses_a_letter_for_a_digit_and_the_reverse(code: str) -> None:
    with pytest.raises(InvalidFormat):
        codice_fiscale.validate(code)


@pytest.mark.parametrize("code", ["", "RSSMRA80A01F25", "RSSMRA80A01F257GG", "0074311015", "007431101577"])
def test_it_refuses_another_length(code: str) -> None:
    with pytest.raises(InvalidLength):
        codice_fiscale.validate(code)


def test_it_refuses_a_month_that_no_letter_stands_for() -> None:
    with pytest.raises(InvalidComponent):
        codice_fiscale.validate("RSSMRA80F01F257X")


@pytest.mark.parametrize(
    "code",
    ["RSSMRA80A00F257H", "RSSMRA80B30F257J", "RSSMRA80A72F257S", "RSSMRA80A35F257W"]
    + [with_control_letter(f"RSSMRA{birth}F257") for birth in ("80A40", "80A81", "80A99", "81B29", "81B69", "80D31")],
)
def test_it_refuses_a_day_that_no_calendar_has(code: str) -> None:
    with pytest.raises(InvalidComponent):
        codice_fiscale.validate(code)


def test_it_takes_the_leap_day_of_2000() -> None:
    code = with_control_letter("RSSMRA00B29F257")
    assert codice_fiscale.birth_date(code, today=TODAY) == date(2000, 2, 29)


def test_it_refuses_a_body_without_serial_number() -> None:
    with pytest.raises(InvalidComponent):
        codice_fiscale.validate(with_control_digit("0000000036"))


@pytest.mark.parametrize("ten", ["1234567890", "1234567000", "1234567101", "1234567246", "1234567767"])
def test_it_refuses_eleven_digits_of_an_office_that_gives_no_codes(ten: str) -> None:
    with pytest.raises(InvalidComponent):
        codice_fiscale.validate(with_control_digit(ten))


@pytest.mark.parametrize("office", ["151", "245", "301", "766", "900", "950"])
def test_it_takes_a_provisional_code_and_says_so(office: str) -> None:
    code = with_control_digit(f"0123456{office}")
    assert codice_fiscale.validate(code) == code
    assert codice_fiscale.warnings(code) == [codice_fiscale.PROVISIONAL]


def test_only_sixteen_characters_are_personal() -> None:
    assert all(codice_fiscale.is_personal(code) for code in CODES)
    assert not any(codice_fiscale.is_personal(code) for code in [*BODIES, "RSSMRA80A01F257A", ""])


@pytest.mark.parametrize(("code", "born", "sex", "place"), PEOPLE)
def test_it_reads_birth_sex_and_place_through_omocodia(code: str, born: date, sex: str, place: str) -> None:
    assert codice_fiscale.birth_date(code, today=TODAY) == born
    assert codice_fiscale.fits_birth_date(code, born)
    assert codice_fiscale.sex(code) == sex
    assert codice_fiscale.place(code) == place


@pytest.mark.parametrize("ask", [codice_fiscale.sex, codice_fiscale.place])
@pytest.mark.parametrize("code", BODIES)
def test_it_asks_no_sex_nor_place_of_a_body(ask: Callable[[str], str], code: str) -> None:
    with pytest.raises(InvalidComponent):
        ask(code)


@pytest.mark.parametrize("code", BODIES)
def test_it_asks_no_birth_of_a_body(code: str) -> None:
    with pytest.raises(InvalidComponent):
        codice_fiscale.birth_date(code, today=TODAY)
    with pytest.raises(InvalidComponent):
        codice_fiscale.fits_birth_date(code, TODAY)


def test_nobody_is_born_after_today() -> None:
    code = with_control_letter("RSSMRA26C02F257")
    assert codice_fiscale.birth_date(code, today=date(2026, 3, 1)) == date(1926, 3, 2)
    assert codice_fiscale.birth_date(code, today=date(2026, 3, 2)) == date(2026, 3, 2)


def test_a_birth_that_fits_no_past_day_is_refused() -> None:
    with pytest.raises(InvalidComponent):
        codice_fiscale.birth_date(with_control_letter("RSSMRA00B29F257"), today=date(2000, 2, 28))


def test_a_centenarian_fits_her_birth_date() -> None:
    code = with_control_letter("BNCGLI15T71H501")
    assert codice_fiscale.fits_birth_date(code, date(1915, 12, 31))
    assert codice_fiscale.fits_birth_date(code, date(2015, 12, 31))
    assert not codice_fiscale.fits_birth_date(code, date(1915, 12, 30))


@pytest.mark.parametrize("code", CODES + BODIES)
def test_known_places_and_bodies_raise_no_doubt(code: str) -> None:
    assert codice_fiscale.warnings(code) == []


@pytest.mark.parametrize("fifteen", ["RSSMRA80A01X999", "RSSMRA80A01Z999", "RSSMRAULALMXVVV"])
def test_an_unknown_place_is_a_doubt_and_not_an_error(fifteen: str) -> None:
    code = with_control_letter(fifteen)
    assert codice_fiscale.is_valid(code)
    assert codice_fiscale.warnings(code) == [codice_fiscale.UNKNOWN_PLACE]


def test_it_has_no_doubts_about_what_it_refuses() -> None:
    with pytest.raises(ValidationError):
        codice_fiscale.warnings("RSSMRA80A01F257A")


@cases.thoroughly
@given(
    cases.nearly(
        st.one_of(
            cases.personal_codes(),
            cases.numeric_codes(oracle.VAT_OFFICES + oracle.PROVISIONAL_OFFICES),
            cases.digits(11),
        )
    )
)
def test_it_takes_what_the_description_takes(text: str) -> None:
    assert codice_fiscale.is_valid(text) == oracle.is_codice_fiscale(cases.as_read(text))


@cases.thoroughly
@given(st.text(oracle.DIGITS + oracle.LETTERS, min_size=15, max_size=15))
@example("RSSMRA80A81F257")
def test_a_right_check_letter_alone_is_not_enough(fifteen: str) -> None:
    code = with_control_letter(fifteen)
    assert codice_fiscale.is_valid(code) == oracle.is_codice_fiscale(code)


@cases.thoroughly
@given(cases.plain_personal_codes(), st.frozensets(st.sampled_from(oracle.DIGIT_PLACES)))
def test_omocodia_changes_nothing_that_a_code_says(code: str, places: frozenset[int]) -> None:
    other = cases.omocodia(code, places)
    assert codice_fiscale.birth_date(other, today=TODAY) == codice_fiscale.birth_date(code, today=TODAY) <= TODAY
    assert codice_fiscale.sex(other) == codice_fiscale.sex(code)
    assert codice_fiscale.place(other) == codice_fiscale.place(code)
