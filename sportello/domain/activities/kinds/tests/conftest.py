"""Somebody whose data change, and some places."""

import pytest
from django.utils import translation

from sportello.domain.activities.kinds.tests.filling import HOME, PERSON
from sportello.domain.customers.models import Customer, Place
from sportello.domain.customers.models.places import spelt
from tests.factories import access, account, customer, user


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def places(db):
    for code, name, province, postcodes in (
        ("C951", "Concordia sulla Secchia", "MO", ["41033"]),
        ("F257", "Modena", "MO", ["41121", "41122", "41126"]),
        ("L219", "Torino", "TO", ["10121", "10156"]),
        ("E818", "Samone", "TN", ["38059"]),
        ("H753", "Samone", "TO", ["10010"]),
    ):
        Place.objects.update_or_create(
            code=code,
            defaults={
                "name": name, "spelt": spelt(name), "province": province, "province_name": province, "postcodes": postcodes,
                "first_postcode": postcodes[0],
            },
        )  # fmt: skip


@pytest.fixture
def mario():
    person = user("mario", email="mario@example.it")
    access(person, customer("C1", email="casa@example.it", phone="+390535000123", **PERSON, **HOME))
    account(Customer.objects.get(code="C1"))
    return person
