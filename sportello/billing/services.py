"""The services that a company may sell, as data: what each one measures and what its delivery point is called."""

from dataclasses import dataclass

from sportello.billing.codes import Measure, RegisterRole, ServiceCode


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """``unit`` is what invoices count; ``point`` the name of the delivery point's code, "" where there is none.

    ``dial`` is the unit that meters show, "" where the service has none and nothing can be read. ``roles`` are the registers
    its meters may have, ``measures`` what is counted where no meter counts.
    """

    code: ServiceCode
    unit: str
    point: str
    dial: str = ""
    roles: tuple[RegisterRole, ...] = ()
    measures: tuple[Measure, ...] = ()


SERVICES: dict[str, Service] = {
    service.code: service
    for service in (
        Service(code="gas", unit="Smc", point="PDR", dial="m³", roles=("total", "corrected")),
        Service(code="electricity", unit="kWh", point="POD", dial="kWh", roles=("total", "f1", "f2", "f3")),
        Service(code="lpg", unit="m³", point="", dial="m³", roles=("total",), measures=("delivery",)),
        Service(code="water", unit="m³", point="", dial="m³", roles=("total",)),
        Service(code="telephony", unit="GB", point="", measures=("data", "voice", "messages")),
    )
}
