"""Where SAP keeps what customers ask for: names and addresses, telephones, where post goes, and by what mandate is debited."""

from dataclasses import replace
from datetime import date

import pytest

from sportello.billing.commands import ChangePersonalData, RevokeDirectDebit
from sportello.billing.errors import Conflict, Refused, Unavailable
from sportello.billing.records import BillingAccountRecord, MandateRecord
from sportello.connectors.sap import personal, posting
from sportello.connectors.sap.tests.books import Books, behind, cut
from sportello.connectors.sap.tests.cast import ALICE, BOB, DORA, HOME
from sportello.connectors.sap.tests.gateway import SITE
from sportello.connectors.sap.tests.test_executing import (
    ABROAD,
    COMPANY,
    CONTACTS,
    DEBIT,
    IBAN,
    NEW_HOME,
    PERSON,
    POST,
    REVOCATION,
    customer_of,
)
from sportello.connectors.sap.writes import body


@pytest.fixture
def books():
    return Books()


@pytest.fixture
def sap(books):
    with behind(books) as found:
        yield found


def account_of(sap, customer, code):
    found = (each for each in sap.snapshot(customer).records if isinstance(each, BillingAccountRecord))
    return next(account for account in found if account.code == code)


def mandates_of(sap, customer):
    return [record for record in sap.snapshot(customer).records if isinstance(record, MandateRecord)]


# --- personal data -----------------------------------------------------------------------------------------------------
def test_a_whole_change_in_saps_own_form(sap, books):
    sap.execute(PERSON, key="k")
    customer = customer_of(sap, ALICE)
    assert (customer.first_name, customer.last_name, customer.email) == ("Alicia", "Rossi", "alice.deste@example.com")
    assert (customer.phone, customer.address) == ("+390535000123", NEW_HOME)
    assert [(method, path.partition("(")[0]) for method, path, _ in books.writes] == [
        ("MERGE", "AccountAddresses"),
        ("MERGE", "Accounts"),
        ("MERGE", "AccountAddressIndependentEmails"),
        ("POST", "AccountAddressIndependentPhones"),  # no mobile number in a mobile's place
        ("DELETE", "AccountAddressIndependentMobilePhones"),
    ]
    assert books.writes[3][2] == {
        "AccountID": ALICE,
        "PhoneNo": "0535000123",
        "Extension": "",
        "CountryID": "IT",
        "StandardFlag": True,
    }


def test_a_company_has_two_lines(sap, books):
    sap.execute(COMPANY, key="k")
    (account,) = books.of("Accounts", BOB)
    assert (account["Name1"], account["Name2"]) == (
        "Costruzioni e Ristrutturazioni Bob &",
        "Compagni di Concordia S.r.l.",
    )
    assert customer_of(sap, BOB).company_name == COMPANY.company_name
    short = ChangePersonalData(customer_code=BOB, company_name="Bob")
    sap.execute(short, key="k")
    assert (account["Name1"], account["Name2"]) == ("Bob", "")


def test_a_group_has_lines_of_its_own(sap, books):
    (account,) = books.of("Accounts", BOB)
    account.update(AccountTypeID="3", Name1="")
    sap.execute(ChangePersonalData(customer_code=BOB, company_name="Condominio Verdi"), key="k")
    assert (account["GroupName1"], account["Name1"]) == ("Condominio Verdi", "")


@pytest.mark.parametrize(
    ("command", "field"),
    [
        (ChangePersonalData(customer_code=ALICE, company_name="Alice S.r.l."), "company_name"),
        (ChangePersonalData(customer_code=BOB, last_name="Bobson"), "last_name"),
    ],
)
def test_a_person_is_no_company(sap, books, command, field):
    with pytest.raises(Refused) as no:
        sap.execute(command, key="k")
    assert (no.value.field, books.writes) == (field, [])


@pytest.mark.parametrize(
    ("length", "halves"),
    [(40, 40), (41, None)],
)
def test_a_name_at_the_edge_of_its_line(length, halves):
    assert personal.halves("x" * length) == (("x" * length, "") if halves else None)
    assert personal.halves(f"{'x' * length} {'y' * 40}") == (("x" * 40, "y" * 40) if halves else None)
    assert personal.halves(f"{'x' * 40} {'y' * length}") == (("x" * 40, "y" * 40) if halves else None)


def test_what_belongs_to_the_old_place_goes_with_it(sap, books):
    (address,) = books.of("AccountAddresses", ALICE)
    address["AddressInfo"].update(Floor="3", POBox="12", LanguageID="I", StandardFlag="X")
    sap.execute(ChangePersonalData(customer_code=ALICE, address=NEW_HOME), key="k")
    info = address["AddressInfo"]
    assert (info["Floor"], info["POBox"], info["LanguageID"], info["StandardFlag"]) == ("", "", "I", "X")
    assert (info["Street"], info["HouseNo"], info["CountryID"]) == ("Corso Canalgrande", "7/B", "IT")


