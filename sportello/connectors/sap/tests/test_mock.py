"""The connector against SAP's own mock server, as the demo runs it. Skipped until the mock server is installed.

``python -m sportello.connectors.sap.mock`` installs it.
"""

import io
import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from urllib.request import ProxyHandler, build_opener

import httpx
import pyodata
import pypdf
import pytest
from django.conf import settings

from sportello.billing.commands import ChangePersonalData, PublishWebCode, SubmitReading, SuspendCollection
from sportello.billing.conformance import Conformance, Sample
from sportello.billing.errors import ForeignRows, NotThere, Refused, Unavailable
from sportello.billing.records import Address, MandateRecord, MeterReadingRecord, RegisterValue
from sportello.connectors.sap.answers import Asked
from sportello.connectors.sap.breaker import Breaker
from sportello.connectors.sap.client import Client, Limits
from sportello.connectors.sap.connector import SapBilling
from sportello.connectors.sap.mock import serving
from sportello.connectors.sap.mock.serving import CLIENT, MockSap
from sportello.connectors.sap.site_file import read_site
from sportello.connectors.sap.tests import cast
from sportello.connectors.sap.tests.cast import ALICE, BOB, DORA, GAS_METER, LPG_METER
from sportello.connectors.sap.tests.test_executing import COMMANDS, CONTACTS, DEBIT, POST
from sportello.connectors.sap.values import edm_date

DAY = date(2026, 5, 20)
READING = SubmitReading(
    customer_code=ALICE,
    supply_code="3001",
    meter_code=GAS_METER,
    read_on=DAY,
    values=(RegisterValue(register="001", value=Decimal("300")), RegisterValue(register="002", value=Decimal("358.5"))),
)

pytestmark = pytest.mark.skipif(not serving.installed(settings.VAR_DIR), reason="SAP's mock server is not installed")


@pytest.fixture(scope="module")
def mock(tmp_path_factory):
    with MockSap(cast.records(), var=settings.VAR_DIR, folder=tmp_path_factory.mktemp("sap")) as running:
        yield running


@contextmanager
def speaking(mock):
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


@pytest.fixture
def client(mock):
    with speaking(mock) as found:
        yield found
    mock.fault("none")


@pytest.fixture
def sap(mock, client):
    return SapBilling(client=client, site=read_site(mock.environment["SAP_MAPPING"]))


class TestConformance(Conformance):
    may_write = True
    sample = Sample(
        customers=(ALICE, BOB, DORA),
        unknown="1999",
        pdf="2026/G/0000001",
        no_pdf="2026/G/0000999",
        no_xml="2026/G/0000001",
        reading=READING,
        web_code=PublishWebCode(customer_code=ALICE, web_code="ABCD", expires_on=DAY),
        commands=(
            *(COMMANDS[name][0] for name in ("person", "company", "mailing address", "debit", "revocation")),
            # What SAP's service has no sound way for is refused, and becomes an operator's work.
            replace(CONTACTS, tax_code="RSSMRA80A01F257G"),
            replace(POST, addressee="Studio Neri"),
            replace(DEBIT, signatory="Anna Neri", signatory_tax_code="NREANN80A41F257G"),
            SuspendCollection(customer_code=ALICE, invoice_number="2026/G/0000001"),
        ),
    )

    @pytest.fixture(autouse=True)
    def _billing(self, sap):
        self.billing = sap


