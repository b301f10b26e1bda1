"""Every address that the connector can emit is one that the service's metadata allows."""

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from pyodata.v2.model import MetadataBuilder

from sportello.billing.records import Address
from sportello.connectors.sap import addresses, submitting
from sportello.connectors.sap.looks import LOOKS
from sportello.connectors.sap.mock.serving import EDMX
from sportello.connectors.sap.queries import READS, Query, address
from sportello.connectors.sap.site import Site
from sportello.connectors.sap.site_file import OMITTABLE
from sportello.connectors.sap.tests.metadata import SAP, Service
from sportello.connectors.sap.tests.test_submitting import READING, values
from sportello.connectors.sap.writes import ADDRESS_REST, METER_READING, WRITES, body, target

FILES = [EDMX, *(Path(name) for name in [os.environ.get("SAP_METADATA", "")] if name)]


def sites() -> Iterator[Site]:
    """All that a mapping file can change about an address, but for names, which are the site's own affair."""
    yield Site()
    yield Site(history_from=date(2020, 1, 1))
    yield Site(omitted=OMITTABLE)
    for name in OMITTABLE:
        yield Site(omitted=frozenset({name}))


@pytest.fixture(params=FILES, ids=lambda path: path.name)
def service(request: pytest.FixtureRequest) -> Service:
    return Service(request.param)


@pytest.mark.parametrize("query", (*READS, *LOOKS))
def test_every_query_is_allowed(service, query):
    for site in sites():
        assert service.problems(address(query, key="2026/G/1 (è)", site=site)) == []


@pytest.mark.parametrize(
    ("illegal", "problem"),
    [
        ("Orders('1')", "there is no set"),
        ("Accounts", "no key"),
        ("ContractConsumptionValues('1')", "not addressable"),
        ("PaymentDocumentItems('1')", "no single key"),
        ("Accounts('1')/Payments", "no navigation"),
        ("Accounts('1')/Invoices?$top=5", "not pageable"),
        ("Accounts('1')/Invoices?$filter=DueDate%20ge%20datetime'2020-01-01T00:00:00'", "not filterable"),
        ("Accounts('1')/Invoices?$filter=Kind%20eq%20'x'", "has no Kind"),
        ("Accounts('1')/Invoices?$orderby=InvoiceDate desc", "not sortable"),
        ("Accounts('1')/Invoices?$select=Consumption", "has no Consumption"),
        ("Accounts('1')?$expand=ContractAccounts/Balance", "no navigation"),
        ("Accounts('1')?$select=ContractAccounts/ContractAccountID", "not expanded"),
        ("Accounts('1')/Invoices/$value", "no stream"),
        ("Accounts('1')?$search=x", "what is"),
    ],
)
def test_a_query_that_is_not_allowed_is_found_out(service, illegal, problem):
    assert any(problem in found for found in service.problems(illegal))


@pytest.mark.parametrize(
    "command",
    [READING, replace(READING, values=values(("001", "12345.678"))), replace(READING, meter_code="9" * 18)],
)
def test_every_reading_is_allowed(service, command):
    rows = [submitting._row(value, command) for value in command.values]
    for site in sites():
        sent = body(METER_READING, rows, site=site)
        assert service.write_problems("POST", target(METER_READING, site=site), sent) == []


LONGEST = {
    **addresses.added(Address(**dict.fromkeys(("street", "country"), "è" * 3)), standard=True),
    **{part: "è" * most for part, most in addresses.LONGEST.items()},
    **dict.fromkeys(ADDRESS_REST, ""),
}
TRUE = {"StandardFlag": True, "AddressInfo": LONGEST}


@pytest.mark.parametrize("write", [write for write in WRITES if write is not METER_READING], ids=lambda one: repr(one))
def test_every_write_is_allowed(service, write):
    """With all that it may send; that what is sent fits is looked at with each request of the other tests (``books``)."""
    row = {name: TRUE.get(name, "1") for name in (*write.keys, *write.properties)}
    sent = None if write.method == "DELETE" else body(write, [row], site=Site())
    assert service.write_problems(write.method, target(write, site=Site(), keys=row), sent) == []


RESULT = {"DeviceID": "1", "RegisterID": "1", "ReadingResult": "1", "ReadingDateTime": "/Date(0)/"}
EMAIL = "AccountAddressIndependentEmails(AccountID='1',SequenceNo='001')"


