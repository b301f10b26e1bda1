import json
from copy import deepcopy
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from sportello.billing.errors import ForeignRows, Unavailable
from sportello.billing.records import (
    Address,
    Allocation,
    BillingAccountRecord,
    CustomerRecord,
    InvoiceRecord,
    PaymentRecord,
    SupplyRecord,
)
from sportello.connectors.sap.mapping import Answers, records_of
from sportello.connectors.sap.queries import ACCOUNT, INVOICES, PAYMENTS
from sportello.connectors.sap.rows import row_of, rows_of
from sportello.connectors.sap.site import Site
from sportello.connectors.sap.tests.cast import ALICE, BOB, DORA, HOME, meters_and_readings
from sportello.connectors.sap.tests.gateway import SITE, tree

TODAY = date(2026, 6, 1)


@pytest.fixture
def answers():
    """What SAP says of a customer, to be changed by the test before it is read."""

    def said_of(code):
        return {
            "account": tree(ACCOUNT.node, code)[0],
            "invoices": {"results": tree(INVOICES.node, code)},
            "payments": {"results": tree(PAYMENTS.node, code)},
        }

    return said_of


def read(said, *, code=ALICE, site=SITE, today=TODAY):
    found = Answers(
        customer_code=code,
        account=row_of(said["account"], node=ACCOUNT.node, owner=code, site=site),
        invoices=rows_of(said["invoices"], node=INVOICES.node, owner=code, site=site),
        payments=rows_of(said["payments"], node=PAYMENTS.node, owner=code, site=site),
    )
    return records_of(found, site=site, today=today)


def of_type(kind, records):
    return [record for record in records if isinstance(record, kind)]


def test_all_of_a_customer(answers):
    meter, *readings = (record for record in meters_and_readings() if record.customer_code == ALICE)
    assert read(answers(ALICE)) == (
        CustomerRecord(
            code=ALICE,
            kind="person",
            first_name="Alice",
            last_name="D'Este",
            email="alice@example.it",
            phone="+39 333 0000001",
            address=HOME,
        ),
        BillingAccountRecord(code="2001", customer_code=ALICE, balance=Decimal("61.00"), payment_method="direct_debit"),
        SupplyRecord(
            code="3001",
            customer_code=ALICE,
            account_code="2001",
            service="gas",
            status="active",
            address=HOME,
            started_on=date(2020, 1, 1),
        ),
        meter,
        *(
            InvoiceRecord(
                number=number,
                customer_code=ALICE,
                account_code="2001",
                issued_on=issued_on,
                due_on=issued_on + timedelta(days=20),
                amount=Decimal("61.00"),
                paid=Decimal(paid),
                supply_codes=("3001",),
                consumption=Decimal("123.000"),
                consumption_unit="Smc",
            )
            for number, issued_on, paid in (
                ("2026/G/0000001", date(2026, 3, 10), "61.00"),
                ("2026/G/0000002", date(2026, 5, 10), "0.00"),
            )
        ),
        PaymentRecord(
            code="9001",
            customer_code=ALICE,
            account_code="2001",
            paid_on=date(2026, 3, 20),
            amount=Decimal("61.00"),
            channel="shop",
            channel_text="Ricevitoria",
            allocations=(Allocation(invoice_number="2026/G/0000001", amount=Decimal("61.00")),),
        ),
        *readings,
    )


def test_a_company_with_two_accounts(answers):
    records = read(answers(BOB), code=BOB)
    customer = records[0]
    assert (customer.kind, customer.company_name, customer.language) == ("company", "Bob & C. S.r.l.", "en")
    assert [(account.code, account.balance) for account in of_type(BillingAccountRecord, records)] == [
        ("2002", Decimal("-5.50")),
        ("2003", Decimal("0.00")),
    ]
    assert [(supply.account_code, supply.service, supply.status) for supply in of_type(SupplyRecord, records)] == [
        ("2002", "electricity", "active"),
        ("2002", "lpg", "suspended"),
        ("2003", "telephony", "activating"),
        ("2003", "water", "closed"),
    ]
    assert of_type(PaymentRecord, records)[0].status == "returned"


def test_who_has_nothing_yet(answers):
    (customer,) = read(answers(DORA), code=DORA)
    assert (customer.last_name, customer.email, customer.phone, customer.address) == ("Neri", "", "", None)


