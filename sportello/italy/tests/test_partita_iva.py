"""A business is stored under a number that the tax office can have given, and under no other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.exceptions import InvalidChecksum, InvalidComponent, InvalidFormat, InvalidLength

from sportello.italy import partita_iva
from sportello.italy.tests import cases, oracle

VALID = ["00743110157", "01523600128", "00489520122", "09633951000", "06555020962"]


@pytest.mark.parametrize("number", VALID)
def test_it_takes_eleven_digits(number: str) -> None:
    assert partita_iva.validate(number) == number
    assert partita_iva.is_valid(number)


@pytest.mark.parametrize("written", ["IT01302360365", "it 01302360365", "013.0236.0365", " 0130-2360-365\t"])
def test_it_reads_past_the_country_case_blanks_dots_and_dashes(written: str) -> None:
    assert partita_iva.validate(written) == "01302360365"


def test_it_refuses_a_wrong_check_digit() -> None:
    with pytest.raises(InvalidChecksum):
        partita_iva.validate("00743110158")


@pytest.mark.parametrize("number", ["12345678903", "12345670009"])
def test_it_refuses_an_office_that_gives_no_numbers(number: str) -> None:
    with pytest.raises(InvalidComponent):
        partita_iva.validate(number)


def test_it_refuses_an_office_that_gave_only_provisional_tax_codes() -> None:
    ten = "1234567301"
    with pytest.raises(InvalidComponent):
        partita_iva.validate(ten + oracle.control_digit(ten))


@pytest.mark.parametrize("number", ["00000000000", "00000000018"])
def test_it_refuses_no_serial_number(number: str) -> None:
    with pytest.raises(InvalidComponent):
        partita_iva.validate(number)


@pytest.mark.parametrize("number", ["", "0074311015", "00743110157000", "IT0130236036"])
def test_it_refuses_another_length(number: str) -> None:
    with pytest.raises(InvalidLength):
        partita_iva.validate(number)


@pytest.mark.parametrize("number", ["1234567890A", "DE136695976", "ITIT01302360365", "IT", "００７４３１１０１５７"])
def test_it_refuses_anything_but_digits(number: str) -> None:
    with pytest.raises(InvalidFormat):
        partita_iva.validate(number)


def test_it_refuses_a_spreadsheet_number_whose_decimals_stand_in_for_lost_zeros() -> None:
    with pytest.raises(InvalidFormat):
        partita_iva.validate("1000000100.0")
    with pytest.raises(InvalidFormat):
        partita_iva.validate("743110157.00")


@cases.thoroughly
@given(cases.nearly(st.one_of(cases.numeric_codes(), cases.digits(11))))
def test_it_takes_what_the_description_takes(text: str) -> None:
    assert partita_iva.is_valid(text) == oracle.is_partita_iva(cases.as_read(text))
