"""A POD is taken as bills print it, and two writings of one point are the same point."""

import pytest
from hypothesis import given
from stdnum.exceptions import InvalidFormat, InvalidLength, ValidationError

from sportello.italy import pod
from sportello.italy.tests import cases, oracle

VALID = ["IT001E00000001", "IT001E53464097", "IT002E5386834A", "IT012E123456789", "IT221E00011223"]


@pytest.mark.parametrize("number", VALID)
def test_it_takes_fourteen_or_fifteen_characters(number: str) -> None:
    assert pod.validate(number) == number
    assert pod.is_valid(number)


@pytest.mark.parametrize("written", ["it001e 1234 5678", "IT-001-E-12345678", " IT.001.E.12345678 "])
def test_it_reads_past_case_blanks_dots_and_dashes(written: str) -> None:
    assert pod.validate(written) == "IT001E12345678"


@pytest.mark.parametrize(
    "number", ["IT001F12345678", "IT01E123456789", "FR001E12345678", "IT012X12345678", "IT00IE12345678"]
)
def test_it_refuses_another_shape(number: str) -> None:
    with pytest.raises(InvalidFormat):
        pod.validate(number)


@pytest.mark.parametrize("number", ["", "IT001E1234567", "IT001E1234567890"])
def test_it_refuses_another_length(number: str) -> None:
    with pytest.raises(InvalidLength):
        pod.validate(number)


@pytest.mark.parametrize("number", ["00881407814753", "IT00881407814753"])
def test_it_refuses_a_pdr(number: str) -> None:
    with pytest.raises(ValidationError):
        pod.validate(number)


def test_it_keeps_the_control_character() -> None:
    assert pod.compact("IT012E12345678 9") == "IT012E123456789"


def test_it_is_the_same_point_with_and_without_the_control_character() -> None:
    assert pod.same("IT012E123456789", "it012e 1234 5678")
    assert pod.same("IT012E123456789", "IT012E12345678X")
    assert pod.key("IT012E123456789") == "IT012E12345678"


@pytest.mark.parametrize("other", ["IT012E12345679", "IT012F12345678", "", "IT012E1234567"])
def test_it_is_another_point(other: str) -> None:
    assert not pod.same("IT012E12345678", other)
    assert not pod.same(other, "IT012E12345678")


def test_what_is_no_pod_is_the_same_as_nothing() -> None:
    assert not pod.same("", "")
    with pytest.raises(ValidationError):
        pod.key("")


@pytest.mark.parametrize("number", ["IT001E53464097", "IT002E5386834A", "IT012E12345678X"])
def test_it_has_no_doubt(number: str) -> None:
    assert pod.warnings(number) == []


def test_it_doubts_a_letter_outside_rome() -> None:
    assert pod.warnings("IT001E5386834A") == [pod.LETTER_IN_BLOCK]


def test_it_doubts_a_distributor_that_it_does_not_know() -> None:
    assert pod.warnings("IT221E00011223") == [pod.UNKNOWN_DISTRIBUTOR]
    assert pod.warnings("IT221E0001122A") == [pod.LETTER_IN_BLOCK, pod.UNKNOWN_DISTRIBUTOR]


def test_a_company_may_know_other_distributors() -> None:
    assert pod.warnings("IT221E00011223", distributors={"221": "Comune"}) == []


@cases.thoroughly
@given(cases.nearly(cases.pods()))
def test_it_takes_what_the_description_takes(text: str) -> None:
    assert pod.is_valid(text) == oracle.is_pod(cases.as_read(text))
