"""What every connector must keep to, as tests: a connector's own test subclasses ``Conformance`` and gives a billing.

Nothing here writes to a billing system, so it may run against a real one; only where the subclass says ``may_write``
does it send commands.
"""

# ruff: noqa: S101 - these asserts are the tests

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, TypeVar, get_args
from uuid import uuid4
from xml.etree import ElementTree

from sportello.billing.commands import COMMANDS, Command, PublishWebCode, SubmitReading
from sportello.billing.errors import NotThere, Refused
from sportello.billing.port import BillingSystem
from sportello.billing.records import (
    BillingAccountRecord,
    Collection,
    CustomerKind,
    CustomerRecord,
    InvoiceKind,
    InvoiceRecord,
    Measure,
    MeterKind,
    MeterReadingRecord,
    MeterRecord,
    Occasion,
    PaymentChannel,
    PaymentRecord,
    PaymentStatus,
    ReadingOrigin,
    Record,
    Register,
    RegisterRole,
    RegisterValue,
    Removable,
    Removed,
    ServiceCode,
    SupplyRecord,
    SupplyStatus,
    UsageRecord,
    Validation,
)
from sportello.billing.services import SERVICES

CENT = Decimal("0.01")
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
FINITE: dict[tuple[type, str], Any] = {
    (CustomerRecord, "kind"): CustomerKind,
    (SupplyRecord, "service"): ServiceCode,
    (SupplyRecord, "status"): SupplyStatus,
    (InvoiceRecord, "kind"): InvoiceKind,
    (InvoiceRecord, "collection"): Collection,
    (PaymentRecord, "channel"): PaymentChannel,
    (PaymentRecord, "status"): PaymentStatus,
    (Removed, "kind"): Removable,
    (MeterRecord, "kind"): MeterKind,
    (Register, "role"): RegisterRole,
    (MeterReadingRecord, "origin"): ReadingOrigin,
    (MeterReadingRecord, "occasion"): Occasion,
    (MeterReadingRecord, "validation"): Validation,
    (UsageRecord, "measure"): Measure,
}
MONEY: dict[type, tuple[str, ...]] = {
    BillingAccountRecord: ("balance",),
    SupplyRecord: ("balance",),
    InvoiceRecord: ("amount", "paid"),
    PaymentRecord: ("amount",),
}
R = TypeVar("R")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What is known of the billing under test. Leave empty what it has nothing of; those tests then pass.

    ``customers`` are codes of customers with invoices and payments; ``pdf`` and ``xml`` numbers of invoices that have
    one, ``no_pdf`` and ``no_xml`` of invoices that have none. ``unknown`` is a code of the usual form that nobody has.
    ``reading`` and ``web_code`` are commands that this billing would carry out, of two of the ``customers`` or of one.
    """

    customers: tuple[str, ...]
    unknown: str
    pdf: str = ""
    no_pdf: str = ""
    xml: str = ""
    no_xml: str = ""
    reading: SubmitReading | None = None
    web_code: PublishWebCode | None = None


class Conformance:
    """Set ``billing`` and ``sample`` on the subclass, or give them as fixtures or properties.

    ``may_write`` lets the tests send the commands of the sample, and wrong ones made of them. ``judges`` says that the
    billing under test looks at readings as a real one does; one that takes whatever it is given leaves it False.
    """

    billing: BillingSystem
    sample: Sample
    may_write: bool = False
    judges: bool = False

    # --- one customer ------------------------------------------------------------------------------------------------
    def test_a_snapshot_begins_with_its_customer_and_has_no_other(self) -> None:
        for code in self.sample.customers:
            snapshot = self.billing.snapshot(code)
            assert snapshot.customer_code == code
            assert [record.code for record in of(CustomerRecord, snapshot.records)] == [code]
            assert isinstance(snapshot.records[0], CustomerRecord)

    def test_every_row_of_a_snapshot_belongs_to_its_customer(self) -> None:
        for code in self.sample.customers:
            for record in self.billing.snapshot(code).records:
                assert not isinstance(record, Removed)
                owner = record.code if isinstance(record, CustomerRecord) else record.customer_code
                assert owner == code

    def test_a_snapshot_holds_what_its_rows_refer_to_and_holds_it_before_them(self) -> None:
        for code in self.sample.customers:
            check_order(self.billing.snapshot(code).records)

    def test_a_snapshot_has_each_record_once(self) -> None:
        for code in self.sample.customers:
            keys = [key(record) for record in self.billing.snapshot(code).records]
            assert len(keys) == len(set(keys))

    def test_a_snapshot_is_the_same_when_asked_again(self) -> None:
        for code in self.sample.customers:
            assert list(self.billing.snapshot(code).records) == list(self.billing.snapshot(code).records)

    def test_records_are_plain_and_money_has_two_places(self) -> None:
        for code in self.sample.customers:
            for record in self.billing.snapshot(code).records:
                check_plain(record)

    def test_an_invoice_is_never_paid_beyond_its_amount(self) -> None:
        for invoice in self.all_of(InvoiceRecord):
            least, most = sorted((Decimal(0), invoice.amount))
            assert least <= invoice.paid <= most, invoice.number
            assert invoice.kind != "credit_note" or invoice.amount <= 0, invoice.number

    def test_the_days_of_an_invoice_are_in_order(self) -> None:
        for invoice in self.all_of(InvoiceRecord):
            assert invoice.due_on is None or invoice.due_on >= invoice.issued_on, invoice.number
            if invoice.period_from and invoice.period_to:
                assert invoice.period_from <= invoice.period_to, invoice.number

    def test_lines_and_vat_come_to_the_amount(self) -> None:
        for invoice in self.all_of(InvoiceRecord):
            if invoice.lines and invoice.vat is not None:
                lines = sum((line.amount for line in invoice.lines), Decimal(0))
                assert lines + sum(part.tax for part in invoice.vat) == invoice.amount, invoice.number

    def test_allocations_are_positive_and_within_their_payment(self) -> None:
        for payment in self.all_of(PaymentRecord):
            assert payment.amount > 0, payment.code
            assert all(part.amount > 0 for part in payment.allocations), payment.code
            assert sum(part.amount for part in payment.allocations) <= payment.amount, payment.code

    def test_a_payment_came_back_where_it_says_on_which_day(self) -> None:
        for payment in self.all_of(PaymentRecord):
            assert payment.returned_on is None or payment.status == "returned", payment.code
            assert payment.returned_on is None or payment.returned_on >= payment.paid_on, payment.code

    def test_what_is_paid_of_an_invoice_is_what_executed_payments_allocate(self) -> None:
        """Only where billing supplies allocations at all for the customer."""
        for code in self.sample.customers:
            records = self.billing.snapshot(code).records
            allocated: dict[str, Decimal] = defaultdict(Decimal)
            for payment in of(PaymentRecord, records):
                for part in payment.allocations:
                    allocated[part.invoice_number] += part.amount if payment.status == "executed" else 0
            for invoice in of(InvoiceRecord, records):
                if invoice.number in allocated:
                    assert invoice.paid == allocated[invoice.number], invoice.number

    # --- meters, readings, usage -------------------------------------------------------------------------------------
    def test_a_meter_has_registers_of_its_service(self) -> None:
        for code in self.sample.customers:
            records = self.billing.snapshot(code).records
            services = {supply.code: SERVICES[supply.service] for supply in of(SupplyRecord, records)}
            for meter in of(MeterRecord, records):
                roles = [register.role for register in meter.registers]
                assert roles, meter.code
                assert set(roles) <= set(services[meter.supply_code].roles), meter.code
                assert meter.kind != "with_corrector" or {"total", "corrected"} <= set(roles), meter.code
                codes = [register.code for register in meter.registers]
                assert len(codes) == len(set(codes)), meter.code

    def test_a_meter_was_not_removed_before_it_was_installed(self) -> None:
        for meter in self.all_of(MeterRecord):
            if meter.installed_on and meter.removed_on:
                assert meter.installed_on <= meter.removed_on, meter.code

    def test_a_reading_has_a_value_for_each_register_of_its_meter(self) -> None:
        """Only where billing still has the meter; a reading names it by value."""
        meters = {meter.code: meter for meter in self.all_of(MeterRecord)}
        for reading in self.all_of(MeterReadingRecord):
            codes = [part.register for part in reading.values]
            assert codes and len(codes) == len(set(codes)), reading.code
            if meter := meters.get(reading.meter_code):
                assert meter.supply_code == reading.supply_code, reading.code
                assert set(codes) == {register.code for register in meter.registers}, reading.code

    def test_no_dial_shows_more_than_it_can(self) -> None:
        registers = {
            (meter.code, register.code): register for meter in self.all_of(MeterRecord) for register in meter.registers
        }
        for reading in self.all_of(MeterReadingRecord):
            for part in reading.values:
                register = registers.get((reading.meter_code, part.register))
                assert part.value >= 0, reading.code
                assert not register or register.digits is None or part.value < 10**register.digits, reading.code

    def test_a_reading_gives_way_to_another_of_its_supply(self) -> None:
        supplies = {reading.code: reading.supply_code for reading in self.all_of(MeterReadingRecord)}
        for reading in self.all_of(MeterReadingRecord):
            if reading.superseded_by is not None:
                assert reading.superseded_by != reading.code, reading.code
                assert supplies[reading.superseded_by] == reading.supply_code, reading.code

    def test_only_a_refused_reading_has_a_reason_and_no_invoice_uses_it(self) -> None:
        for reading in self.all_of(MeterReadingRecord):
            assert reading.validation == "refused" or not reading.validation_reason, reading.code
            assert reading.validation != "refused" or reading.invoice_number is None, reading.code

    def test_usage_is_of_a_measure_that_its_service_has(self) -> None:
        for code in self.sample.customers:
            records = self.billing.snapshot(code).records
            services = {supply.code: SERVICES[supply.service] for supply in of(SupplyRecord, records)}
            for usage in of(UsageRecord, records):
                assert usage.measure in services[usage.supply_code].measures, usage.code
                assert usage.period_from <= usage.period_to, usage.code
                assert usage.quantity >= 0 and usage.unit, usage.code

    # --- commands ----------------------------------------------------------------------------------------------------
    def test_it_offers_commands_that_there_are(self) -> None:
        assert self.billing.capabilities.commands <= COMMANDS.keys()

    def test_what_it_does_not_offer_it_refuses(self) -> None:
        for command in (self.sample.reading, self.sample.web_code):
            if self.may_write and command and type(command).__name__ not in self.billing.capabilities.commands:
                self.assert_no(Refused, command)

    def test_a_reading_is_in_the_next_snapshot(self) -> None:
        if command := self.reading():
            name = uuid4().hex
            receipt = self.billing.execute(command, key=name)
            (found,) = self.given(command)
            assert found.key in (None, name)
            if found.key is not None and receipt.reference:
                assert found.code == receipt.reference

    def test_the_same_key_again_changes_nothing(self) -> None:
        if command := self.reading():
            name = uuid4().hex
            first = self.billing.execute(command, key=name)
            before = list(self.billing.snapshot(command.customer_code).records)
            again = self.billing.execute(command, key=name)
            assert again.duplicate
            assert again.reference == first.reference
            assert list(self.billing.snapshot(command.customer_code).records) == before
            assert len(self.given(command)) == 1

    def test_a_reading_of_what_billing_does_not_know_is_not_there(self) -> None:
        if command := self.reading():
            codes = (self.sample.unknown, *WEIRD_CODES)
            self.assert_no(NotThere, *(replace(command, customer_code=code) for code in codes))
            self.assert_no(NotThere, *(replace(command, supply_code=code) for code in codes))
            self.assert_no(NotThere, *(replace(command, meter_code=code) for code in codes))

    def test_a_reading_of_another_customers_supply_is_not_there(self) -> None:
        if command := self.reading():
            for code in self.sample.customers:
                if code != command.customer_code:
                    theirs = of(SupplyRecord, self.billing.snapshot(code).records)
                    self.assert_no(NotThere, replace(command, customer_code=code))
                    self.assert_no(NotThere, *(replace(command, supply_code=supply.code) for supply in theirs))

    def test_a_reading_of_other_registers_is_refused(self) -> None:
        if command := self.reading():
            other = RegisterValue(register=self.sample.unknown, value=Decimal(1))
            wrong = ((), (other,), (*command.values, other))
            self.assert_no(Refused, *(replace(command, values=values) for values in wrong))

    def test_a_reading_that_cannot_be_true_is_refused(self) -> None:
        if self.judges and (command := self.reading()):
            self.assert_no(
                Refused,
                replace(command, read_on=command.read_on + timedelta(days=3_660)),
                replace(command, values=(*command.values, command.values[0])),
                *(
                    replace(command, values=[replace(part, value=Decimal(wrong)) for part in command.values])
                    for wrong in ("-1", "0.5", "1e12", "NaN", "Infinity")
                ),
            )

    def test_a_second_reading_of_the_day_takes_the_place_of_the_first(self) -> None:
        if self.judges and (command := self.reading()):
            self.billing.execute(command, key=uuid4().hex)
            values = [replace(part, value=part.value + 1) for part in command.values]
            second = replace(command, values=values)
            self.billing.execute(second, key=uuid4().hex)
            assert not self.given(command)
            assert len(self.given(second)) == 1

    def test_a_web_code_is_taken_once_a_key(self) -> None:
        command = self.sample.web_code
        if self.may_write and command and "PublishWebCode" in self.billing.capabilities.commands:
            name = uuid4().hex
            assert not self.billing.execute(command, key=name).duplicate
            assert self.billing.execute(command, key=name).duplicate
            (customer,) = of(CustomerRecord, self.billing.snapshot(command.customer_code).records)
            assert customer.web_code in (None, command.web_code)

    # --- unknown and weird codes -------------------------------------------------------------------------------------
    def test_an_unknown_code_is_not_there(self) -> None:
        self.assert_not_there(self.billing.snapshot, self.sample.unknown)
        self.assert_not_there(self.billing.invoice_pdf, self.sample.unknown)
        self.assert_not_there(self.billing.invoice_xml, self.sample.unknown)

    def test_a_weird_code_is_not_there_and_nothing_worse(self) -> None:
        for code in WEIRD_CODES:
            self.assert_not_there(self.billing.snapshot, code)
            self.assert_not_there(self.billing.invoice_pdf, code)
            self.assert_not_there(self.billing.invoice_xml, code)

    def test_a_code_with_something_around_it_is_another_code(self) -> None:
        for code in self.sample.customers:
            for other in (f"{code}\0", f"{code}'", f"{code}/../{code}", f"{code}%"):
                self.assert_not_there(self.billing.snapshot, other)

    # --- documents ---------------------------------------------------------------------------------------------------
    def test_a_pdf_is_a_pdf(self) -> None:
        assert self.billing.capabilities.invoice_pdf or not self.sample.pdf
        if self.sample.pdf:
            assert self.billing.invoice_pdf(self.sample.pdf).startswith(b"%PDF-")

    def test_an_invoice_without_pdf_has_none(self) -> None:
        if self.sample.no_pdf:
            self.assert_not_there(self.billing.invoice_pdf, self.sample.no_pdf)

    def test_an_xml_is_well_formed_and_an_electronic_invoice(self) -> None:
        assert self.billing.capabilities.invoice_xml or not self.sample.xml
        if self.sample.xml:
            root = ElementTree.fromstring(self.billing.invoice_xml(self.sample.xml))  # noqa: S314 - from our connector
            assert root.tag.endswith("}FatturaElettronica")

    def test_an_invoice_without_xml_has_none(self) -> None:
        if self.sample.no_xml:
            self.assert_not_there(self.billing.invoice_xml, self.sample.no_xml)

    def test_an_invoice_says_whether_it_has_xml(self) -> None:
        has = {invoice.number: invoice.has_xml for invoice in self.all_of(InvoiceRecord)}
        assert has.get(self.sample.xml, True)
        assert not has.get(self.sample.no_xml, False)

    # --- the feed ----------------------------------------------------------------------------------------------------
    def test_the_feed_gives_all_that_a_snapshot_gives(self) -> None:
        if not self.billing.capabilities.feed:
            return
        fed = {key(record): record for record in self.everything(limit=500)}
        for code in self.sample.customers:
            for record in self.billing.snapshot(code).records:
                assert fed[key(record)] == record

    def test_the_feed_gives_a_record_after_those_it_refers_to(self) -> None:
        if self.billing.capabilities.feed:
            check_order(self.everything(limit=500))

    def test_the_feed_gives_no_more_than_was_asked_for(self) -> None:
        if self.billing.capabilities.feed:
            batch = self.billing.changes("", 3)
            assert len(batch.records) <= 3
            assert batch.more

    def test_the_feed_pages_without_losing_anything(self) -> None:
        if self.billing.capabilities.feed:
            small, large = self.everything(limit=97), self.everything(limit=1_000)
            assert {key(record) for record in small} == {key(record) for record in large}

    def test_the_same_cursor_gives_the_same_again(self) -> None:
        if not self.billing.capabilities.feed:
            return
        first = self.billing.changes("", 5)
        for cursor in ("", first.cursor):
            once, again = self.billing.changes(cursor, 5), self.billing.changes(cursor, 5)
            assert {key(record) for record in once.records} <= {key(record) for record in again.records}

    def test_the_feed_comes_to_rest(self) -> None:
        if self.billing.capabilities.feed:
            cursor = self.last_cursor()
            batch = self.billing.changes(cursor, 10)
            assert not batch.records
            assert not batch.more

    # --- what the tests are made of ----------------------------------------------------------------------------------
    def all_of(self, kind: type[R]) -> list[R]:
        return [record for code in self.sample.customers for record in of(kind, self.billing.snapshot(code).records)]

    def everything(self, *, limit: int) -> list[Record]:
        records: list[Record] = []
        cursor, more = "", True
        while more:
            batch = self.billing.changes(cursor, limit)
            assert batch.cursor != cursor or not batch.more, "the feed does not move on"
            records += batch.records
            cursor, more = batch.cursor, batch.more
        return records

    def last_cursor(self) -> str:
        cursor, more = "", True
        while more:
            batch = self.billing.changes(cursor, 1_000)
            cursor, more = batch.cursor, batch.more
        return cursor

    def reading(self) -> SubmitReading | None:
        """The reading that may be sent, None where none may."""
        offered = self.may_write and "SubmitReading" in self.billing.capabilities.commands
        return self.sample.reading if offered else None

    def given(self, command: SubmitReading) -> list[MeterReadingRecord]:
        """The standing readings in billing that say what ``command`` says."""
        values = {part.register: part.value for part in command.values}
        return [
            reading
            for reading in of(MeterReadingRecord, self.billing.snapshot(command.customer_code).records)
            if (reading.supply_code, reading.meter_code) == (command.supply_code, command.meter_code)
            and reading.read_on == command.read_on
            and reading.origin == "self"
            and reading.superseded_by is None
            and {part.register: part.value for part in reading.values} == values
        ]

    def assert_no(self, error: type[Refused | NotThere], *commands: Command) -> None:
        """Each of ``commands`` raises ``error``, and all of the sample's customers are as they were."""
        before = [self.billing.snapshot(code) for code in self.sample.customers]
        for command in commands:
            try:
                self.billing.execute(command, key=uuid4().hex)
            except error:
                continue
            raise AssertionError(f"{command!r:.200} should raise {error.__name__}")
        assert [self.billing.snapshot(code) for code in self.sample.customers] == before

    def assert_not_there(self, ask: Callable[[str], object], code: str) -> None:
        try:
            ask(code)
        except NotThere:
            return
        raise AssertionError(f"{code[:40]!r} should not be there")


