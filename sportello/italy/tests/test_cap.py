"""A CAP is five digits that the post office can have given."""

import pytest
from hypothesis import given
from stdnum.exceptions import InvalidComponent, InvalidFormat, InvalidLength

from sportello.italy import cap
from sportello.italy.tests import cases, oracle


@pytest.mark.parametrize("number", ["41033", "00186", "20121", "90133", "98168", "00010"])
def test_it_takes_five_digits(number: str) -> None:
    assert cap.validate(number) == number
    assert cap.is_valid(number)


def test_it_reads_past_blanks() -> None:
    assert cap.validate(" 41033\u00a0") == "41033"


@pytest.mark.parametrize("number", ["", "4103", "410333", "186"])
def test_it_refuses_another_length_and_fills_in_no_zeros(number: str) -> None:
    with pytest.raises(InvalidLength):
        cap.validate(number)


@pytest.mark.parametrize("number", ["4103A", "I-41033", "٤١٠٣٣", "４１０３３", "1010.0"])
def test_it_refuses_anything_but_digits(number: str) -> None:
    with pytest.raises(InvalidFormat):
        cap.validate(number)


@pytest.mark.parametrize("number", ["00000", "00009", "98169", "99999"])
def test_it_refuses_what_is_out_of_range(number: str) -> None:
    with pytest.raises(InvalidComponent):
        cap.validate(number)


@cases.thoroughly
@given(cases.nearly(cases.digits(5)))
def test_it_takes_what_the_description_takes(text: str) -> None:
    assert cap.is_valid(text) == oracle.is_cap(cases.as_read(text))
