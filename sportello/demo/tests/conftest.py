"""One invented company for all tests: to invent it takes seconds."""

from datetime import date

import pytest

from sportello.demo.company import Company, build

TODAY = date(2026, 11, 24)


@pytest.fixture(scope="session")
def company() -> Company:
    return build(today=TODAY)