def test_whoever_has_no_address_gets_a_standard_one(sap, books):
    books.rows["AccountAddresses"] = [row for row in books.rows["AccountAddresses"] if row["AccountID"] != DORA]
    command = ChangePersonalData(customer_code=DORA, address=NEW_HOME, email="dora@example.it", phone="+393330000000")
    sap.execute(command, key="k")
    customer = customer_of(sap, DORA)
    assert (customer.address, customer.email, customer.phone) == (NEW_HOME, "dora@example.it", "+393330000000")
    assert [method for method, _, _ in books.writes] == ["POST", "POST", "POST"]
    assert sap.execute(command, key="k").duplicate


def contacts(books, name, *values, customer=ALICE):
    """Puts these in a set instead of what is there, the first of them standard."""
    key = "Email" if "Email" in name else "CompletePhoneNo"
    books.rows[name] = [
        {
            "AccountID": customer,
            "AddressID": "1",
            "SequenceNo": f"{place:03d}",
            "StandardFlag": place == 0,
            "PhoneNo": "",
            "Extension": "",
            "CountryID": "",
            key: value,
        }
        for place, value in enumerate(values)
    ]


INDEPENDENT, DEPENDENT = "AccountAddressIndependent", "AccountAddressDependent"


def test_an_address_that_he_has_already_comes_first_and_is_not_there_twice(sap, books):
    contacts(books, f"{INDEPENDENT}Emails", "old@example.it", "alice.deste@example.com")
    sap.execute(replace(CONTACTS, phone=None), key="k")
    assert [row["Email"] for row in books.of(f"{INDEPENDENT}Emails", ALICE)] == ["alice.deste@example.com"]


def test_an_address_of_the_standard_address_is_changed_there(sap, books):
    contacts(books, f"{INDEPENDENT}Emails")
    contacts(books, f"{DEPENDENT}Emails", "old@example.it", "other@example.it")
    sap.execute(replace(CONTACTS, phone=None), key="k")
    assert [row["Email"] for row in books.of(f"{DEPENDENT}Emails", ALICE)] == [CONTACTS.email, "other@example.it"]
    assert customer_of(sap, ALICE).email == CONTACTS.email


@pytest.mark.parametrize(
    ("mobile", "fixed", "asked", "left"),
    [
        ((), ("+39059111",), "+393331234567", (["+393331234567"], ["+39059111"])),
        (("+393330000009",), ("+39059111",), "+39059222", ([], ["+39059111", "+39059222"])),
        (("+393330000009",), ("+39059111",), "+39059111", ([], ["+39059111"])),
        (("+39 333 1234567",), (), "+393331234567", (["+39 333 1234567"], [])),
        (("0039 333-1234567",), (), "+393331234567", (["0039 333-1234567"], [])),
        (("+44 20 1", "+39331"), (), "+393331234567", (["+393331234567", "+39331"], [])),
        (("+39331",), ("+39059",), "", ([], [])),
    ],
)
def test_which_telephones_stand_there_afterwards(sap, books, mobile, fixed, asked, left):
    contacts(books, f"{INDEPENDENT}MobilePhones", *mobile)
    contacts(books, f"{INDEPENDENT}Phones", *fixed)
    command = ChangePersonalData(customer_code=ALICE, phone=asked)
    sap.execute(command, key="k")
    found = [
        [row["CompletePhoneNo"] for row in books.of(f"{INDEPENDENT}{kind}s", ALICE)]
        for kind in ("MobilePhone", "Phone")
    ]
    assert tuple(found) == left
    assert personal.national(customer_of(sap, ALICE).phone) == personal.national(asked)
    assert sap.execute(command, key="k").duplicate


# --- where post goes ---------------------------------------------------------------------------------------------------
def test_post_goes_to_an_address_of_its_own_though_he_lives_there(sap, books):
    """So it does not move when he does."""
    sap.execute(replace(POST, address=HOME), key="k")
    sap.execute(ChangePersonalData(customer_code=ALICE, address=ABROAD), key="k")
    assert account_of(sap, ALICE, "2001").mailing_address == HOME
    assert customer_of(sap, ALICE).address == ABROAD


def test_an_address_that_he_has_already_is_used(sap, books):
    sap.execute(POST, key="k")
    sap.execute(replace(POST, address=ABROAD), key="k")
    sap.execute(POST, key="k")
    assert [method for method, _, _ in books.writes] == ["POST", "MERGE", "POST", "MERGE", "MERGE"]
    assert account_of(sap, ALICE, "2001").mailing_address == NEW_HOME
    assert len(books.of("AccountAddresses", ALICE)) == 3


def test_post_that_goes_to_somebody_else_is_left_to_an_operator(sap, books):
    books.account("2001").update(BillToAccountID="1099", BillToAccountAddressID="77")
    with pytest.raises(Refused, match="somebody else"):
        sap.execute(POST, key="k")
    assert books.writes == []
    assert account_of(sap, ALICE, "2001").mailing_address is None


def test_a_site_may_keep_it_in_two_places(books):
    books.site = replace(SITE, mailing_address_in=("BillToAccountAddressID", "AccountAddressID"))
    books.account("2001").update(BillToAccountID=f"000000{ALICE}")
    with behind(books) as sap:
        reference = sap.execute(POST, key="k").reference
        row = books.account("2001")
        assert (row["BillToAccountAddressID"], row["AccountAddressID"]) == (reference, reference)
        row["AccountAddressID"] = ""
        assert not sap.execute(POST, key="k").duplicate  # one of them was missing
        assert row["AccountAddressID"] == reference


