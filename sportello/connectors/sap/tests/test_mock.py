"""The connector against SAP's own mock server, as the demo runs it. Skipped until the mock server is installed.

``python -m sportello.connectors.sap.mock`` installs it.
"""

import io
import time
from urllib.request import ProxyHandler, build_opener

import pypdf
import pytest
from django.conf import settings

from sportello.billing.conformance import Conformance, Sample
from sportello.billing.errors import ForeignRows, NotThere, Unavailable
from sportello.connectors.sap.answers import Asked
from sportello.connectors.sap.breaker import Breaker
from sportello.connectors.sap.client import Client, Limits
from sportello.connectors.sap.connector import SapBilling
from sportello.connectors.sap.mock import serving
from sportello.connectors.sap.mock.serving import MockSap
from sportello.connectors.sap.site_file import read_site
from sportello.connectors.sap.tests import cast
from sportello.connectors.sap.tests.cast import ALICE, BOB, DORA

pytestmark = pytest.mark.skipif(not serving.installed(settings.VAR_DIR), reason="SAP's mock server is not installed")


@pytest.fixture(scope="module")
def mock(tmp_path_factory):
    with MockSap(cast.records(), var=settings.VAR_DIR, folder=tmp_path_factory.mktemp("sap")) as running:
        yield running


@pytest.fixture
def client(mock):
    given = mock.environment
    found = Client(
        url=given["SAP_URL"],
        user=given["SAP_USER"],
        password=given["SAP_PASSWORD"],
        sap_client=given["SAP_CLIENT"],
        limits=Limits(read=1, total=2, pause=0.01),
        breaker=Breaker(seconds=0.2),
    )
    yield found
    found.close()
    mock.fault("none")


@pytest.fixture
def sap(mock, client):
    return SapBilling(client=client, site=read_site(mock.environment["SAP_MAPPING"]))


class TestConformance(Conformance):
    sample = Sample(
        customers=(ALICE, BOB, DORA),
        unknown="1999",
        pdf="2026/G/0000001",
        no_pdf="2026/G/0000999",
        no_xml="2026/G/0000001",
    )

    @pytest.fixture(autouse=True)
    def _billing(self, sap):
        self.billing = sap


def test_what_goes_in_comes_out(sap):
    """All but what SAP does not supply: the same customers, accounts, supplies, invoices and payments."""
    given = {(type(record), getattr(record, "code", "") or record.number): record for record in cast.records()}
    found = [record for code in (ALICE, BOB, DORA) for record in sap.snapshot(code).records]
    assert {(type(record), getattr(record, "code", "") or record.number) for record in found} == set(given)
    for record in found:
        one = given[type(record), getattr(record, "code", "") or record.number]
        for name in type(record).__slots__:
            supplied = getattr(record, name)
            if supplied not in (None, "", ()) and name != "channel_text":
                assert supplied == getattr(one, name), (record, name)


def test_the_pdf_can_be_read(sap):
    pages = pypdf.PdfReader(io.BytesIO(sap.invoice_pdf("2026/G/0000002")), strict=True).pages
    assert "2026/G/0000002" in pages[0].extract_text()


def test_writing_needs_a_token_and_gets_one(client):
    asked = Asked(kind="contact", code="")
    said = client.write("POST", "AccountContacts", {"AccountID": ALICE, "Note": "è"}, asked=asked)
    assert said["Note"] == "è"
    client._token = "stale"
    client.write("POST", "AccountContacts", {"AccountID": ALICE, "Note": "again"}, asked=asked)
    found = client.read(f"Accounts('{ALICE}')/AccountContacts", asked=asked)
    assert {row["Note"] for row in found["results"]} == {"è", "again"}


def test_a_wrong_password_is_told_apart_from_the_network(mock, client):
    client._sign_in = ("sportello", "wrong")
    with pytest.raises(Unavailable, match="does not let our user in"):
        client.read(f"Accounts('{ALICE}')", asked=Asked(kind="customer", code=ALICE))


@pytest.mark.parametrize("fault", ["down", "slow", "error", "busy", "html", "truncated", "huge"])
def test_a_fault_and_its_end(mock, sap, fault):
    mock.fault(fault, seconds=3 if fault == "slow" else 0.2)
    began = time.monotonic()
    with pytest.raises(Unavailable):
        sap.snapshot(ALICE)
    assert time.monotonic() - began < 3
    mock.fault("none")
    time.sleep(1.1 if fault == "busy" else 0.3)
    assert sap.snapshot(ALICE).records


def test_somebody_elses_rows(mock, sap):
    mock.fault("foreign")
    with pytest.raises(ForeignRows):
        sap.snapshot(BOB)


def test_a_session_that_is_over_does_not_show(mock, sap, client):
    client.write("POST", "AccountContacts", {"AccountID": BOB, "Note": "x"}, asked=Asked(kind="contact", code=""))
    mock.fault("session")
    assert sap.snapshot(ALICE).records


def test_it_is_gone_and_back_at_the_same_address(mock, sap):
    mock.stop()
    with pytest.raises(Unavailable, match="cannot be reached"):
        sap.snapshot(ALICE)
    mock.start()
    time.sleep(0.3)
    assert sap.snapshot(ALICE).records


def test_it_listens_on_the_loopback_address_and_wants_a_password(mock):
    with pytest.raises(OSError, match="401"):
        build_opener(ProxyHandler({})).open(mock.environment["SAP_URL"] + "/", timeout=5)
    assert mock.address.startswith("http://127.0.0.1:")


def test_an_unknown_invoice_has_no_pdf(sap):
    with pytest.raises(NotThere):
        sap.invoice_pdf("2026/G/0000999")
