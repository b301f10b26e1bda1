"""A command comes back from JSON as it was, or is not read at all."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sportello.billing.commands import COMMANDS, Command, PublishWebCode
from sportello.billing.records import Address, RegisterValue
from sportello.domain.ledger.encoding import Unreadable, decode, encode, secrets, wiped
from sportello.domain.ledger.tests import cast

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
numbers = st.decimals(allow_nan=False, allow_infinity=False)
st.register_type_strategy(RegisterValue, st.builds(RegisterValue, register=texts, value=numbers))
st.register_type_strategy(Address, st.builds(Address, **dict.fromkeys(get_type_hints(Address), texts)))


def fields(kind: type) -> dict[str, st.SearchStrategy[Any]]:
    """By the type of each field; tuples for sequences, for that is what comes back."""

    def strategy(hint: Any) -> st.SearchStrategy[Any]:
        if hint is str:
            return texts
        if hint is Decimal:
            return numbers
        if get_origin(hint) is UnionType:
            return st.one_of([strategy(each) for each in get_args(hint)])
        if get_origin(hint) is Sequence:
            return st.lists(strategy(get_args(hint)[0])).map(tuple)
        return st.from_type(hint)

    return {name: strategy(hint) for name, hint in get_type_hints(kind).items()}


@given(st.one_of([st.builds(kind, **fields(kind)) for kind in COMMANDS.values()]))
def test_every_command_comes_back_as_it_was(command: Command) -> None:
    kept = json.loads(json.dumps(encode(command)))
    again = decode(type(command).__name__, kept)
    assert again == command
    assert repr(again) == repr(command)  # 1.0 is not 1.00


def test_every_command_names_its_customer() -> None:
    assert all("customer_code" in get_type_hints(kind) for kind in COMMANDS.values())


def reading(**changes: Any) -> dict[str, Any]:
    kept = encode(cast.submit_reading(replaces="K0", approved=True)) | changes
    return {name: value for name, value in kept.items() if value is not ...}


def test_a_field_that_came_later_takes_its_default() -> None:
    command = decode("SubmitReading", reading(replaces=..., approved=...))
    assert command == cast.submit_reading()


@dataclass(frozen=True, slots=True, kw_only=True)
class Later:
    """A command as a later version might have it."""

    customer_code: str
    notes: Sequence[str] = field(default_factory=tuple)


def test_a_field_whose_default_is_made_takes_it_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(COMMANDS, "Later", Later)
    assert decode("Later", {"customer_code": "C1"}) == Later(customer_code="C1")


VALUE = {"register": "R", "value": "1"}
WRONG = [
    reading(supply_code=...),
    reading(supply_code=None),
    reading(supply_code=7),
    reading(since_when="x"),
    reading(read_on="yesterday"),
    reading(read_on=20261123),
    reading(read_on=None),
    reading(approved="yes"),
    reading(approved=1),
    reading(replaces=3),
    reading(values=None),
    reading(values="12"),
    reading(values={"R": "1"}),
    reading(values=["1"]),
    reading(values=[{}]),
    reading(values=[VALUE | {"unit": "m3"}]),
    *(reading(values=[VALUE | {"value": value}]) for value in (1, 1.5, None, "", "x", "NaN", "Infinity", [])),
    None,
    [],
    "x",
    3,
    {},
]


@pytest.mark.parametrize("kept", WRONG)
def test_what_is_of_another_shape_is_not_guessed_at(kept: Any) -> None:
    with pytest.raises(Unreadable) as error:
        decode("SubmitReading", kept)
    assert "yesterday" not in str(error.value)


DEBIT = encode(cast.request_direct_debit())


@pytest.mark.parametrize("scheme", ["", "CORE", "instant", None, 1, ["core"], {}])
def test_a_word_that_is_not_known_is_not_guessed_at(scheme: Any) -> None:
    assert decode("RequestDirectDebit", DEBIT)
    with pytest.raises(Unreadable):
        decode("RequestDirectDebit", DEBIT | {"scheme": scheme})


def test_an_address_in_a_command_is_whole_or_not_read() -> None:
    address = encode(cast.change_mailing_address())["address"]
    assert decode("ChangeMailingAddress", encode(cast.change_mailing_address())) == cast.change_mailing_address()
    for wrong in (None, "Via Roma 1", {}, address | {"street": 1}, address | {"floor": "2"}):
        with pytest.raises(Unreadable):
            decode("ChangeMailingAddress", encode(cast.change_mailing_address()) | {"address": wrong})


def test_a_command_of_another_version_is_not_known() -> None:
    with pytest.raises(Unreadable):
        decode("SendPigeon", {})


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | texts, lambda inner: st.lists(inner) | st.dictionaries(texts, inner)
)


@given(
    st.sampled_from(sorted(COMMANDS)), json_values, st.sampled_from(["", "values", "read_on", "approved", "web_code"])
)
def test_whatever_is_kept_it_is_a_command_or_unreadable(name: str, kept: Any, place: str) -> None:
    try:
        decode(name, reading(**{place: kept}) if place else kept)
    except Unreadable:
        pass


def test_secrets_are_what_no_repr_shows_and_go_at_the_end() -> None:
    command = PublishWebCode(customer_code="C1", web_code=cast.CODE, expires_on=date(2027, 5, 23))
    assert secrets("PublishWebCode") == {"web_code"}
    assert secrets("SubmitReading") == secrets("SendPigeon") == frozenset()
    assert secrets("RequestDirectDebit") == {"iban"}
    assert cast.IBAN not in str(wiped("RequestDirectDebit", DEBIT))
    assert cast.IBAN not in repr(cast.request_direct_debit())
    kept = wiped("PublishWebCode", encode(command))
    assert kept == {"customer_code": "C1", "expires_on": "2027-05-23"}
    with pytest.raises(Unreadable):
        decode("PublishWebCode", kept)
