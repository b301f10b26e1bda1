"""Somebody whose data change."""

import pytest
from django.utils import translation

from sportello.domain.activities.kinds.tests.filling import HOME, PERSON
from sportello.domain.customers.models import Customer
from tests.factories import access, account, customer, user


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


@pytest.fixture
def mario(db):
    person = user("mario", email="mario@example.it")
    access(person, customer("C1", email="casa@example.it", phone="+390535000123", **PERSON, **HOME))
    account(Customer.objects.get(code="C1"))
    return person
