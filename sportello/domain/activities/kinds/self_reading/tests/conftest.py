"""All of these tests run with a billing system that takes readings, unless they say otherwise."""

import pytest

from sportello.domain.activities.kinds.self_reading.tests.cast import TAKES_READINGS


@pytest.fixture(autouse=True)
def takes_readings(settings):
    settings.BILLING_CONNECTOR = TAKES_READINGS