def of(kind: type[R], records: Iterable[object]) -> list[R]:
    return [record for record in records if isinstance(record, kind)]


def key(record: Record) -> tuple[str, str]:
    """What tells a record apart from all others."""
    if isinstance(record, InvoiceRecord):
        return "invoice", record.number
    return (f"removed {record.kind}" if isinstance(record, Removed) else type(record).__name__), record.code


def check_order(records: Sequence[Record]) -> None:
    """Each record comes after those it refers to, and refers to none that is missing.

    A reading names its meter by value, but where the meter comes at all it comes before it.
    """
    meters: set[str] = set()
    seen: dict[type, set[str]] = defaultdict(set)
    for record in records:
        match record:
            case CustomerRecord():
                pass
            case BillingAccountRecord():
                assert record.customer_code in seen[CustomerRecord], record
            case SupplyRecord() | InvoiceRecord() | PaymentRecord():
                assert record.customer_code in seen[CustomerRecord], record
                unsaid = isinstance(record, PaymentRecord) and record.account_code is None
                assert unsaid or record.account_code in seen[BillingAccountRecord], record
            case MeterRecord() | MeterReadingRecord() | UsageRecord():
                assert record.customer_code in seen[CustomerRecord], record
                assert record.supply_code in seen[SupplyRecord], record
        if isinstance(record, InvoiceRecord):
            assert set(record.supply_codes or ()) <= seen[SupplyRecord], record
        if isinstance(record, PaymentRecord):
            assert {part.invoice_number for part in record.allocations} <= seen[InvoiceRecord], record
        if isinstance(record, MeterReadingRecord):
            meters.add(record.meter_code)
        assert not isinstance(record, MeterRecord) or record.code not in meters, record
        seen[type(record)].add(record.number if isinstance(record, InvoiceRecord) else record.code)