def test_what_sap_does_not_supply_is_none(answers):
    records = read(answers(ALICE))
    customer, _, supply, *_ = records
    invoice = of_type(InvoiceRecord, records)[0]
    assert (customer.tax_code, customer.vat_number, customer.birth_date, customer.sdi_code, customer.pec) == (None,) * 5
    assert (supply.point_code, supply.balance, supply.offer) == (None,) * 3
    assert (supply.annual_consumption, supply.profile, supply.tank_litres) == (None,) * 3
    assert (invoice.kind, invoice.lines, invoice.vat, invoice.slip_code) == (None,) * 4
    assert (invoice.period_from, invoice.period_to, invoice.has_xml) == (None, None, False)


def test_what_a_site_omits_is_none(answers):
    site = replace(SITE, omitted=frozenset({"StandardAccountAddress", "ContractAccountBalance", "Premise"}))
    said = answers(ALICE)
    del said["account"]["StandardAccountAddress"]
    for account in said["account"]["ContractAccounts"]["results"]:
        del account["ContractAccountBalance"]
        for contract in account["Contracts"]["results"]:
            del contract["Premise"]
    customer, account, supply, *_ = read(said, site=site)
    assert (customer.address, account.balance, supply.address) == (None,) * 3
    assert customer.email == "alice@example.it"


# --- consumption -----------------------------------------------------------------------------------------------------
# A contract of which nothing is read.
UNREAD = {"ContractConsumptionValues": [], "Devices": [], "ContractAllDevices": [], "MeterReadingResults": []}


def contracts(said):
    return said["account"]["ContractAccounts"]["results"][0]["Contracts"]["results"]


def ending(*days):
    return {
        "results": [
            {
                "ContractID": "3001",
                "StartDate": "/Date(0)/",
                "EndDate": f"/Date({(day - date(1970, 1, 1)).days * 86_400_000})/",
                "ConsumptionValue": "10.00000000000000",
                "ConsumptionUnit": "SMC",
            }
            for day in days
        ]
    }


@pytest.mark.parametrize(
    ("before", "known"),
    [([0], True), ([45], True), ([46], False), ([-1], False), ([10, 20], False), ([10, 46], True), ([], False)],
)
def test_consumption_is_known_from_the_one_that_ends_in_the_45_days_up_to_the_invoice(answers, before, known):
    said = answers(ALICE)
    contracts(said)[0]["ContractConsumptionValues"] = ending(*(date(2026, 3, 10) - timedelta(days=n) for n in before))
    invoice = of_type(InvoiceRecord, read(said))[0]
    assert invoice.issued_on == date(2026, 3, 10)
    assert (invoice.consumption, invoice.consumption_unit) == ((Decimal("10.000"), "Smc") if known else (None, ""))


def test_consumption_is_not_known_where_two_invoices_could_bill_it(answers):
    said = answers(ALICE)
    fee = {**said["invoices"]["results"][0], "InvoiceID": "2026/S/1", "InvoiceDate": edm(date(2026, 3, 15))}
    said["invoices"]["results"].append(fee)
    assert [(invoice.number, invoice.consumption) for invoice in of_type(InvoiceRecord, read(said))] == [
        ("2026/G/0000001", None),
        ("2026/G/0000002", Decimal("123.000")),
        ("2026/S/1", None),
    ]


def test_consumption_is_not_known_where_the_account_has_two_contracts(answers):
    said = answers(ALICE)
    contracts(said).append({**contracts(said)[0], "ContractID": "3999", **UNREAD})
    invoice = of_type(InvoiceRecord, read(said))[0]
    assert invoice.consumption is None
    assert invoice.supply_codes == ("3001", "3999")


def test_a_contract_that_we_do_not_show_still_makes_consumption_uncertain(answers):
    said = answers(ALICE)
    waste = {**contracts(said)[0], "ContractID": "3999", "DivisionID": "77", **UNREAD}
    contracts(said).append(waste)
    records = read(said)
    assert [supply.code for supply in of_type(SupplyRecord, records)] == ["3001"]
    invoice = of_type(InvoiceRecord, records)[0]
    assert (invoice.consumption, invoice.supply_codes) == (None, ("3001",))


# --- the state of a supply -------------------------------------------------------------------------------------------
def edm(day):
    return None if day is None else f"/Date({(day - date(1970, 1, 1)).days * 86_400_000})/"


