"""Commands as JSON and back, so that one written by an earlier version is either read rightly or not at all."""

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, cast, get_args, get_origin, get_type_hints

from sportello.billing.commands import COMMANDS, Command


class Unreadable(ValueError):
    """What is kept is no command that this version knows. Says which part, never what stands in it."""


def encode(command: Command) -> dict[str, Any]:
    """The fields of a command: dates and numbers as text, records in it as objects."""
    return _encoded_fields(command)


def decode(name: str, kept: Any) -> Command:
    """The command of class ``name``. Raises Unreadable.

    A field that is not there takes its default, so that rows outlive a new field; one that this version does not know,
    or whose value is not of its type, is not guessed at.
    """
    if name not in COMMANDS:
        raise Unreadable("an unknown command")
    return cast(Command, _decoded_fields(COMMANDS[name], kept))


@cache
def secrets(name: str) -> frozenset[str]:
    """The fields of a command that nobody may see: those that its own repr leaves out."""
    return frozenset(each.name for each in fields(COMMANDS[name]) if not each.repr) if name in COMMANDS else frozenset()


def wiped(name: str, kept: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept of a command once its secrets are not needed any more; it can then not be sent again."""
    return {key: value for key, value in kept.items() if key not in secrets(name)}


def _encoded_fields(record: Any) -> dict[str, Any]:
    return {each.name: _encoded(getattr(record, each.name)) for each in fields(record)}


def _encoded(value: Any) -> Any:
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Sequence):
        return [_encoded(each) for each in value]
    if is_dataclass(value):
        return _encoded_fields(value)
    raise TypeError(f"no way to keep a {type(value).__name__}")


def _decoded_fields(kind: type, kept: Any) -> Any:
    if not isinstance(kept, dict):
        raise Unreadable(f"{kind.__name__} is no object")
    known = {each.name: each for each in fields(kind)}
    if not known.keys() >= kept.keys():
        raise Unreadable(f"{kind.__name__} has fields of another version")
    hints = get_type_hints(kind)
    return kind(**{
        name: _decoded(hints[name], kept[name], where=f"{kind.__name__}.{name}")
        for name, each in known.items()
        if name in kept or _is_required(each, kind)
    })  # fmt: skip


def _is_required(each: "Field[Any]", kind: type) -> bool:
    if each.default is MISSING and each.default_factory is MISSING:
        raise Unreadable(f"{kind.__name__}.{each.name} is missing")
    return False


def _decoded(hint: Any, kept: Any, *, where: str) -> Any:
    if get_origin(hint) is UnionType:
        (inner,) = (each for each in get_args(hint) if each is not NoneType)
        return None if kept is None else _decoded(inner, kept, where=where)
    if get_origin(hint) is Literal:
        return _word(get_args(hint), kept, where=where)
    if get_origin(hint) is not None:
        return _decoded_sequence(get_args(hint)[0], kept, where=where)
    if is_dataclass(hint):
        return _decoded_fields(cast(type, hint), kept)
    if type(kept) is hint:
        return kept
    if hint is Decimal:
        return _number(kept, where=where)
    if hint is date:
        return _day(kept, where=where)
    raise Unreadable(f"{where} is of another type")


def _decoded_sequence(hint: Any, kept: Any, *, where: str) -> tuple[Any, ...]:
    if not isinstance(kept, list):
        raise Unreadable(f"{where} is no list")
    return tuple(_decoded(hint, each, where=where) for each in kept)


def _word(words: Sequence[str], kept: Any, *, where: str) -> str:
    if kept not in words:
        raise Unreadable(f"{where} is no word that is known")
    return str(kept)


def _number(kept: Any, *, where: str) -> Decimal:
    try:
        number = Decimal(kept) if isinstance(kept, str) else Decimal("NaN")
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise Unreadable(f"{where} is no number")
    return number


def _day(kept: Any, *, where: str) -> date:
    try:
        return date.fromisoformat(kept)
    except (TypeError, ValueError):
        raise Unreadable(f"{where} is no date") from None
