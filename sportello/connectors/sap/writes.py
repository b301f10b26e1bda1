"""Every change that is ever asked of SAP, as data, so that a test can hold each against the service's metadata."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sportello.connectors.sap.site import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """A row that is created in ``entity_set``, and further ones of the same type with it by navigation ``below``."""

    entity_set: str
    entity: str
    properties: tuple[str, ...]
    below: str


METER_READING = Write(
    entity_set="MeterReadingResults",
    entity="MeterReadingResult",
    properties=("DeviceID", "RegisterID", "ReadingResult", "ReadingDateTime"),
    below="DependentMeterReadingResults",
)
WRITES = (METER_READING,)


def target(write: Write, *, site: Site) -> str:
    """What stands after the service's own path."""
    return site.name(write.entity_set)


def body(write: Write, rows: Sequence[Mapping[str, str]], *, site: Site) -> dict[str, object]:
    """What is sent for ``rows``, of which there is at least one: the others hang on the first, and SAP takes all or none."""
    first, *others = ({site.name(f"{write.entity}.{name}"): row[name] for name in write.properties} for row in rows)
    return {**first, site.name(f"{write.entity}.{write.below}"): others} if others else dict(first)
