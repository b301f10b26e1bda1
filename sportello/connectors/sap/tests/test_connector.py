"""The connector as the product finds it: from its settings, light to import, and asking nothing but its queries."""

import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from sportello.billing.errors import NotThere, Refused
from sportello.billing.loading import connector
from sportello.connectors.sap.connector import SapBilling
from sportello.connectors.sap.queries import ACCOUNT, INVOICE_PDF, INVOICES, PAYMENTS, READS, address
from sportello.connectors.sap.tests.cast import ALICE
from sportello.connectors.sap.tests.gateway import SITE, billing, gateway

PATH = "sportello.connectors.sap.connector.SapBilling"


@pytest.fixture
def sap_settings(settings):
    settings.SAP_URL = "https://sap.example.it/sap/opu/odata/sap/ZERP_UTILITIES_UMC_SRV"
    settings.SAP_USER, settings.SAP_PASSWORD = "sportello", "s3cret-canary"
    settings.SAP_CLIENT, settings.SAP_MAPPING = "100", ""
    return settings


def test_it_is_made_from_settings(sap_settings):
    connector.cache_clear()
    sap = connector(PATH)
    connector.cache_clear()
    assert isinstance(sap, SapBilling)
    assert (sap.capabilities.feed, sap.capabilities.invoice_pdf, sap.capabilities.invoice_xml) == (False, True, False)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SAP_URL", ""),
        ("SAP_URL", "sap.example.it/odata"),
        ("SAP_URL", "ftp://sap.example.it/"),
        ("SAP_URL", "https://sportello:s3cret-canary@sap.example.it/"),
        ("SAP_URL", "https://sap.example.it/?sap-client=100"),
        ("SAP_CLIENT", "1000"),
        ("SAP_CLIENT", "x"),
        ("SAP_MAPPING", "/nowhere.json"),
    ],
)
def test_wrong_settings_are_said_without_the_password(sap_settings, name, value):
    setattr(sap_settings, name, value)
    with pytest.raises(ImproperlyConfigured) as wrong:
        SapBilling()
    assert name in str(wrong.value)
    assert "s3cret-canary" not in str(wrong.value)


def test_making_it_loads_no_http_library():
    """It costs a web worker 23 MB."""
    code = (
        "import sys, django.conf as c; c.settings.configure(SAP_URL='http://x/', SAP_USER='', SAP_PASSWORD='',"
        " SAP_CLIENT='', SAP_MAPPING=''); import sportello.connectors.sap.connector as s; s.SapBilling();"
        " sys.exit(any(name in sys.modules for name in ('httpx', 'stamina')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_it_asks_only_the_queries_that_are_known_to_be_allowed():
    with gateway() as server, billing(server.url) as sap:
        sap.snapshot(ALICE)
        sap.invoice_pdf("2026/G/0000001")
    asked = [call.address.removesuffix("sap-client=100").rstrip("?&") for call in server.calls]
    assert asked == [
        *(address(query, key=ALICE, site=SITE) for query in (ACCOUNT, INVOICES, PAYMENTS)),
        address(INVOICE_PDF, key="2026/G/0000001", site=SITE),
    ]
    assert READS == (ACCOUNT, INVOICES, PAYMENTS, INVOICE_PDF)


def test_a_key_is_quoted():
    asked = address(INVOICE_PDF, key="O'Hara/1?#%", site=SITE)
    assert asked == "Invoices('O%27%27Hara%2F1%3F%23%25')/InvoicePDF/$value"


def test_it_has_no_feed_and_no_electronic_invoices():
    with billing("http://127.0.0.1:9/") as sap:
        with pytest.raises(Refused, match="no feed"):
            sap.changes("", 100)
        with pytest.raises(NotThere):
            sap.invoice_xml("2026/G/0000001")