# --- debits ------------------------------------------------------------------------------------------------------------
def test_a_mandate_is_read_back_by_the_name_of_its_bank_account(sap, books):
    receipt = sap.execute(DEBIT, key="k")
    (row,) = books.of("BankAccounts", BOB)
    assert row == {
        "AccountID": BOB,
        "BankAccountID": receipt.reference,
        "IBAN": IBAN,
        "CountryID": "IT",
        "AccountHolder": "Bob & C. S.r.l.",
        "BankAccountName": "UMR A-26000001-ABCDEFGH 30/11/2026",
    }
    assert account_of(sap, BOB, "2002").payment_method == "direct_debit"
    assert mandates_of(sap, BOB) == [
        MandateRecord(
            code="A-26000001-ABCDEFGH",
            customer_code=BOB,
            account_code="2002",
            scheme="core",
            status="active",
            iban=IBAN,
            holder="Bob & C. S.r.l.",
            signed_on=date(2026, 11, 30),
        )
    ]


@pytest.mark.parametrize("name", ["", "Conto corrente", "UMR x", "UMR x 31/02/2026", "UMR  30/11/2026"])
def test_a_bank_account_that_says_nothing_of_a_mandate(sap, books, name):
    sap.execute(DEBIT, key="k")
    books.of("BankAccounts", BOB)[0]["BankAccountName"] = name
    assert mandates_of(sap, BOB) == []
    assert account_of(sap, BOB, "2002").payment_method == "direct_debit"


def test_a_mandate_of_two_accounts_is_read_once(sap, books):
    sap.execute(DEBIT, key="k")
    books.account("2003").update(
        IncomingPaymentMethodID="D", IncomingPaymentBankAccountID=books.account("2002")["IncomingPaymentBankAccountID"]
    )
    assert [mandate.account_code for mandate in mandates_of(sap, BOB)] == ["2002"]


def test_revoked_and_sent_again_it_stays_revoked(sap, books):
    """A late repetition of a command does not bring back what the customer has taken back."""
    first = sap.execute(DEBIT, key="k")
    revocation = replace(REVOCATION, customer_code=BOB, account_code="2002", mandate_reference=DEBIT.mandate_reference)
    assert not sap.execute(revocation, key="r").duplicate
    assert sap.execute(revocation, key="r").duplicate
    again = sap.execute(DEBIT, key="k")
    assert (again.duplicate, again.reference) == (True, first.reference)
    assert (account_of(sap, BOB, "2002").payment_method, mandates_of(sap, BOB)) == ("postal_slip", [])


def test_a_later_mandate_is_not_taken_back_to_an_earlier_one(sap, books):
    sap.execute(DEBIT, key="k")
    later = replace(DEBIT, mandate_reference="A-26000002-ABCDEFGH")
    sap.execute(later, key="k2")
    writes = len(books.writes)
    for command in (
        DEBIT,
        RevokeDirectDebit(customer_code=BOB, account_code="2002", mandate_reference=DEBIT.mandate_reference),
    ):
        with pytest.raises(Conflict, match="another bank account"):
            sap.execute(command, key="k")
    assert len(books.writes) == writes
    assert [mandate.code for mandate in mandates_of(sap, BOB)] == ["A-26000002-ABCDEFGH"]


def test_it_takes_the_place_of_an_earlier_bank_account(sap, books):
    books.rows["BankAccounts"].append(
        {"AccountID": BOB, "BankAccountID": "0001", "BankAccountName": "", "AccountHolder": "", "IBAN": IBAN}
    )
    books.account("2002").update(IncomingPaymentMethodID="D", IncomingPaymentBankAccountID="0001")
    books.before[2] = cut
    with pytest.raises(Unavailable):
        sap.execute(DEBIT, key="k")
    assert books.account("2002")["IncomingPaymentBankAccountID"] == "0001"
    assert sap.execute(DEBIT, key="k").reference == "8001"
    assert books.account("2002")["IncomingPaymentBankAccountID"] == "8001"


def test_names_of_the_site_go_out_and_come_back(books):
    """The site calls a property otherwise, in what is read, sent, and refused."""
    site = replace(SITE, names={"Account.LastName": "ZLast", "AddressInfo.Street": "ZStreet"})
    sent = personal.Step(
        write=personal.NAMES_CHANGED, row={"AccountID": "1", "LastName": "x"}, fields={"LastName": "last_name"}
    )
    with behind(Books(site=site)) as sap:
        taking = personal.Taking(client=sap._client, site=site, customer_code="1")
        assert taking._field("ZLast", sent) == "last_name"
    info = {"AccountID": "1", "AddressInfo": posting.addresses.added(NEW_HOME, standard=False)}
    assert posting.ADDRESS_ADDED.properties == ("AccountID", "AddressInfo")
    assert body(posting.ADDRESS_ADDED, [info], site=site)["AddressInfo"]["ZStreet"] == "Corso Canalgrande"
