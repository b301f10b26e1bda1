"""The services that a company may sell, as data: what each one measures and what its delivery point is called."""

from dataclasses import dataclass

from sportello.billing.records import ServiceCode


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """``unit`` is what invoices count; ``point`` the name of the delivery point's code, "" where there is none."""

    code: ServiceCode
    unit: str
    point: str


SERVICES: dict[str, Service] = {
    service.code: service
    for service in (
        Service(code="gas", unit="Smc", point="PDR"),
        Service(code="electricity", unit="kWh", point="POD"),
        Service(code="lpg", unit="m³", point=""),
        Service(code="water", unit="m³", point=""),
        Service(code="telephony", unit="GB", point=""),
    )
}
