"""What a billing system does when it is told to, and that it does it once."""

# ruff: noqa: S101 - these asserts are the tests

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

from sportello.billing.commands import COMMANDS, SubmitReading
from sportello.billing.conformance.ground import WEIRD_CODES, Ground, of
from sportello.billing.errors import NotThere, Refused
from sportello.billing.records import CustomerRecord, MeterReadingRecord, RegisterValue, SupplyRecord


class Writes(Ground):
    """``may_write`` and ``judges`` are as in ``Conformance``."""

    may_write: bool = False
    judges: bool = False

    def test_it_offers_commands_that_there_are(self) -> None:
        assert self.billing.capabilities.commands <= COMMANDS.keys()

    def test_what_it_does_not_offer_it_refuses(self) -> None:
        for command in (self.sample.reading, self.sample.web_code, *self.sample.commands):
            if self.may_write and command and not self.billing.capabilities.takes(command):
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

    # --- what the tests are made of ----------------------------------------------------------------------------------
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
