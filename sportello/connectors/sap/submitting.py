"""Takes a customer's reading to SAP, so that sending it again does no harm."""

from collections.abc import Mapping, Sequence
from typing import Any

from sportello.billing.commands import Receipt, SubmitReading
from sportello.billing.errors import Conflict, NotThere, Refused, Unavailable
from sportello.billing.records import RegisterValue
from sportello.connectors.sap.answers import Asked
from sportello.connectors.sap.client import Client
from sportello.connectors.sap.looks import DEVICE
from sportello.connectors.sap.queries import address
from sportello.connectors.sap.readings import in_order
from sportello.connectors.sap.rows import bare, row_of, same_code
from sportello.connectors.sap.site import Site
from sportello.connectors.sap.values import Row, code, day, edm_date, number
from sportello.connectors.sap.writes import METER_READING, body, target

# Which part of the command SAP means where it names a property of its own.
FIELDS: Mapping[str, str] = {
    "DeviceID": "meter_code",
    "RegisterID": "values",
    "ReadingResult": "values",
    "ReadingDateTime": "read_on",
}


def submit(command: SubmitReading, *, client: Client, site: Site) -> Receipt:
    """Posts what SAP does not have yet, with one request, of which SAP takes all registers or none.

    SAP keeps no key of ours. So a look comes first: what the registers are said to have shown on that day already, and
    latest, is not sent again. After ``Unavailable`` the next look tells what became of the request before.

    What remains possible: SAP is still at work on a request whose answer we gave up waiting for, and the next look comes
    too early to see it. Then the same values go out twice. Either SAP refuses the second, and the look after the
    refusal finds the first; or it keeps both, and has been told twice that the dial showed the same on the same day. A
    reading is a state and no amount, so nothing is counted twice, and every later look finds it and sends nothing. For
    the same reason a correction must not go out before what it corrects has a receipt: it could be overtaken.

    SAP can neither change nor remove a result. A reading that takes the place of another is sent like any other: of
    several that the customer gave for one day ``readings_of`` lets the last one stand. Whether an unusual one
    (``approved``) is locked is for SAP's own rules to say.
    """
    _check_values(command.values)
    missing, reference = _missing(command, client=client, site=site)
    if not missing:
        return Receipt(reference=reference, duplicate=True)
    rows = [_row(value, command) for value in missing]
    try:
        answer = client.write(
            "POST", target(METER_READING, site=site), body(METER_READING, rows, site=site), asked=_asked(command)
        )
    except (Refused, Conflict) as no:
        missing, reference = _missing(command, client=client, site=site)
        if not missing:
            return Receipt(reference=reference, duplicate=True)
        if isinstance(no, Refused):
            raise Refused(no.reason, field=_field(no.field, site=site)) from no
        raise
    return Receipt(reference=_reference(answer, command, site=site))


def _missing(command: SubmitReading, *, client: Client, site: Site) -> tuple[list[RegisterValue], str]:
    """The values to be sent, and SAP's number for the first of those that it has, "" for none.

    All are sent where SAP was told something else for one of them: another reading of the day is whole like the first.
    Raises ``NotThere`` where supply or meter are not this customer's.
    """
    device = _device(command, client=client, site=site)
    registers = {bare(code(row, "RegisterID")) for row in device["RegistersToRead"]}
    if not all(bare(value.register) in registers for value in command.values):
        raise Refused("billing reads no register with this number on this meter", field="values")
    latest = [(value, _latest(device["MeterReadingResults"], value, command)) for value in command.values]
    told = [(value, row) for value, row in latest if row is not None]
    if any(number(row, "ReadingResult") != value.value for value, row in told):
        return list(command.values), ""
    reference = code(told[0][1], "MeterReadingResultID") if told else ""
    return [value for value, row in latest if row is None], reference


def _device(command: SubmitReading, *, client: Client, site: Site) -> Row:
    meter = command.meter_code
    answer = client.read(address(DEVICE, key=meter, site=site), asked=_asked(command))
    device = row_of(answer, node=DEVICE.node, owner=meter, site=site)
    _check_owner(device, command)
    return device


def _check_values(values: Sequence[RegisterValue]) -> None:
    """What cannot be compared cannot be looked for."""
    registers = {bare(value.register) for value in values}
    if not values or len(registers) < len(values) or not all(value.value.is_finite() for value in values):
        raise Refused("a reading has one number for each register", field="values")


def _check_owner(device: Row, command: SubmitReading) -> None:
    contract = device["Contract"]
    if contract is None or not same_code(code(contract, "ContractID"), command.supply_code):
        raise NotThere("meter", command.meter_code)
    account = contract["ContractAccount"]
    if account is None or not same_code(code(account, "AccountID"), command.customer_code):
        raise NotThere("supply", command.supply_code)


def _latest(results: Sequence[Row], value: RegisterValue, command: SubmitReading) -> Row | None:
    """The newest word on what this register showed on the day."""
    of_day = [
        row
        for row in results
        if day(row, "ReadingDateTime") == command.read_on and same_code(code(row, "RegisterID"), value.register)
    ]
    return max(of_day, key=lambda row: in_order(code(row, "MeterReadingResultID")), default=None)


def _row(value: RegisterValue, command: SubmitReading) -> dict[str, str]:
    return {
        "DeviceID": command.meter_code,
        "RegisterID": value.register,
        "ReadingResult": f"{value.value:f}",
        "ReadingDateTime": edm_date(command.read_on),
    }


def _reference(answer: Any, command: SubmitReading, *, site: Site) -> str:
    """SAP's number for the first register's result. An answer about another device leaves open what was done."""
    if not isinstance(answer, Mapping):
        return ""
    device, result = (
        answer.get(site.name(f"MeterReadingResult.{name}")) for name in ("DeviceID", "MeterReadingResultID")
    )
    if not same_code(device, command.meter_code):
        raise Unavailable("billing answered with something else than the reading it was sent")
    return result if isinstance(result, str) else ""


def _field(name: str, *, site: Site) -> str:
    theirs = {site.name(f"MeterReadingResult.{ours}"): field for ours, field in FIELDS.items()}
    return theirs.get(name, "")


def _asked(command: SubmitReading) -> Asked:
    return Asked(kind="meter", code=command.meter_code)
