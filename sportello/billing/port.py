"""The one door to a billing system; a connector is a class that keeps this promise."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from sportello.billing.commands import Command, Receipt
from sportello.billing.records import Batch, Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a billing system can do and how fresh it is.

    ``feed``: ``changes`` works. Without it the mirror is refreshed customer by customer, when a page is opened.
    ``fresh_for`` is in seconds: how old data may be before a page asks for newer ones.
    ``invoice_pdf``: billing has its own PDF of an invoice; without it Sportello typesets one. ``commands`` are the names
    of those it executes; what it does not becomes work for an operator. ``fits`` says of one of these whether billing can
    express all that it asks: what it could do only half of is an operator's work too. It asks nobody.
    """

    name: str
    feed: bool
    fresh_for: float
    invoice_pdf: bool
    invoice_xml: bool
    commands: frozenset[str] = frozenset()
    fits: Callable[[Command], bool] = field(default=lambda command: True, repr=False)

    def takes(self, command: Command) -> bool:
        """Whether it executes this very command, as far as can be said without asking it."""
        return type(command).__name__ in self.commands and self.fits(command)


class BillingSystem(Protocol):
    """A billing system as Sportello sees it.

    Every method may raise ``Unavailable``; none is called inside a database transaction; each returns within the
    connector's own time-outs. A connector is used by several threads at once.
    """

    capabilities: Capabilities

    def changes(self, since: str, limit: int) -> Batch:
        """What has changed after cursor ``since`` ("" for everything), at most ``limit`` records.

        Asking again with the same cursor gives at least the same changes again. A record comes after those it refers to.
        """
        ...

    def snapshot(self, customer_code: str) -> Snapshot:
        """All of one customer. Raises ``NotThere`` for a code billing does not know, ``ForeignRows`` where the answer
        holds anybody else's rows."""
        ...

    def invoice_pdf(self, number: str) -> bytes:
        """Billing's own PDF of an invoice. Raises ``NotThere`` where it has none for this one."""
        ...

    def invoice_xml(self, number: str) -> bytes:
        """The electronic invoice (FatturaPA). Raises ``NotThere`` where there is none."""
        ...

    def execute(self, command: Command, *, key: str) -> Receipt:
        """Does what ``command`` asks, once for each ``key``: the same key again changes nothing and gives the receipt of
        the first time, as ``duplicate``.

        Raises ``Refused`` with billing's reason, ``Conflict``, ``NotThere`` for a customer, supply or meter that it does
        not know; after ``Unavailable`` nobody knows whether it was done, and the same key may be sent again.
        """
        ...
