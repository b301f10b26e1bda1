from decimal import Decimal

import pytest

from sportello.connectors.embedded.counting import moved, used
from sportello.connectors.embedded.tests.factories import register


@pytest.mark.parametrize(
    ("earlier", "later", "digits", "expected"),
    [
        (1000, 1080, 5, 80),
        (1000, 1000, 5, 0),
        (99980, 35, 5, 55),
        (1000, 990, 5, -10),  # an estimate that was too high
        (1000, 990, None, -10),
        (90000, 40000, 5, 50000),
        (90000, 40001, 5, -49999),
    ],
)
def test_a_dial_goes_on_and_begins_anew(earlier, later, digits, expected):
    assert moved(Decimal(earlier), Decimal(later), digits=digits) == expected


def values(*shown: int) -> dict[str, Decimal]:
    return {str(number): Decimal(value) for number, value in enumerate(shown, 1)}


def test_gas_is_counted_by_its_coefficient():
    assert used([register()], values(1000), values(1055), unit="Smc") == Decimal("56.919")


def test_a_coefficient_of_nothing_is_nothing():
    assert used([register(coefficient=Decimal(0))], values(1000), values(1055), unit="Smc") == 0


def test_of_a_corrector_only_the_converted_volume_counts():
    registers = [register(), register("2", role="corrected", coefficient=Decimal(1))]
    assert used(registers, values(1000, 500), values(1100, 603), unit="Smc") == 103


def test_time_bands_are_added_up():
    bands = [register(str(number), role=f"f{number}", unit="kWh", coefficient=None) for number in (1, 2, 3)]
    assert used(bands, values(10, 20, 30), values(11, 22, 33), unit="kWh") == 6


def test_where_nobody_said_the_coefficient_it_cannot_be_told():
    assert used([register(coefficient=None)], values(1000), values(1055), unit="Smc") is None
    assert used([register(coefficient=None)], values(1000), values(1055), unit="m³") == 55


def test_a_reading_without_the_register_tells_nothing():
    assert used([register()], {}, values(1055), unit="Smc") is None