def test_what_goes_in_comes_out(tmp_path):
    """All but what SAP does not supply: customers, accounts, mandates, supplies, meters, invoices, payments, readings."""
    mandate = MandateRecord(
        code="MND-2001",
        customer_code=ALICE,
        account_code="2001",
        scheme="core",
        status="active",
        iban="IT60X0542811101000000123456",
        holder="Alice D'Este",
        signed_on=date(2025, 1, 31),
    )
    elsewhere = Address(street="Via Emilia", number="5", postcode="41121", municipality="Modena", province="MO")
    records = [
        replace(record, mailing_address=elsewhere) if getattr(record, "code", "") == "2002" else record
        for record in [*cast.records(), mandate]
    ]
    given = {
        (type(record), getattr(record, "code", "") or record.number): record
        for record in records
        if getattr(record, "removed_on", None) is None
    }
    with MockSap(records, var=settings.VAR_DIR, folder=tmp_path) as running, speaking(running) as client:
        sap = SapBilling(client=client, site=read_site(running.environment["SAP_MAPPING"]))
        found = [record for code in (ALICE, BOB, DORA) for record in sap.snapshot(code).records]
    assert [each.mailing_address for each in found if getattr(each, "code", "") == "2002"] == [elsewhere]
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


# --- readings that customers give ------------------------------------------------------------------------------------
@pytest.fixture
def on(mock):
    """A day of each test's own for the reading, as the mock server forgets nothing, and what of it was posted."""
    day = next(days)
    return day, lambda: [
        (row["RegisterID"], row["ReadingResult"]) for row in mock.posted if row["ReadingDateTime"] == edm_date(day)
    ]


days = (DAY + timedelta(days=n) for n in count(1))
BOTH = [("001", "300"), ("002", "358.5")]


def read_on(sap, day):
    found = [record for record in sap.snapshot(ALICE).records if isinstance(record, MeterReadingRecord)]
    return [(record.origin, record.validation, record.values) for record in found if record.read_on == day]


def test_a_reading_reaches_saps_mock_and_comes_back_with_the_next_snapshot(sap, on):
    day, posted = on
    command = replace(READING, read_on=day)
    receipt = sap.execute(command, key="k1")
    again = sap.execute(command, key="k1")
    assert (receipt.duplicate, again.duplicate, again.reference) == (False, True, receipt.reference)
    assert posted() == BOTH
    assert read_on(sap, day) == [("self", "valid", READING.values)]


@pytest.mark.parametrize("fault", ["down", "slow", "error", "busy", "html", "truncated", "huge", "lost", "late"])
def test_a_reading_during_a_fault_and_after_it(mock, sap, on, fault):
    """Taken once, be it that the look failed, that the request did, or that only the answer was lost."""
    day, posted = on
    command = replace(READING, read_on=day)
    mock.fault(fault, seconds=3 if fault in ("slow", "late") else 0.2)
    with pytest.raises(Unavailable):
        sap.execute(command, key="k1")
    mock.fault("none")
    time.sleep(1.1 if fault == "busy" else 0.3)
    assert sap.execute(command, key="k1").duplicate is (fault in ("lost", "late"))
    assert sap.execute(command, key="k1").duplicate
    assert posted() == BOTH


def test_a_token_that_is_no_longer_good(mock, sap, on):
    day, posted = on
    sap.execute(
        replace(
            READING, customer_code=BOB, supply_code="3003", meter_code=LPG_METER, read_on=day, values=READING.values[:1]
        ),
        key="k0",
    )
    mock.fault("token")
    sap.execute(replace(READING, read_on=day), key="k1")
    assert posted() == [BOTH[0], *BOTH]


def test_a_refusal_of_saps(mock, sap, on):
    day, posted = on
    mock.fault("refused")
    with pytest.raises(Refused, match="bloccato"):
        sap.execute(replace(READING, read_on=day), key="k1")
    mock.fault("none")
    with pytest.raises(Refused, match="more than 5 places") as no:
        sap.execute(
            replace(READING, read_on=day, values=(RegisterValue(register="001", value=Decimal(123456)),)), key="k2"
        )
    assert no.value.field == "values"
    assert posted() == []


def test_another_customers_meter(mock, sap, on):
    day, posted = on
    with pytest.raises(NotThere):
        sap.execute(replace(READING, customer_code=BOB, read_on=day), key="k1")
    mock.fault("foreign")
    with pytest.raises(ForeignRows):
        sap.execute(replace(READING, read_on=day), key="k1")
    assert posted() == []


