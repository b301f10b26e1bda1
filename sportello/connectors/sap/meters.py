"""Devices of SAP as meters of the port: those that are at their place now, and what can be read on them."""

import logging

from sportello.billing.codes import MeterKind, RegisterRole
from sportello.billing.records import MeterRecord, Register
from sportello.connectors.sap.rows import bare
from sportello.connectors.sap.site import LeftOut, Site
from sportello.connectors.sap.values import Row, code, places, text

log = logging.getLogger(__name__)


def meters_of(contract: Row, *, customer: str, supply: str, site: Site) -> dict[str, MeterRecord]:
    """The meters of one contract, by bare device number.

    When a meter was installed, by what its readings are multiplied and whether it is read from afar is not in this
    service; nor is a meter that was taken away, of which only the readings are left.
    """
    meters = {}
    for device in contract.get("Devices", ()):
        if registers := _registers(device, site=site):
            number = code(device, "DeviceID")
            meters[bare(number)] = MeterRecord(
                code=number,
                customer_code=customer,
                supply_code=supply,
                serial=text(device, "SerialNumber"),
                kind=_kind({register.role for register in registers}),
                registers=registers,
            )
    return meters


def _registers(device: Row, *, site: Site) -> tuple[Register, ...]:
    """Those that a customer reads; none where it is not certain which of them counts what."""
    found = []
    rows = sorted(device["RegistersToRead"], key=lambda row: bare(code(row, "RegisterID")))
    for row in rows:
        role = _role(row, alone=len(rows) == 1, site=site)
        if role is None:
            log.warning("register type %r is in no mapping: its meter is left out", text(row, "RegisterTypeID"))
            return ()
        if role:
            found.append(_register(row, role, device=device, site=site))
    return tuple(found)


def _role(row: Row, *, alone: bool, site: Site) -> RegisterRole | LeftOut | None:
    """ "" for a register that is not for customers. The only one of a meter counts all, whatever its type is called."""
    return site.register_types.get(text(row, "RegisterTypeID"), "total" if alone else None)


def _register(row: Row, role: RegisterRole, *, device: Row, site: Site) -> Register:
    unit, serial = text(row, "ReadingUnit"), text(row, "SerialNumber")
    return Register(
        code=code(row, "RegisterID"),
        role=role,
        unit=site.units.get(unit.upper(), unit),
        digits=places(row, "IntegerPlaces") or None,
        serial="" if serial == text(device, "SerialNumber") else serial,
    )


def _kind(roles: set[RegisterRole]) -> MeterKind:
    """A register that is already in standard cubic metres is a corrector's beside another, and the meter's own alone."""
    if "corrected" not in roles:
        return "simple"
    return "integrated" if roles == {"corrected"} else "with_corrector"
