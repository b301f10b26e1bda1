"""What may be asked of a billing system: plain, frozen, the same whatever system it goes to.

A command says what shall be so, never how. It may arrive twice; the key that comes with it tells.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from sportello.billing.records import RegisterValue


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishWebCode:
    """Print this code for the first access on the customer's next invoice, in place of any other."""

    customer_code: str
    web_code: str = field(repr=False)
    expires_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitReading:
    """The customer has read his meter. ``values`` has one value for each register of the meter.

    It takes the place of an earlier reading of the same supply and day that the customer gave. ``replaces`` is the key
    of the command whose reading it replaces whatever its day, None for none. ``approved`` says that a member of staff
    has looked at it and lets it stand though it is unusual: smaller than the one before after a roll-over, or far from
    what was expected.
    """

    customer_code: str
    supply_code: str
    meter_code: str
    read_on: date
    values: Sequence[RegisterValue]
    replaces: str | None = None
    approved: bool = False


Command = PublishWebCode | SubmitReading
COMMANDS: dict[str, type[Command]] = {kind.__name__: kind for kind in (PublishWebCode, SubmitReading)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Billing has done what was asked. ``reference`` is its own code for what came of it, "" where it gives none.

    ``duplicate`` says that it had been done before, with the same key.
    """

    reference: str = ""
    duplicate: bool = False
