"""What the tests of a billing system stand on: the billing, what is known of it, and the ways to ask."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar
from uuid import uuid4

from sportello.billing.commands import Command, PublishWebCode, SubmitReading
from sportello.billing.errors import NotThere, Refused
from sportello.billing.port import BillingSystem

WEIRD_CODES = (
    "",
    " ",
    "' OR 1=1",
    "'; DROP TABLE customer; --",
    "../x",
    "..%2fx",
    "%00",
    "\0",
    "a\0b",
    "x\r\nX-Injected: 1",
    "*",
    "%",
    "_",
    "\ud800",
    "🧾",
    "{{7*7}}",
    "9" * 10_000,
)
R = TypeVar("R")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What is known of the billing under test. Leave empty what it has nothing of; those tests then pass.

    ``customers`` are codes of customers with invoices and payments; ``pdf`` and ``xml`` numbers of invoices that have
    one, ``no_pdf`` and ``no_xml`` of invoices that have none. ``unknown`` is a code of the usual form that nobody has.
    ``reading``, ``web_code`` and the others in ``commands`` are commands that this billing would carry out, the latter one
    after the other, of the ``customers``; what it says that it does not take, it has to refuse.
    """

    customers: tuple[str, ...]
    unknown: str
    pdf: str = ""
    no_pdf: str = ""
    xml: str = ""
    no_xml: str = ""
    reading: SubmitReading | None = None
    web_code: PublishWebCode | None = None
    commands: tuple[Command, ...] = ()


class Ground:
    """``billing`` and ``sample`` come from the connector's own test."""

    billing: BillingSystem
    sample: Sample

    def all_of(self, kind: type[R]) -> list[R]:
        return [record for code in self.sample.customers for record in of(kind, self.billing.snapshot(code).records)]

    def assert_not_there(self, ask: Callable[[str], object], code: str) -> None:
        try:
            ask(code)
        except NotThere:
            return
        raise AssertionError(f"{code[:40]!r} should not be there")

    def assert_no(self, error: type[Refused | NotThere], *commands: Command) -> None:
        """Each of ``commands`` raises ``error``, and all of the sample's customers are as they were."""
        before = [self.billing.snapshot(code) for code in self.sample.customers]
        for command in commands:
            try:
                self.billing.execute(command, key=uuid4().hex)
            except error:
                continue
            raise AssertionError(f"{command!r:.200} should raise {error.__name__}")
        if [self.billing.snapshot(code) for code in self.sample.customers] != before:
            raise AssertionError(f"what raises {error.__name__} should change nothing")


def of(kind: type[R], records: Iterable[object]) -> list[R]:
    return [record for record in records if isinstance(record, kind)]
