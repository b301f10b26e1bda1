"""A PDR is fourteen digits, and neither a POD nor what a spreadsheet leaves of one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.exceptions import InvalidComponent, InvalidFormat, InvalidLength

from sportello.italy import pdr, pod
from sportello.italy.tests import cases, oracle


@pytest.mark.parametrize("number", ["00881407814753", "03081000251234", "15613000123456"])
def test_it_takes_fourteen_digits(number: str) -> None:
    assert pdr.validate(number) == number
    assert pdr.is_valid(number)


@pytest.mark.parametrize(
    "written", ["0594 2000 1234 56", "IT05942000123456", "it 0594.2000.1234.56", "0594-2000-123456"]
)
def test_it_reads_past_the_country_case_blanks_dots_and_dashes(written: str) -> None:
    assert pdr.validate(written) == "05942000123456"


@pytest.mark.parametrize("number", ["", "0088140781475", "008814078147530", "881407814753"])
def test_it_refuses_another_length_and_fills_in_no_zeros(number: str) -> None:
    with pytest.raises(InvalidLength):
        pdr.validate(number)


@pytest.mark.parametrize("number", ["0088140781475A", "8.81408E+11", "٠٠٨٨١٤٠٧٨١٤٧٥٣", "００８８１４０７８１４７５３"])
def test_it_refuses_anything_but_digits(number: str) -> None:
    with pytest.raises(InvalidFormat):
        pdr.validate(number)


@pytest.mark.parametrize("number", ["3081000251234.0", "881407814753.00"])
def test_it_refuses_a_spreadsheet_number_whose_decimals_stand_in_for_lost_zeros(number: str) -> None:
    with pytest.raises(InvalidFormat):
        pdr.validate(number)


@pytest.mark.parametrize("number", ["00000000000000", "IT 00000000000000"])
def test_it_refuses_all_zeros(number: str) -> None:
    with pytest.raises(InvalidComponent):
        pdr.validate(number)


@pytest.mark.parametrize("number", ["IT001E53464097", "IT002E5386834A", "IT012E123456789"])
def test_it_refuses_a_pod_and_leaves_it_whole(number: str) -> None:
    with pytest.raises(InvalidFormat):
        pdr.validate(number)
    assert pdr.compact(number) == number


@cases.thoroughly
@given(cases.nearly(cases.digits(14)))
def test_it_takes_what_the_description_takes(text: str) -> None:
    assert pdr.is_valid(text) == oracle.is_pdr(cases.as_read(text))


@cases.thoroughly
@given(cases.nearly(st.one_of(cases.pods(), cases.digits(14))))
def test_nothing_is_both_a_pod_and_a_pdr(text: str) -> None:
    assert not (pod.is_valid(text) and pdr.is_valid(text))