def test_all_registers_or_none(sap, on):
    """The second is one digit too long: the first is not kept either."""
    day, posted = on
    wrong = (READING.values[0], RegisterValue(register="002", value=Decimal(12345678)))
    with pytest.raises(Refused):
        sap.execute(replace(READING, read_on=day, values=wrong), key="k1")
    assert posted() == []


def test_a_mock_server_that_was_killed_still_knows_what_it_took(mock, sap, on):
    day, posted = on
    sap.execute(replace(READING, read_on=day), key="k1")
    mock.kill()
    with pytest.raises(Unavailable, match="cannot be reached"):
        sap.snapshot(ALICE)
    mock.start()
    time.sleep(0.3)
    assert read_on(sap, day) == [("self", "valid", READING.values)]
    assert sap.execute(replace(READING, read_on=day), key="k1").duplicate
    assert posted() == BOTH


def test_what_was_posted_outlives_a_new_beginning_on_the_same_folder(tmp_path):
    """As the demo is started again on another day."""
    with MockSap(cast.records(), var=settings.VAR_DIR, folder=tmp_path) as first, connected(first) as sap:
        sap.execute(READING, key="k1")
    with MockSap(cast.records(), var=settings.VAR_DIR, folder=tmp_path) as second, connected(second) as sap:
        assert read_on(sap, DAY) == [("self", "valid", READING.values)]
        assert sap.execute(READING, key="k1").duplicate


@contextmanager
def connected(mock):
    given = mock.environment
    client = Client(url=given["SAP_URL"], user=given["SAP_USER"], password=given["SAP_PASSWORD"], sap_client=CLIENT)
    yield SapBilling(client=client, site=read_site(given["SAP_MAPPING"]))
    client.close()


class Connection:
    """What pyodata wants to be given; and the mock server wants brackets and quotes as they are."""

    def __init__(self, mock):
        given = mock.environment
        self.url = given["SAP_URL"] + "/"
        self._http = httpx.Client(auth=(given["SAP_USER"], given["SAP_PASSWORD"]), trust_env=False, timeout=10)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._http.close()

    def get(self, url):
        return self.request("GET", url)

    def request(self, method, url, *, headers=None, params=None, data=None):
        for written, meant in (("%28", "("), ("%29", ")"), ("%27", "'")):
            url = url.replace(written, meant)
        return self._http.request(method, url, headers=headers, params=params or None, content=data)


def test_an_independent_client_reads_back_what_was_written(mock, sap, on):
    """pyodata knows nothing of us: it reads the service's own metadata and asks by it."""
    day, _ = on
    sap.execute(replace(READING, read_on=day), key="k1")
    with Connection(mock) as connection:
        service = pyodata.Client(connection.url, connection)
        device = service.entity_sets.Devices.get_entity(GAS_METER).execute()
        found = device.nav("MeterReadingResults").get_entities().execute()
    kept = [one for one in found if one.ReadingDateTime.date() == day]
    assert [(one.RegisterID, Decimal(one.ReadingResult), one.MeterReadingCategoryID) for one in kept] == [
        ("001", Decimal("300"), "02"),
        ("002", Decimal("358.5"), "02"),
    ]


def test_an_independent_client_writes_and_we_see_it(mock, sap, on):
    """The corrector below the meter, as pyodata builds a deep insert; ours is then a duplicate."""
    day, posted = on
    moment = datetime.combine(day, datetime.min.time(), tzinfo=UTC)
    rows = [
        {"DeviceID": GAS_METER, "RegisterID": register, "ReadingResult": value, "ReadingDateTime": moment}
        for register, value in BOTH
    ]
    with Connection(mock) as connection:
        service = pyodata.Client(connection.url, connection)
        token = connection.request("GET", connection.url, headers={"X-CSRF-Token": "Fetch"}).headers["X-CSRF-Token"]
        request = service.entity_sets.MeterReadingResults.create_entity()
        request.set(**rows[0], DependentMeterReadingResults=rows[1:])
        request.add_headers({"X-CSRF-Token": token})
        request.execute()
    assert posted() == BOTH
    assert sap.execute(replace(READING, read_on=day), key="k1").duplicate


