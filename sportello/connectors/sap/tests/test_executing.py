"""What customers ask for reaches SAP once and whole, whatever happens between any two writes."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import httpx
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
    SuspendCollection,
)
from sportello.billing.conformance import Conformance, Sample
from sportello.billing.errors import Conflict, NotThere, Refused, Unavailable
from sportello.billing.records import Address, CustomerRecord
from sportello.connectors.sap import debiting, personal, posting
from sportello.connectors.sap.site_file import OMITTABLE
from sportello.connectors.sap.tests.books import FAULTS, Books, behind, cut, refusing
from sportello.connectors.sap.tests.cast import ALICE, BOB, DORA, HOME
from sportello.connectors.sap.tests.gateway import SITE

IBAN = "IT60X0542811101000000123456"
NEW_HOME = Address(street="Corso Canalgrande", number="7/B", postcode="41121", municipality="Modena", province="MO")
ABROAD = Address(street="Rue de Rivoli", number="1", postcode="75001", municipality="Paris", country="FR")

CONTACTS = ChangePersonalData(customer_code=ALICE, email="alice.deste@example.com", phone="+393331234567")
PERSON = replace(CONTACTS, first_name="Alicia", last_name="Rossi", address=NEW_HOME, phone="+390535000123")
COMPANY = ChangePersonalData(
    customer_code=BOB, company_name="Costruzioni e Ristrutturazioni Bob & Compagni di Concordia S.r.l.", address=ABROAD
)
NO_CONTACTS = ChangePersonalData(customer_code=ALICE, email="", phone="")
POST = ChangeMailingAddress(customer_code=ALICE, account_code="2001", address=NEW_HOME)
DEBIT = RequestDirectDebit(
    customer_code=BOB,
    account_code="2002",
    mandate_reference="A-26000001-ABCDEFGH",
    scheme="core",
    iban=IBAN,
    holder="Bob & C. S.r.l.",
    holder_tax_code="01234567890",
    signed_on=date(2026, 11, 30),
)
REVOCATION = RevokeDirectDebit(customer_code=ALICE, account_code="2001")
# Each with the number of writes that it takes.
COMMANDS = {
    "contacts": (CONTACTS, 2),
    "person": (PERSON, 5),
    "company": (COMPANY, 2),
    "no contacts": (NO_CONTACTS, 2),
    "mailing address": (POST, 2),
    "debit": (DEBIT, 2),
    "revocation": (REVOCATION, 1),
}
WRITES = [(name, number) for name, (_, writes) in COMMANDS.items() for number in range(1, writes + 1)]


@pytest.fixture
def books():
    return Books()


@pytest.fixture
def sap(books):
    with behind(books) as found:
        yield found


def customer_of(sap, code):
    return next(record for record in sap.snapshot(code).records if isinstance(record, CustomerRecord))


class TestConformance(Conformance):
    may_write = True
    sample = Sample(
        customers=(ALICE, BOB, DORA),
        unknown="1999",
        web_code=PublishWebCode(customer_code=ALICE, web_code="ABCD", expires_on=date(2026, 12, 1)),
        commands=(
            *(command for command, _ in COMMANDS.values()),
            replace(DEBIT, scheme="b2b", mandate_reference="A-26000002-ABCDEFGH"),
            replace(REVOCATION, customer_code=BOB, account_code="2002", mandate_reference="A-26000002-ABCDEFGH"),
            # What SAP's service cannot express, or not all of it.
            replace(CONTACTS, tax_code="RSSMRA80A01F257G"),
            replace(POST, addressee="Studio Neri"),
            replace(DEBIT, signatory="Bob", signatory_tax_code="RSSMRA80A01F257G"),
            SuspendCollection(customer_code=ALICE, invoice_number="2026/G/0000001", amount=Decimal(1)),
            ResumeCollection(customer_code=ALICE, invoice_number="2026/G/0000001"),
            ArrangeInstalments(
                customer_code=ALICE,
                invoice_number="2026/G/0000001",
                instalments=3,
                first_due_on=date(2027, 1, 1),
            ),
            CloseSupply(customer_code=ALICE, supply_code="3001", ends_on=date(2027, 1, 1), forwarding=NEW_HOME),
        ),
    )

    @pytest.fixture(autouse=True)
    def _billing(self, sap):
        self.billing = sap


# --- once, through crashes ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", COMMANDS)
def test_it_is_written_once_and_read_back(sap, books, name):
    command, writes = COMMANDS[name]
    first = sap.execute(command, key="k")
    assert (first.duplicate, len(books.writes)) == (False, writes)
    again = sap.execute(command, key="k")
    assert (again.duplicate, again.reference, len(books.writes)) == (True, first.reference, writes)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(("name", "number"), WRITES)
def test_a_fault_at_any_write_comes_to_the_same(sap, books, name, number, when, fault):
    """Nothing is written twice: what was done before the fault is found, and only the rest is done."""
    command, writes = COMMANDS[name]
    undisturbed = Books()
    with behind(undisturbed) as other:
        other.execute(command, key="k")
    getattr(books, when)[number] = FAULTS[fault]
    with pytest.raises(Unavailable) as away:
        sap.execute(command, key="k")
    assert away.value.retry_after == (7 if fault == "503" else None)
    assert len(books.writes) == number - (when == "before")
    last = (number, when) == (writes, "after")
    assert sap.execute(command, key="k").duplicate is last
    assert books.writes == undisturbed.writes
    assert books.rows == undisturbed.rows


@pytest.mark.parametrize(
    ("name", "module", "look"),
    [("debit", debiting, "_numbers"), ("mailing address", posting, "_numbers"), ("person", personal, "_says")],
)
def test_without_the_look_it_would_be_there_twice(sap, books, monkeypatch, name, module, look):
    """The control of the ones above."""
    monkeypatch.setattr(module, look, lambda *_: [])
    command, writes = COMMANDS[name]
    books.after[writes - 1] = cut
    with pytest.raises(Unavailable):
        sap.execute(command, key="k")
    sap.execute(command, key="k")
    created = [path for method, path, _ in books.writes if method == "POST"]
    assert len(created) > len(set(created))


@pytest.mark.parametrize("name", COMMANDS)
def test_where_the_look_fails_nothing_is_written(sap, books, name):
    for fault in FAULTS.values():
        books.reading = fault
        with pytest.raises(Unavailable):
            sap.execute(COMMANDS[name][0], key="k")
    assert (books.writes, set(books.methods)) == ([], {"GET"})


@pytest.mark.parametrize("name", ["mailing address", "debit", "person"])
def test_a_token_that_has_expired_between_two_writes(sap, books, name):
    command, writes = COMMANDS[name]

    def expired(request):
        books.token = "second"
        return httpx.Response(403, text="no", headers={"X-CSRF-Token": "Required"})

    books.before[2] = expired
    assert not sap.execute(command, key="k").duplicate
    assert len(books.writes) == writes


@pytest.mark.parametrize("name", ["mailing address", "debit"])
def test_what_was_created_is_found_where_nothing_is_said_of_it(sap, books, name):
    books.silent = True
    receipt = sap.execute(COMMANDS[name][0], key="k")
    assert receipt.reference == "8001"
    assert len(books.writes) == 2


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("status", [400, 409])
def test_a_refusal_of_what_has_been_done_meanwhile_is_no_refusal(sap, books, name, status):
    """SAP was still at work on the request before, and refuses to do it again."""
    command, writes = COMMANDS[name]

    def done_meanwhile(request):
        books.take(request)
        return refusing("exists already", status=status)(request)

    books.before[writes] = done_meanwhile
    assert sap.execute(command, key="k").duplicate
    assert len(books.writes) == writes


# --- refusals ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "number", "named", "field", "done"),
    [
        ("contacts", 1, "Email", "email", ""),
        ("contacts", 2, "PhoneNo", "phone", " (already changed: email)"),
        ("person", 1, "AddressInfo/Street", "address", ""),
        ("person", 2, "LastName", "last_name", " (already changed: address)"),
        ("person", 2, "FirstName", "first_name", " (already changed: address)"),
        ("person", 3, "", "email", " (already changed: address, first_name)"),
        ("company", 2, "Name2", "company_name", " (already changed: address)"),
        ("mailing address", 1, "City", "address", ""),
        ("mailing address", 2, "", "address", " (already changed: address)"),
        ("debit", 1, "IBAN", "iban", ""),
        ("debit", 1, "AccountHolder", "holder", ""),
        ("debit", 1, "BankID", "iban", ""),
        ("debit", 2, "IncomingPaymentMethodID", "scheme", " (already changed: iban)"),
        ("revocation", 1, "", "account_code", ""),
    ],
)
def test_a_refusal_in_saps_words_with_the_field_and_what_was_done(sap, books, name, number, named, field, done):
    books.before[number] = refusing("Conto bloccato", named)
    with pytest.raises(Refused) as no:
        sap.execute(COMMANDS[name][0], key="k")
    assert (no.value.reason, no.value.field) == (f"Conto bloccato{done}", field)
    books.before[books.next_write] = refusing("Locked by MROSSI", status=409)
    with pytest.raises(Conflict, match="Locked"):
        sap.execute(COMMANDS[name][0], key="k")
    assert not sap.execute(COMMANDS[name][0], key="k").duplicate


def test_what_is_gone_when_it_is_to_be_changed(sap, books):
    books.before[1] = refusing("Resource not found", status=404)
    with pytest.raises(Conflict, match="not there any more"):
        sap.execute(CONTACTS, key="k")


@pytest.mark.parametrize(
    ("command", "kind"),
    [
        (replace(CONTACTS, customer_code="1999"), "customer"),
        (replace(CONTACTS, customer_code="' or 1"), "customer"),
        (replace(POST, account_code="2002"), "billing account"),
        (replace(POST, account_code="\x00"), "billing account"),
        (replace(POST, customer_code=BOB), "billing account"),
        (replace(DEBIT, account_code="2001"), "billing account"),
        (replace(DEBIT, customer_code=ALICE), "billing account"),
        (replace(REVOCATION, account_code="2003"), "billing account"),
        (replace(REVOCATION, mandate_reference="A-1"), "mandate"),
    ],
)
def test_what_is_not_this_customers_is_not_there(sap, books, command, kind):
    with pytest.raises(NotThere) as missing:
        sap.execute(command, key="k")
    assert (missing.value.kind, books.writes) == (kind, [])


# --- what is taken -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "command",
    [
        replace(CONTACTS, tax_code=""),
        replace(CONTACTS, vat_number="01234567890"),
        replace(CONTACTS, birth_date=date(1980, 1, 1)),
        replace(CONTACTS, sdi_code="ABCDEFG"),
        replace(CONTACTS, pec="a@pec.example.it"),
        replace(CONTACTS, phone="+442071234567"),
        replace(CONTACTS, phone="+39" + "3" * 31),
        replace(CONTACTS, email="a" * 240 + "@b"),
        replace(CONTACTS, last_name="x" * 41),
        replace(COMPANY, company_name="x" * 41),
        replace(COMPANY, company_name="x" * 41 + " y"),
        replace(COMPANY, company_name="parola " * 12),
        replace(CONTACTS, address=replace(NEW_HOME, street="x" * 61)),
        replace(CONTACTS, address=replace(NEW_HOME, number="x" * 11)),
        replace(CONTACTS, address=replace(NEW_HOME, street="", municipality=" ")),
        replace(POST, address=replace(NEW_HOME, province="Modena")),
        replace(POST, addressee="Studio Neri"),
        replace(DEBIT, signatory="Anna"),
        replace(DEBIT, holder="x" * 61),
        replace(DEBIT, holder=" "),
        replace(DEBIT, mandate_reference="x" * 26),
        replace(DEBIT, mandate_reference=" x"),
        CloseSupply(customer_code=ALICE, supply_code="3001", ends_on=date(2027, 1, 1), forwarding=HOME),
        SuspendCollection(customer_code=ALICE, invoice_number="2026/G/0000001"),
    ],
)
def test_what_cannot_be_said_whole_is_not_taken_and_nothing_is_asked(sap, books, command):
    assert not sap.capabilities.takes(command)
    with pytest.raises(Refused):
        sap.execute(command, key="k")
    assert books.methods == []


@pytest.mark.parametrize("command", [command for command, _ in COMMANDS.values()])
def test_what_is_taken(sap, command):
    assert sap.capabilities.takes(command)


PERSONAL, POSTING, DEBITING = "ChangePersonalData", "ChangeMailingAddress", "RequestDirectDebit"
REVOKING, READING = "RevokeDirectDebit", "SubmitReading"


@pytest.mark.parametrize(
    ("site", "commands"),
    [
        (SITE, {PERSONAL, POSTING, DEBITING, REVOKING, READING}),
        (replace(SITE, debit_methods={}), {PERSONAL, POSTING, REVOKING, READING}),
        (replace(SITE, debit_methods={}, payment_methods={}), {PERSONAL, POSTING, READING}),
        (replace(SITE, omitted=frozenset({"BankAccounts"})), {PERSONAL, POSTING, READING}),
        (replace(SITE, omitted=frozenset({"AccountAddresses"})), {PERSONAL, DEBITING, REVOKING, READING}),
        (replace(SITE, omitted=OMITTABLE), {PERSONAL}),
    ],
)
def test_what_a_site_can_be_sent(site, commands):
    with behind(Books(site=site)) as sap:
        assert sap.capabilities.commands == commands


def test_a_site_that_shows_no_telephones_is_sent_the_rest(books):
    books.site = replace(SITE, omitted=frozenset({"AccountAddressDependentPhones", "StandardAccountAddress"}))
    with behind(books) as sap:
        assert not sap.capabilities.takes(CONTACTS)
        assert not sap.capabilities.takes(replace(CONTACTS, phone=None))  # one of the address may come before it
        names = ChangePersonalData(customer_code=ALICE, last_name="Rossi")
        assert sap.capabilities.takes(names)
        sap.execute(names, key="k")
        assert customer_of(sap, ALICE).last_name == "Rossi"


def test_a_scheme_without_a_payment_method_is_an_operators_work(books):
    books.site = replace(SITE, debit_methods={"core": "D"})
    with behind(books) as sap:
        assert sap.capabilities.takes(DEBIT)
        assert not sap.capabilities.takes(replace(DEBIT, scheme="b2b"))
