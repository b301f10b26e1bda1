from decimal import Decimal

import pytest

from sportello.demo.places import coefficient, place


@pytest.mark.parametrize(
    "altitude, degree_days, heating_days, expected",
    [(122, 2_404, 183, "1.027235"), (34, 2_258, 183, "1.034889"), (20, 1_415, 166, "1.022779")],
    ids=["Milan", "Modena", "Rome"],
)
def test_the_coefficient_is_that_of_the_municipality(altitude, degree_days, heating_days, expected):
    found = coefficient(altitude=altitude, degree_days=degree_days, heating_days=heating_days)
    assert found == Decimal(expected)


def test_each_place_has_its_own():
    assert place("Modena").coefficient == Decimal("1.034889")
    assert place("Mirandola").coefficient != place("Moglia").coefficient