@pytest.mark.parametrize(
    ("method", "address", "row", "problem"),
    [
        ("POST", "Readings", RESULT, "there is no set"),
        ("POST", "Devices", {}, "Devices is not creatable"),
        ("POST", "MeterReadingResults", {**RESULT, "Consumption": "1"}, "Consumption is not creatable"),
        ("POST", "MeterReadingResults", {**RESULT, "MeterReadingResultID": "1"}, "ResultID is not creatable"),
        ("POST", "MeterReadingResults", {**RESULT, "Key": "1"}, "has no Key"),
        ("POST", "MeterReadingResults", {"DeviceID": "1", "RegisterID": "1"}, "ReadingResult is missing"),
        ("POST", "MeterReadingResults", {**RESULT, "ReadingResult": 1}, "is no text"),
        ("POST", "MeterReadingResults", {**RESULT, "ReadingResult": "1E+3"}, "is no Edm.Decimal"),
        ("POST", "MeterReadingResults", {**RESULT, "ReadingDateTime": "2026-05-20"}, "is no Edm.DateTime"),
        ("POST", "MeterReadingResults", {**RESULT, "RegisterID": "0001"}, "too long"),
        ("POST", "MeterReadingResults", {**RESULT, "DependentMeterReadingResults": [{**RESULT, "ReadingUnit": "M3"}]},
         "ReadingUnit is not creatable"),
        ("POST", "ContractAccounts", {}, "ContractAccounts is not creatable"),
        ("POST", "Accounts", {}, "Accounts is not creatable"),
        ("POST", "BankAccounts", {"IBAN": "I" * 35}, "IBAN is too long"),
        ("POST", "BankAccounts", {"Mandate": "1"}, "has no Mandate"),
        ("POST", "AccountAddresses", {"AddressInfo": {"Planet": "x"}}, "has no Planet"),
        ("POST", "AccountAddresses", {"AddressInfo": {"Street": "x" * 61}}, "Street is too long"),
        ("POST", "AccountAddressIndependentEmails", {"StandardFlag": "X"}, "not true or false"),
        ("MERGE", "Contracts('1')", {}, "Contracts is not updatable"),
        ("MERGE", "ContractAccounts('1')", {"Description": "x"}, "Description is not updatable"),
        ("MERGE", "BankAccounts(AccountID='1',BankAccountID='1')", {"IBAN": "x"}, "IBAN is not updatable"),
        ("MERGE", "BankAccounts('1')", {"BankAccountName": "x"}, "told apart by"),
        ("MERGE", EMAIL, {"SequenceNo": "002"}, "SequenceNo is not updatable"),
        ("MERGE", EMAIL, {"Email": "x" * 242}, "Email is too long"),
        ("MERGE", EMAIL.replace("001", "0001"), {"Email": "x"}, "SequenceNo is too long"),
        ("DELETE", "AccountAddresses(AccountID='1',AddressID='1')", None, "AccountAddresses is not deletable"),
        ("DELETE", "Accounts('1')", None, "Accounts is not deletable"),
        ("DELETE", EMAIL, {}, "nothing is sent"),
        ("MERGE", "AccountAddressIndependentMobilePhones(AccountID='1',SequenceNo='1')", {"CompletePhoneNo": "1"},
         "CompletePhoneNo is not updatable"),
    ],
)  # fmt: skip
def test_a_write_that_is_not_allowed_is_found_out(service, method, address, row, problem):
    assert any(problem in found for found in service.write_problems(method, address, row))


def test_a_query_changed_to_filter_by_what_cannot_be_filtered_is_found_out(service):
    invoices = next(query for query in READS if query.navigation == "Invoices")
    changed = replace(invoices, since="DueDate")
    assert service.problems(address(changed, key="1", site=Site(history_from=date(2020, 1, 1))))


def test_our_metadata_says_what_the_service_says(service):
    """Ours is a part of it: the same keys, types and annotations."""
    for name, ours in Service(EDMX).types.items():
        theirs = service.types[name]
        assert (sorted(ours.keys), ours.streams) == (sorted(theirs.keys), theirs.streams)
        assert ours.navigation.items() <= theirs.navigation.items()
        for prop, element in ours.properties.items():
            for attribute in (
                "Type",
                "MaxLength",
                "Nullable",
                f"{SAP}filterable",
                f"{SAP}creatable",
                f"{SAP}updatable",
            ):
                assert element.get(attribute) == theirs.properties[prop].get(attribute), (name, prop, attribute)
    for name, ours in Service(EDMX).sets.items():
        for attribute in ("addressable", "pageable", "creatable", "updatable", "deletable"):
            assert ours.get(SAP + attribute) == service.sets[name].get(SAP + attribute), (name, attribute)


def test_an_independent_client_reads_our_metadata():
    schema = MetadataBuilder(EDMX.read_bytes()).build()
    sets = {found.name: found for found in schema.entity_sets}
    for query in (*READS, *LOOKS):
        entity = sets[query.entity_set].entity_type
        if query.navigation:
            entity = entity.nav_proprty(query.navigation).to_role.entity_type
        if isinstance(query, Query):
            check(entity, query.node)


def check(entity, node):
    for name in node.select:
        assert entity.proprty(name)
    for name, child in node.expand.items():
        check(entity.nav_proprty(name).to_role.entity_type, child)
