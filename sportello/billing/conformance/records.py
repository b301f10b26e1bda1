"""What a billing system says: snapshots, documents and the feed. Nothing here writes."""

# ruff: noqa: S101 - these asserts are the tests

from collections import defaultdict
from decimal import Decimal
from xml.parsers.expat import ParserCreate

from sportello.billing.conformance.checks import check_order, check_plain, key
from sportello.billing.conformance.ground import WEIRD_CODES, Ground, of
from sportello.billing.records import (
    CustomerRecord,
    InvoiceRecord,
    MandateRecord,
    MeterReadingRecord,
    MeterRecord,
    PaymentRecord,
    Record,
    Removed,
    SupplyRecord,
    UsageRecord,
)
from sportello.billing.services import SERVICES

CENT = Decimal("0.01")


def element_names(xml: bytes) -> list[str]:
    """ "namespace name" of each element as it begins; ExpatError where the text is not well formed. No entity is followed."""
    names: list[str] = []
    parser = ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = lambda name, _attributes: names.append(name)
    parser.Parse(xml, True)
    return names


class Reads(Ground):
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

    # --- mandates, contested invoices ---------------------------------------------------------------------------------
    def test_an_account_has_one_active_mandate_at_most(self) -> None:
        active = [mandate.account_code for mandate in self.all_of(MandateRecord) if mandate.status == "active"]
        assert len(active) == len(set(active))

    def test_only_a_refused_mandate_has_a_reason_and_its_days_are_in_order(self) -> None:
        for mandate in self.all_of(MandateRecord):
            assert mandate.status == "refused" or not mandate.reason, mandate.code
            if mandate.signed_on and mandate.active_from:
                assert mandate.signed_on <= mandate.active_from, mandate.code
            if mandate.active_from and mandate.ended_on:
                assert mandate.active_from <= mandate.ended_on, mandate.code

    def test_only_what_is_suspended_is_contested_and_no_more_than_is_open(self) -> None:
        for invoice in self.all_of(InvoiceRecord):
            if invoice.contested is not None:
                assert invoice.collection == "suspended", invoice.number
                assert 0 < invoice.contested <= invoice.amount - invoice.paid, invoice.number

    def test_instalments_fall_due_one_after_the_other_and_cover_what_is_open(self) -> None:
        for invoice in self.all_of(InvoiceRecord):
            if invoice.instalments is None:
                continue
            assert invoice.collection in ("instalments", "suspended"), invoice.number
            days = [part.due_on for part in invoice.instalments]
            assert days and days == sorted(set(days)), invoice.number
            assert all(type(part.amount) is Decimal and part.amount > 0 for part in invoice.instalments), invoice.number
            in_all = sum(part.amount for part in invoice.instalments)
            assert invoice.amount - invoice.paid <= in_all <= invoice.amount, invoice.number

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
            names = element_names(self.billing.invoice_xml(self.sample.xml))
            assert names[0].endswith(" FatturaElettronica")

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
