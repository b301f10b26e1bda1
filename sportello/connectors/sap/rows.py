"""Takes an answer apart into rows under our own names, and uses none of it where a row belongs to somebody else."""

from collections.abc import Mapping
from typing import Any

from sportello.billing.errors import ForeignRows
from sportello.connectors.sap.queries import Node, expansions
from sportello.connectors.sap.site import Site
from sportello.connectors.sap.values import Row, unreadable


def rows_of(answer: Any, *, node: Node, owner: str, site: Site) -> list[Row]:
    """The rows of a set. Each must name ``owner`` where its type has an owner at all, and what is expanded below it must
    agree with it in turn.

    Raises ``ForeignRows``, and ``Unavailable`` where the answer has not the shape that was asked for.
    """
    return [row_of(found, node=node, owner=owner, site=site) for found in _listed(answer, node.type)]


def row_of(answer: Any, *, node: Node, owner: str, site: Site) -> Row:
    """The one row of an answer, with what is expanded below it in lists and rows of their own."""
    if not isinstance(answer, Mapping):
        raise unreadable(node.type)
    row = {name: _given(answer, site.name(f"{node.type}.{name}")) for name in node.select}
    if node.owner and not same_code(row[node.owner], owner):
        raise ForeignRows(f"billing answered with a row of somebody else: {node.type}")
    for name, child in expansions(node, site=site):
        found = _given(answer, site.name(f"{node.type}.{name}"))
        below = row[child.owner] if child.owner else ""
        if child.many:
            row[name] = rows_of(found, node=child, owner=below, site=site)
        else:
            row[name] = None if found is None else row_of(found, node=child, owner=below, site=site)
    return row


def same_code(one: Any, other: Any) -> bool:
    """SAP pads numbers with zeros in some places and not in others."""
    return isinstance(one, str) and isinstance(other, str) and bare(one) == bare(other)


def bare(code: str) -> str:
    return (code.lstrip("0") or "0") if code.isascii() and code.isdigit() else code


def _given(answer: Mapping[str, Any], name: str) -> Any:
    if name not in answer:
        raise unreadable(f"{name} is missing")
    return answer[name]


def _listed(answer: Any, what: str) -> list[Any]:
    """OData V2 wraps a set in ``results``; a ``__next`` beside it says that this is not all."""
    if isinstance(answer, Mapping):
        if "__next" in answer:
            raise unreadable(f"only a part of {what}")
        answer = answer.get("results")
    if not isinstance(answer, list):
        raise unreadable(what)
    return answer
