"""Whatever a form, an import or the API sends, a code is taken or refused by ValidationError and nothing else."""

from collections.abc import Callable
from contextlib import suppress
from datetime import date
from types import ModuleType

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from stdnum.exceptions import ValidationError

from sportello.italy import cap, codice_fiscale, iban, partita_iva, pdr, pod
from sportello.italy.tests import cases

MODULES = [cap, codice_fiscale, iban, partita_iva, pdr, pod]
TODAY = date(2026, 3, 1)
QUESTIONS: list[Callable[[str], object]] = [
    codice_fiscale.is_personal,
    codice_fiscale.sex,
    codice_fiscale.place,
    codice_fiscale.warnings,
    lambda text: codice_fiscale.birth_date(text, today=TODAY),
    lambda text: codice_fiscale.fits_birth_date(text, TODAY),
    iban.abi,
    iban.cab,
    iban.bank_name,
    pod.key,
    pod.warnings,
    lambda text: pod.same(text, text),
]
OTHER_DIGITS = [
    "٠٠٧٤٣١١٠١٥٧",
    "００７４３１１０１５７",
    "RSSMRA８０A01F257G",
    "RSSMRA٨٠A01F257G",
    "IT60X٠٥٤٢٨11101000000123456",
    "IT⁶⁰X0542811101000000123456",
    "ＩＴ60X0542811101000000123456",
    "IT٠٠١E53464097",
    "IT001E5346409７",
    "००८८१४०७८१४७५३",
    "４１０３３",
    "𝟒𝟏𝟎𝟑𝟑",
    "4103³",
]
STRANGE = [
    "",
    " ",
    "\x00",
    "41033\x00",
    "\ud800",
    "0" * 1_000_000,
    "A" * 1_000_000,
    "IT60" + "Z" * 100_000,
    "٣" * 100_000,
]


def takes(module: ModuleType, text: str) -> bool:
    try:
        compact = module.validate(text)
    except ValidationError:
        return False
    assert module.validate(compact) == module.compact(text) == module.compact(compact) == compact
    assert compact.isascii()
    assert compact.isalnum()
    assert compact == compact.upper()
    return True


@pytest.mark.parametrize("module", MODULES)
@cases.thoroughly
@given(text=cases.texts)
def test_any_text_is_taken_as_one_compact_value_or_refused(module: ModuleType, text: str) -> None:
    assert takes(module, text) == module.is_valid(text)


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize("text", STRANGE, ids=range(len(STRANGE)))
def test_strange_texts_are_refused(module: ModuleType, text: str) -> None:
    assert not takes(module, text)


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize("text", OTHER_DIGITS)
def test_it_refuses_digits_and_letters_of_other_scripts(module: ModuleType, text: str) -> None:
    assert not takes(module, text)


@cases.thoroughly
@given(st.sampled_from(QUESTIONS), cases.texts)
@example(codice_fiscale.warnings, "RSSMRA80A01X999Z")
def test_any_question_about_any_text_is_answered_or_refused(question: Callable[[str], object], text: str) -> None:
    with suppress(ValidationError):
        question(text)


@pytest.mark.parametrize(("text", "module"), [("ıT001E53464097", pod), ("ſMRFTM88C55Z330L", codice_fiscale)])
def test_upper_case_makes_no_letter_of_what_is_none(text: str, module: ModuleType) -> None:
    assert not takes(module, text)