@pytest.mark.parametrize(
    ("start", "end", "historic", "said_status", "status"),
    [
        (date(2020, 1, 1), None, False, "", "active"),
        (TODAY, None, False, "", "active"),
        (TODAY + timedelta(days=1), None, False, "", "activating"),
        (None, None, False, "", "activating"),
        (date(2020, 1, 1), TODAY, False, "", "active"),
        (date(2020, 1, 1), TODAY - timedelta(days=1), False, "", "closed"),
        (date(2020, 1, 1), date(9999, 12, 31), False, "", "active"),
        (date(2020, 1, 1), None, True, "", "closed"),
        (date(2020, 1, 1), None, None, "Sospeso", "suspended"),
        (date(2020, 1, 1), None, True, "Sospeso", "closed"),
        (date(2020, 1, 1), None, False, "Something else", "active"),
    ],
)
def test_the_state_of_a_supply(answers, start, end, historic, said_status, status):
    said = answers(ALICE)
    contracts(said)[0].update(
        MoveInDate=edm(start), MoveOutDate=edm(end), HistoricFlag=historic, ProcessingStatus=said_status
    )
    assert of_type(SupplyRecord, read(said))[0].status == status


# --- payments --------------------------------------------------------------------------------------------------------
def payment(said):
    return said["payments"]["results"][0]


def item(number, amount, document="9001"):
    return {"PaymentDocumentID": document, "InvoiceID": number, "Amount": amount, "Currency": "EUR"}


def test_a_payment_by_a_way_that_is_in_no_mapping_keeps_billings_words(answers):
    said = answers(ALICE)
    payment(said)["PaymentMethodDescription"] = "Piccione viaggiatore"
    record = of_type(PaymentRecord, read(said))[0]
    assert (record.channel, record.channel_text) == (None, "Piccione viaggiatore")


@pytest.mark.parametrize(
    "change", [{"ExecutionDate": None}, {"ExecutionDate": edm(date(2099, 1, 1))}, {"PaymentStatusID": "01"}]
)
def test_a_payment_that_is_only_planned_is_left_out(answers, change):
    said = answers(ALICE)
    payment(said).update(change)
    assert of_type(PaymentRecord, read(said)) == []


def test_a_payment_of_nothing_known_belongs_to_the_only_account(answers):
    said = answers(ALICE)
    payment(said)["PaymentDocumentItems"] = {"results": [item("of somebody else", "61.0000")]}
    record = of_type(PaymentRecord, read(said))[0]
    assert (record.account_code, record.allocations) == ("2001", ())


def test_a_payment_of_nothing_known_belongs_to_no_account_where_there_are_several(answers):
    said = answers(BOB)
    payment(said)["PaymentDocumentItems"] = {"results": []}
    assert of_type(PaymentRecord, read(said, code=BOB))[0].account_code is None


def test_a_payment_to_two_accounts_is_shown_in_both(answers):
    said = answers(BOB)
    said["invoices"]["results"].append(
        {**said["invoices"]["results"][0], "InvoiceID": "7", "ContractAccountID": "2003"}
    )
    payment(said)["PaymentDocumentItems"]["results"] = [
        item("2026/E/0000001", "40.0000", "9002"),
        item("7", "20.0000", "9002"),
    ]
    records = of_type(PaymentRecord, read(said, code=BOB))
    assert [(record.code, record.account_code, record.amount) for record in records] == [
        ("9002-2002", "2002", Decimal("40.00")),
        ("9002-2003", "2003", Decimal("20.00")),
        ("9002-", None, Decimal("1.00")),
    ]


# --- other people's rows ---------------------------------------------------------------------------------------------
FOREIGN = {
    "the account": lambda said: said["account"].update(AccountID="1002"),
    "an e-mail address": lambda said: said["account"]["AccountAddressIndependentEmails"]["results"][0].update(
        AccountID="1002"
    ),
    "the address": lambda said: said["account"]["StandardAccountAddress"].update(AccountID="1002"),
    "a contract account": lambda said: said["account"]["ContractAccounts"]["results"][0].update(AccountID="1002"),
    "a balance": lambda said: said["account"]["ContractAccounts"]["results"][0]["ContractAccountBalance"].update(
        ContractAccountID="2002"
    ),
    "a contract": lambda said: contracts(said)[0].update(ContractAccountID="2002"),
    "a premise": lambda said: contracts(said)[0]["Premise"].update(PremiseID="3002"),
    "a consumption": lambda said: contracts(said)[0]["ContractConsumptionValues"]["results"][0].update(
        ContractID="3002"
    ),
    "an invoice": lambda said: said["invoices"]["results"][1].update(AccountID="1002"),
    "an invoice of a foreign account": lambda said: said["invoices"]["results"][1].update(ContractAccountID="2002"),
    "a payment": lambda said: payment(said).update(AccountID="1002"),
    "an allocation": lambda said: payment(said)["PaymentDocumentItems"]["results"][0].update(PaymentDocumentID="9002"),
    "a row of nobody": lambda said: payment(said).update(AccountID=None),
}


