"""Every SEPA account is welcome, and no mistyped one reaches the bank."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.exceptions import InvalidChecksum, InvalidComponent, InvalidFormat, InvalidLength

from sportello.italy import iban
from sportello.italy.tests import cases, oracle

ITALIAN = [
    "IT60X0542811101000000123456",
    "IT37Y0538712900000001234567",
    "IT11K0200866710000104455667",
    "IT05T0760112900001012345678",
    "IT31N08930668500000CC123456",
]
SAN_MARINO = "SM86U0322509800000000270100"
GERMAN = "DE89370400440532013000"
# The registry's own examples. Montenegro and the others joined SEPA last; GB and CH are in it without the Union.
ABROAD = [
    GERMAN,
    "FR1420041010050500013M02606",
    "ES9121000418450200051332",
    "NL91ABNA0417164300",
    "PT50000201231234567890154",
    "MT84MALT011000012345MTLCAST001S",
    "NO9386011117947",
    "GB29NWBK60161331926819",
    "CH9300762011623852957",
    "VA59001123000012345678",
    "AL47212110090000000235698741",
    "MD24AG000225100013104168",
    "ME25505000012345678951",
    "MK07250120000058984",
    "RS35260005601001611379",
]


@pytest.mark.parametrize("number", [*ITALIAN, SAN_MARINO, *ABROAD])
def test_it_takes_every_sepa_country(number: str) -> None:
    assert iban.validate(number) == number
    assert type(iban.validate(number)) is str
    assert iban.is_valid(number)


@pytest.mark.parametrize(
    "written", ["IT60 X054 2811 1010 0000 0123 456", "it60x0542811101000000123456", "IT-60-X.05428.11101.000000123456"]
)
def test_it_reads_past_case_blanks_dots_and_dashes(written: str) -> None:
    assert iban.validate(written) == "IT60X0542811101000000123456"


@pytest.mark.parametrize("number", ["IT60X0542811101000000123457", "IT60X054281110100000012345O"])
def test_it_refuses_wrong_check_digits(number: str) -> None:
    with pytest.raises(InvalidChecksum):
        iban.validate(number)


def test_it_refuses_a_wrong_cin_behind_right_check_digits() -> None:
    with pytest.raises(InvalidChecksum):
        iban.validate("IT38A0538712900000001234567")


def test_it_refuses_a_wrong_cin_of_san_marino() -> None:
    bban = "V" + SAN_MARINO[5:]
    with pytest.raises(InvalidChecksum):
        iban.validate("SM" + oracle.iban_check_digits("SM", bban) + bban)


@pytest.mark.parametrize("check", ["00", "01", "99"])
def test_it_refuses_check_digits_that_are_never_given(check: str) -> None:
    assert not any(iban.is_valid(number[:2] + check + number[4:]) for number in [*ITALIAN, GERMAN])


@pytest.mark.parametrize("number", ["", "IT60X", "IT60X054281110100000012345", "IT60X05428111010000001234567"])
def test_it_refuses_another_length(number: str) -> None:
    with pytest.raises(InvalidLength):
        iban.validate(number)


@pytest.mark.parametrize(
    "number", ["X0542811101000000123456", "60X0542811101000000123456", "IT6OX0542811101000000123456"]
)
def test_it_refuses_an_account_without_country_or_check_digits(number: str) -> None:
    with pytest.raises(InvalidFormat):
        iban.validate(number)


def test_it_refuses_a_letter_in_the_bank_code() -> None:
    with pytest.raises(InvalidFormat):
        iban.validate("IT60X05428A1101000000123456")


def test_it_refuses_a_country_that_does_not_exist() -> None:
    with pytest.raises(InvalidComponent):
        iban.validate("XX60X0542811101000000123456")


@pytest.mark.parametrize(
    "number", ["BR1800360305000010009795493C1", "TR330006100519786457841326", "UA213223130000026007233566001"]
)
def test_it_refuses_a_country_outside_sepa(number: str) -> None:
    with pytest.raises(iban.OutsideSepa):
        iban.validate(number)


def test_sepa_is_forty_one_countries_and_gibraltar() -> None:
    def refused_as_outside(country: str) -> bool:
        try:
            iban.validate(country + "00" + "0" * 20)
        except InvalidComponent:
            return True
        except (InvalidLength, InvalidFormat, InvalidChecksum):
            return False
        return False

    pairs = [a + b for a in oracle.LETTERS for b in oracle.LETTERS]
    taken = {pair for pair in pairs if not refused_as_outside(pair)}
    assert taken == set(oracle.IBAN_LENGTHS)


@pytest.mark.parametrize(("number", "abi", "cab"), [(ITALIAN[0], "05428", "11101"), (SAN_MARINO, "03225", "09800")])
def test_it_reads_bank_and_branch(number: str, abi: str, cab: str) -> None:
    assert (iban.abi(number), iban.cab(number)) == (abi, cab)


@pytest.mark.parametrize("ask", [iban.abi, iban.cab])
def test_it_knows_no_italian_bank_code_abroad(ask: Callable[[str], str]) -> None:
    with pytest.raises(InvalidComponent):
        ask(GERMAN)


def test_it_names_the_bank() -> None:
    assert "UNICREDIT" in (iban.bank_name("IT11 K020 0866 7100 0010 4455 667") or "")
    assert iban.bank_name(GERMAN) == "Commerzbank"


def test_it_names_no_bank_that_it_does_not_know() -> None:
    account = "99999" + "11101" + "000000123456"
    bban = oracle.control_letter(account) + account
    assert iban.bank_name("IT" + oracle.iban_check_digits("IT", bban) + bban) is None


@cases.thoroughly
@given(cases.nearly(cases.italian_ibans()))
def test_it_takes_what_the_description_of_italian_accounts_takes(text: str) -> None:
    number = cases.as_read(text)
    accepted = iban.is_valid(text)
    assert accepted == oracle.is_italian_iban(number) or (accepted and number[:2] not in iban.ITALIAN_LAYOUT)


@cases.thoroughly
@given(cases.nearly(st.sampled_from(ABROAD)))
def test_it_takes_nothing_abroad_with_wrong_check_digits_or_length(text: str) -> None:
    assert not iban.is_valid(text) or oracle.may_be_iban(cases.as_read(text))