def check_plain(record: Record) -> None:
    """Money is Decimal with two places, days are days and nothing finer, words are of those the port knows."""
    for name in MONEY.get(type(record), ()):
        check_money(getattr(record, name), record)
    for piece in (record, *parts_of(record)):
        for field in fields(piece):
            value = getattr(piece, field.name)
            assert not isinstance(value, float), record
            assert not isinstance(value, Decimal) or value.is_finite(), record
            if field.name.endswith(("_on", "_date")) or field.name.startswith("period_"):
                assert value is None or type(value) is date, record
            words = FINITE.get((type(piece), field.name))
            assert words is None or value is None or value in get_args(words), record
    if isinstance(record, InvoiceRecord):
        for line in record.lines or ():
            check_money(line.amount, record)
        for part in record.vat or ():
            check_money(part.taxable, record)
            check_money(part.tax, record)
    if isinstance(record, PaymentRecord):
        for allocation in record.allocations:
            check_money(allocation.amount, record)


def parts_of(record: Record) -> Sequence[Register | RegisterValue]:
    match record:
        case MeterRecord():
            return record.registers
        case MeterReadingRecord():
            return record.values
    return ()


def check_money(value: object, record: Record) -> None:
    if value is None:
        return
    assert isinstance(value, Decimal), record
    assert value.as_tuple().exponent == -2, record