@pytest.mark.parametrize("row", FOREIGN)
def test_one_foreign_row_and_nothing_is_used(answers, row):
    said = answers(ALICE)
    read(deepcopy(said))
    FOREIGN[row](said)
    with pytest.raises(ForeignRows):
        read(said)


def test_zeros_before_a_number_do_not_make_it_foreign(answers):
    said = json.loads(
        json.dumps(answers(ALICE)).replace(f'"{ALICE}"', '"0000001001"').replace('"2001"', '"000000002001"')
    )
    said["invoices"]["results"][0]["ContractAccountID"] = "2001"
    records = read(said)
    assert {record.code if isinstance(record, CustomerRecord) else record.customer_code for record in records} == {
        ALICE
    }
    assert {invoice.account_code for invoice in of_type(InvoiceRecord, records)} == {"000000002001"}


# --- shapes ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "change",
    [
        lambda said: said.update(account=[]),
        lambda said: said.update(invoices={}),
        lambda said: said.update(invoices=None),
        lambda said: said.update(payments={"results": [], "__next": "Accounts('1001')/PaymentDocuments?$skiptoken=1"}),
        lambda said: said["account"].pop("LastName"),
        lambda said: said["account"].pop("ContractAccounts"),
        lambda said: said["account"].update(ContractAccounts={"__deferred": {"uri": "x"}}),
        lambda said: said["account"].update(LastName=5),
        lambda said: said["account"].update(AccountTypeID="9"),
        lambda said: said["invoices"]["results"][0].update(AmountDue="many"),
        lambda said: said["invoices"]["results"][0].update(InvoiceID=""),
        lambda said: said["invoices"]["results"][0].update(InvoiceDate=None),
        lambda said: said["invoices"]["results"][0].update(Currency="USD"),
        lambda said: said["account"]["StandardAccountAddress"].update(AddressInfo="Via Roma 1"),
    ],
)
def test_an_answer_of_another_shape_is_no_answer(answers, change):
    said = answers(ALICE)
    change(said)
    with pytest.raises(Unavailable):
        read(said)


def test_contacts_of_the_standard_address_count_where_there_are_no_own_ones(answers):
    said = answers(DORA)
    said["account"]["StandardAccountAddress"] |= {
        "AccountAddressDependentEmails": {
            "results": [
                {"AccountID": DORA, "Email": "second@example.it", "StandardFlag": False},
                {"AccountID": DORA, "Email": "dora@example.it", "StandardFlag": True},
            ]
        },
        "AccountAddressDependentPhones": {
            "results": [{"AccountID": DORA, "CompletePhoneNo": "0535 000001", "StandardFlag": True}]
        },
    }
    (customer,) = read(said, code=DORA)
    assert (customer.email, customer.phone) == ("dora@example.it", "0535 000001")


def test_an_invoice_under_the_sites_own_names(answers):
    said = answers(ALICE)
    for invoice in said["invoices"]["results"]:
        invoice["ZDate"] = invoice.pop("InvoiceDate")
    said["account"]["StandardAccountAddress"]["AddressInfo"]["ZCity"] = "Mirandola"
    site = replace(SITE, names={"Invoice.InvoiceDate": "ZDate", "AddressInfo.City": "ZCity"})
    records = read(said, site=site)
    assert of_type(InvoiceRecord, records)[0].issued_on == date(2026, 3, 10)
    assert records[0].address == replace(HOME, municipality="Mirandola")


def test_the_same_invoice_twice_is_one(answers):
    said = answers(ALICE)
    said["invoices"]["results"] *= 2
    assert len(of_type(InvoiceRecord, read(said))) == 2


def test_without_a_mapping_nothing_is_guessed_from_codes(answers):
    records = read(answers(ALICE), site=Site())
    assert of_type(BillingAccountRecord, records)[0].payment_method is None
    assert of_type(PaymentRecord, records)[0].channel is None
    assert of_type(InvoiceRecord, records)[0].collection == ""
    assert records[0].address == Address(**{name: getattr(HOME, name) for name in HOME.__slots__})
