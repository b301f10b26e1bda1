import json
from datetime import date

import pytest

from sportello.connectors.sap.queries import ACCOUNT, INVOICES, address
from sportello.connectors.sap.site import Site
from sportello.connectors.sap.site_file import WrongMapping, read_site


@pytest.fixture
def mapping(tmp_path):
    def write(content):
        path = tmp_path / "mapping.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return str(path)

    return write


def test_without_a_file_there_are_the_defaults():
    assert read_site("") == Site()


def test_a_table_adds_to_the_defaults(mapping):
    site = read_site(
        mapping({"divisions": {"04": "lpg", "03": ""}, "payment_channels": {"Bonifico Bancario": "transfer"}})
    )
    assert site.divisions == {"01": "electricity", "02": "gas", "03": "", "04": "lpg"}
    assert site.payment_channels == {"bonifico bancario": "transfer"}


def test_the_rest_of_what_a_site_may_say(mapping):
    site = read_site(mapping({"history_from": "2020-01-01", "timeout": 3, "omitted": ["Premise"]}))
    assert (site.history_from, site.timeout, site.omitted) == (date(2020, 1, 1), 3.0, {"Premise"})
    asked = address(INVOICES, key="1", site=site)
    assert asked.endswith("&$filter=InvoiceDate%20ge%20datetime'2020-01-01T00:00:00'")
    assert "Premise/" not in address(ACCOUNT, key="1", site=site)


def test_what_a_site_says_of_what_is_written(mapping):
    site = read_site(
        mapping(
            {
                "payment_methods": {"D": "direct_debit", "B": "direct_debit", "P": "postal_slip"},
                "debit_methods": {"core": "D", "b2b": "B"},
                "method_without_debit": "P",
                "mailing_address_in": ["AccountAddressID", "BillToAccountAddressID"],
            }
        )
    )
    assert (site.debit_methods, site.method_without_debit) == ({"core": "D", "b2b": "B"}, "P")
    assert site.mailing_address_in == ("AccountAddressID", "BillToAccountAddressID")


def test_names_of_the_site_stand_in_the_addresses(mapping):
    names = {"Accounts": "ZAccounts", "Account.Invoices": "ZInvoices", "Invoice.InvoiceDate": "ZDate"}
    asked = address(INVOICES, key="1", site=read_site(mapping({"names": names, "history_from": "2020-01-01"})))
    assert asked.startswith("ZAccounts('1')/ZInvoices?$select=InvoiceID,AccountID,ContractAccountID,ZDate,")
    assert "InvoiceDate" not in asked
    assert "$filter=ZDate" in asked


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("{", "cannot be read"),
        ([], "one JSON object"),
        ({"division": {}}, "no use for division"),
        ({"divisions": {"01": "steam"}}, "'01' cannot mean 'steam', only '', 'gas'"),
        ({"divisions": ["01"]}, "divisions must be an object"),
        ({"divisions": {"01": 1}}, "divisions must be an object"),
        ({"account_types": {"1": ""}}, "account_types"),
        ({"names": {"Orders": "X"}}, "nothing called 'Orders'"),
        ({"names": {"Accounts": "A('1')/X"}}, "cannot be a name"),
        ({"omitted": ["Invoices"]}, "omitted must be"),
        ({"omitted": "Premise"}, "omitted must be"),
        ({"omitted": [{}]}, "omitted must be"),
        ({"history_from": "yesterday"}, "history_from"),
        ({"history_from": 2020}, "history_from"),
        ({"debit_methods": {"core": "D"}}, "does not say that 'D' is direct_debit"),
        ({"debit_methods": {"core": "D", "b2b": "D"}}, "a payment method of its own"),
        ({"debit_methods": {"sepa": "D"}}, "some of core, b2b"),
        ({"debit_methods": ["D"]}, "some of core, b2b"),
        ({"debit_methods": {"core": "DD"}}, "one character"),
        ({"payment_methods": {"D": "direct_debit"}, "method_without_debit": "D"}, "this is direct_debit"),
        ({"method_without_debit": 1}, "one character"),
        ({"mailing_address_in": []}, "mailing_address_in must be"),
        ({"mailing_address_in": ["CountryID"]}, "mailing_address_in must be"),
        ({"mailing_address_in": "AccountAddressID"}, "mailing_address_in must be"),
        ({"timeout": 0}, "timeout"),
        ({"timeout": True}, "timeout"),
    ],
)
def test_what_is_wrong_is_said(mapping, content, complaint):
    with pytest.raises(WrongMapping, match=complaint.replace("(", r"\(")):
        read_site(mapping(content))


def test_a_file_that_is_not_there():
    with pytest.raises(WrongMapping, match="cannot be read"):
        read_site("/nowhere/mapping.json")
