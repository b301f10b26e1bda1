from datetime import date
from decimal import Decimal

import pytest

from sportello.billing.commands import (
    ArrangeInstalments,
    ChangeMailingAddress,
    ChangePersonalData,
    CloseSupply,
    PublishWebCode,
    RequestDirectDebit,
    ResumeCollection,
    RevokeDirectDebit,
    SetInvoiceDelivery,
    SubmitReading,
    SuspendCollection,
)
from sportello.billing.conformance import Conformance, Sample
from sportello.billing.records import Address, Allocation
from sportello.connectors.embedded.connector import EmbeddedBilling
from sportello.connectors.embedded.loading import load
from sportello.connectors.embedded.tests.factories import (
    account,
    company,
    household,
    invoice,
    mandate,
    meter,
    payment,
    reading,
    register,
    shown,
    supply,
    usage,
)

ELSEWHERE = Address(street="Via Roma", number="1", postcode="41037", municipality="Mirandola", province="MO")
COMPANY = {"customer_code": "C2", "account_code": "A2"}


@pytest.mark.django_db(databases=["billing"], transaction=True)
class TestEmbeddedBilling(Conformance):
    billing = EmbeddedBilling()
    may_write = judges = True
    sample = Sample(
        customers=("C1", "C2"),
        unknown="C404",
        no_pdf="2026/G/0000007",
        xml="2026/E/0000001",
        no_xml="2026/G/0000007",
        reading=SubmitReading(
            customer_code="C1", supply_code="S1", meter_code="M1", read_on=date(2026, 3, 15), values=shown(1100, 1090)
        ),
        web_code=PublishWebCode(customer_code="C2", web_code="ABCDE-FGHJK-LMNPQ", expires_on=date(2099, 1, 1)),
        commands=(
            ChangePersonalData(customer_code="C1", phone="+393331234567", email="", address=ELSEWHERE),
            ChangeMailingAddress(customer_code="C1", account_code="A1", address=ELSEWHERE, addressee="Studio Neri"),
            RequestDirectDebit(
                customer_code="C1",
                account_code="A1",
                mandate_reference="MND-2026-1",
                scheme="core",
                iban="IT60X0542811101000000123456",
                holder="Mario Rossi",
                holder_tax_code="RSSMRA80A01F257G",
                signed_on=date(2026, 3, 1),
            ),
            RevokeDirectDebit(customer_code="C1", account_code="A1"),
            SuspendCollection(customer_code="C2", invoice_number="2026/E/0000009", amount=Decimal("22.00")),
            ResumeCollection(customer_code="C2", invoice_number="2026/E/0000009"),
            ArrangeInstalments(
                customer_code="C2", invoice_number="2026/E/0000009", instalments=3, first_due_on=date(2099, 1, 1)
            ),
            SetInvoiceDelivery(customer_code="C1", delivery="email"),
            SetInvoiceDelivery(customer_code="C1", supply_code="S1", delivery="paper"),
            SetInvoiceDelivery(customer_code="C1", supply_code="S1", delivery=""),
            CloseSupply(
                customer_code="C1",
                supply_code="S1",
                ends_on=date(2026, 3, 15),
                forwarding=ELSEWHERE,
                meter_code="M1",
                values=shown(1100, 1090),
            ),
        ),
    )

    @pytest.fixture(autouse=True)
    def filled(self):
        load(
            [
                *household(),
                meter(
                    kind="with_corrector", registers=(register(), register("2", role="corrected", digits=8, serial="K"))
                ),
                reading("R1", values=shown(1000, 990), invoice_number="2026/G/0000007"),
                reading("R2", values=shown(1050, 1040), on=date(2026, 3, 5), origin="estimated"),
                reading("R3", values=shown(1010, 1000), on=date(2026, 3, 5), origin="self", superseded_by="R2"),
                supply("S3", service="telephony"),
                usage(supply_code="S3"),
                supply("S4", service="lpg", tank_litres=1750, annual_consumption=Decimal("900.000"), profile="C3E"),
                usage("U2", supply_code="S4", measure="delivery", unit="l"),
                mandate("MND-1", account_code="A2", customer_code="C2"),
                mandate(
                    "MND-2", account_code="A2", customer_code="C2", status="refused", reason="No", active_from=None
                ),
                invoice(
                    "2026/E/0000900",
                    collection="suspended",
                    contested=Decimal("22.00"),
                    supply_codes=("S2",),
                    **COMPANY,
                ),
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