# --- what else customers ask for ---------------------------------------------------------------------------------------
@pytest.fixture
def since(mock):
    """What has been changed since the test began, by set."""
    before = len(mock.changed)
    return lambda: [change["set"] for change in mock.changed[before:]]


def debit(number):
    return replace(DEBIT, mandate_reference=f"A-260001{number:02d}-ABCDEFGH")


FAULTS_OF_WRITES = ("refused", "lost", "late", "token", "session")


@pytest.mark.parametrize("fault", FAULTS_OF_WRITES)
def test_a_debit_during_a_fault_and_after_it(mock, sap, since, fault):
    """Both writes are there once in the end."""
    command = debit(FAULTS_OF_WRITES.index(fault))
    sap.execute(CONTACTS, key="k0")  # so there is a session
    before = len(since())
    mock.fault(fault, seconds=3)
    if fault in ("token", "session"):
        assert not sap.execute(command, key="k").duplicate
    else:
        with pytest.raises(Refused if fault == "refused" else Unavailable):
            sap.execute(command, key="k")
        mock.fault("none")
        time.sleep(0.3)
        sap.execute(command, key="k")
    assert sap.execute(command, key="k").duplicate
    assert since()[before:] == ["BankAccounts", "ContractAccounts"]


def test_a_mock_server_that_was_killed_between_two_writes(mock, sap, since):
    mock.fault("lost")
    with pytest.raises(Unavailable):
        sap.execute(debit(10), key="k")
    mock.kill()
    mock.start()
    time.sleep(0.3)
    assert not sap.execute(debit(10), key="k").duplicate
    assert since() == ["BankAccounts", "ContractAccounts"]


@pytest.mark.parametrize(
    ("command", "field", "reason"),
    [
        (replace(debit(20), iban="IT60X0542811101000000123457"), "iban", "IBAN is not valid"),
        (replace(POST, address=Address(street="Via Po", municipality="Torino", postcode="101")), "address", "5 digits"),
        (replace(CONTACTS, email="nobody"), "email", "not valid"),
        (ChangePersonalData(customer_code=ALICE, last_name=""), "last_name", "Enter a name"),
    ],
)
def test_what_saps_rules_refuse(sap, since, command, field, reason):
    with pytest.raises(Refused, match=reason) as no:
        sap.execute(command, key="k")
    assert (no.value.field, since()) == (field, [])


def test_an_independent_client_reads_a_debit_and_makes_one_that_we_know(mock, sap, since):
    """pyodata reads what we wrote, and creates the bank account that we then find by its name."""
    sap.execute(debit(30), key="k")
    with Connection(mock) as connection:
        service = pyodata.Client(connection.url, connection)
        account = service.entity_sets.ContractAccounts.get_entity("2002").execute()
        (held,) = (
            one
            for one in service.entity_sets.Accounts.get_entity(BOB)
            .execute()
            .nav("BankAccounts")
            .get_entities()
            .execute()
            if one.BankAccountID == account.IncomingPaymentBankAccountID
        )
        assert (held.IBAN, held.AccountHolder) == (DEBIT.iban, DEBIT.holder)
        token = connection.request("GET", connection.url, headers={"X-CSRF-Token": "Fetch"}).headers["X-CSRF-Token"]
        request = service.entity_sets.BankAccounts.create_entity()
        name = f"UMR {debit(31).mandate_reference} 30/11/2026"
        request.set(AccountID=BOB, IBAN=DEBIT.iban, CountryID="IT", AccountHolder="Bob", BankAccountName=name)
        request.add_headers({"X-CSRF-Token": token})
        request.execute()
    sap.execute(debit(31), key="k")
    assert since() == ["BankAccounts", "ContractAccounts", "BankAccounts", "ContractAccounts"]


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
