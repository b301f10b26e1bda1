"""All that Sportello calls by a name in SAP's service, so that a site's file can be held against it."""

from collections.abc import Iterator

from sportello.connectors.sap.looks import LOOKS
from sportello.connectors.sap.queries import ADDRESS_INFO, READS, Node, Query
from sportello.connectors.sap.writes import ADDRESS_REST, WRITES


def _of(node: Node) -> Iterator[str]:
    for name in (*node.select, *node.expand):
        yield f"{node.type}.{name}"
    for child in node.expand.values():
        yield from _of(child)


def _all() -> Iterator[str]:
    for query in (*READS, *LOOKS):
        yield query.entity_set
        if query.navigation:
            yield f"{query.entity}.{query.navigation}"
        if isinstance(query, Query):
            yield from _of(query.node)
    for write in WRITES:
        yield write.entity_set
        for name in (*write.keys, *write.properties, *([write.below] if write.below else [])):
            yield f"{write.entity}.{name}"
    for name in (*ADDRESS_INFO, *ADDRESS_REST):
        yield f"AddressInfo.{name}"


NAMES = frozenset(_all())
