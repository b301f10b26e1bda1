from datetime import date
from decimal import Decimal

import pytest

from sportello.billing.conformance import Conformance, Sample
from sportello.billing.records import Allocation
from sportello.connectors.embedded.connector import EmbeddedBilling
from sportello.connectors.embedded.loading import load
from sportello.connectors.embedded.tests.factories import account, company, household, invoice, payment, supply

COMPANY = {"customer_code": "C2", "account_code": "A2"}


@pytest.mark.django_db(databases=["billing"], transaction=True)
class TestEmbeddedBilling(Conformance):
    billing = EmbeddedBilling()
    sample = Sample(
        customers=("C1", "C2"),
        unknown="C404",
        no_pdf="2026/G/0000007",
        xml="2026/E/0000001",
        no_xml="2026/G/0000007",
    )

    @pytest.fixture(autouse=True)
    def filled(self):
        load(
            [
                *household(),
                payment("P0", "22.00", paid_on=date(2026, 3, 20)),
                payment("P1", "100.00", status="returned", returned_on=date(2026, 3, 25)),
                company("C2"),
                account("A2", "C2"),
                supply("S2", service="electricity", **COMPANY),
                *(invoice(f"2026/E/{number:07d}", supply_codes=("S2",), **COMPANY) for number in range(1, 300)),
                payment(
                    "P2",
                    "300.00",
                    allocations=(
                        Allocation(invoice_number="2026/E/0000001", amount=Decimal("122.00")),
                        Allocation(invoice_number="2026/E/0000002", amount=Decimal("100.00")),
                    ),
                    **COMPANY,
                ),
            ]
        )
