from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import example, given
from hypothesis import strategies as st

from sportello.domain.activities.kinds.self_reading import forms, wording
from sportello.domain.activities.kinds.self_reading.forms import ReadingForm, error_of, number_in
from sportello.domain.activities.kinds.self_reading.judging import KEPT, UNUSUAL, Problem
from sportello.domain.activities.kinds.self_reading.sheets import sheet_of
from sportello.domain.activities.kinds.self_reading.tests.cast import TODAY, form, gas, photo
from tests.factories import account, customer, meter, supply

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("1234", 1234),
        (" 1 234 ", 1234),
        ("01234", 1234),
        ("１２３４", 1234),
        ("1\u00a0234", 1234),
        ("", None),
        ("  ", None),
    ],
)
def test_digits_however_they_are_typed(typed, value):
    assert number_in(typed) == (None if value is None else Decimal(value))


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("12a4", "not_a_number"), ("abc", "not_a_number"), ("1e5", "not_a_number"), ("NaN", "not_a_number"), ("0x10", "not_a_number"),
        ("<script>", "not_a_number"), ("=1+1", "not_a_number"), ("--5", "not_a_number"), ("٣", "not_a_number"),
        ("-5", "negative"), ("−5", "negative"), ("-5,2", "negative"),
        ("1234,5", "decimals"), ("1234.5", "decimals"), ("1.234", "decimals"), ("1,234.5", "decimals"), ("+12", "decimals"),
    ],
)  # fmt: skip
def test_what_is_not_digits_is_told_beside_its_dial_and_kept(typed, code):
    with pytest.raises(ValidationError) as caught:
        number_in(typed)
    assert caught.value.code == code
    filled = form(gas(), typed)
    assert not filled.is_valid() and list(filled.errors) == ["value_R-total"]
    assert filled["value_R-total"].value() == typed


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"read_on": "31/02/2026"}, "read_on"), ({"read_on": ""}, "read_on"), ({"read_on": "ieri"}, "read_on"),
        ({"read_on": "2026-11-25"}, "read_on"), ({"read_on": "31/10/2026"}, "read_on"), ({"read_on": "01/01/0001"}, "read_on"),
        ({"value_R-total": ""}, "value_R-total"), ({"value_R-total": "999999"}, "value_R-total"),
        ({"value_R-total": "1" * 13}, "value_R-total"), ({"value_R-total": "1" * 500}, "value_R-total"),
        ({"value_R-corrected": "12"}, "__all__"), ({"meter": "another"}, "__all__"), ({"note": "x" * 1001}, "note"),
    ],
)  # fmt: skip
def test_each_mistake_is_told_where_it_was_made(data, field):
    filled = form(gas(), 1100, **data)
    assert not filled.is_valid()
    assert list(filled.errors) == [field]
    assert not filled.needs_confirmation


@pytest.mark.parametrize("typed", ["24/11/2026", "2026-11-24", "24.11.2026", "24-11-2026", "24/11/26"])
def test_days_as_people_and_browsers_write_them(typed):
    filled = form(gas(), 1100, read_on=typed)
    assert filled.is_valid() and filled.cleaned_data["read_on"] == TODAY


def test_all_that_is_wrong_is_told_at_once():
    filled = form(gas(), "12,5", read_on="2027-01-01")
    assert not filled.is_valid() and set(filled.errors) == {"read_on", "value_R-total"}


def test_a_second_dial_is_judged_though_the_first_cannot_be_read():
    of = supply(account(customer()), annual_consumption=None)
    meter(of, kind="with_corrector")
    filled = form(of, {"R-total": "x", "R-corrected": ""})
    assert not filled.is_valid() and set(filled.errors) == {"value_R-total", "value_R-corrected"}


def test_nothing_unusual_needs_no_confirmation():
    filled = form(gas(), 1100)
    assert filled.is_valid() and not filled.needs_confirmation and filled.warnings == []
    assert filled.judgement.verdict == "accepted"


def test_a_confirmation_is_for_these_very_values():
    of = gas()
    asked = form(of, 1300)
    assert asked.is_valid() and asked.needs_confirmation
    assert [warned.code for warned in asked.warnings] == ["high"]
    again = form(of, 1300, confirmed=asked.digest)
    assert again.is_valid() and not again.needs_confirmation
    for other in (
        form(of, 1301, confirmed=asked.digest),
        form(of, 1300, read_on="2026-11-23", confirmed=asked.digest),
        form(of, 1300, confirmed="yes"),
        form(gas("C2"), 1300, confirmed=asked.digest),
    ):
        assert other.is_valid() and other.needs_confirmation


def test_forms_of_several_supplies_stand_on_one_page():
    sheets = [sheet_of(gas(code), today=TODAY) for code in ("C1", "C2")]
    data = {"a-read_on": "2026-11-24", "a-value_R-total": "1100", "b-read_on": "2026-11-24", "b-value_R-total": "x"}
    first, second = (
        ReadingForm(sheet, data, today=TODAY, prefix=prefix) for sheet, prefix in zip(sheets, "ab", strict=True)
    )
    assert first.is_valid() and not second.is_valid()


def test_a_photo_is_judged_by_its_content():
    good = form(gas(), 1100, files={"photo": photo("meter.svg")})
    assert good.is_valid() and good.cleaned_data["photo"].media_type == "image/jpeg"
    svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>"
    of = gas("C2")
    for content in (svg, b"", b"%PDF-1.7", b"\xff\xd8\xff broken"):
        bad = form(of, 1100, files={"photo": SimpleUploadedFile("meter.jpg", content, "image/jpeg")})
        assert not bad.is_valid() and list(bad.errors) == ["photo"]


def test_every_code_has_its_words():
    assert set(wording.WARNINGS) == {*KEPT, *UNUSUAL, "replaces"} == set(wording.REASONS) - {"by_hand"}
    for code in wording.PROBLEMS:
        problem = Problem(code, {"day": TODAY, "serial": "SER1", "digits": 5})
        assert "%(" not in error_of(problem).messages[0]


def test_what_a_note_holds_stays_text():
    filled = form(gas(), 1100, note="{{ 7*7 }} <b>{name}</b>")
    assert filled.is_valid() and filled.cleaned_data["note"] == "{{ 7*7 }} <b>{name}</b>"


@given(typed=st.text(max_size=60) | st.from_regex(r"[-+0-9., ]{0,40}", fullmatch=True))
@example(typed="²")
@example(typed="1\x002")
def test_whatever_is_typed_is_digits_or_told(typed):
    try:
        value = number_in(typed)
    except ValidationError as error:
        assert error.messages
    else:
        assert value is None or (value >= 0 and value == int(value))


def test_a_photo_is_not_looked_at_while_something_else_is_wrong(monkeypatch):
    monkeypatch.setattr(forms, "checked", lambda upload: pytest.fail("looked at"))
    assert list(form(gas(), "x", files={"photo": photo()}).errors) == ["value_R-total"]
