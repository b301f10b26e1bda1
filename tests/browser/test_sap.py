"""The same counter on SAP's own mock server, also while that is away."""

import json
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psutil
import pytest
from playwright.sync_api import Page, expect

from tests.browser.registering import fill_as_expected, register_and_read
from tests.running import Demo, end, place, start

IN_TIME = 120_000  # milliseconds until what waits has gone out, on a busy machine; it is tried again every 40 s


@pytest.fixture(scope="module")
def sap() -> Iterator[Demo]:
    with place() as var:
        running = start(var, "--billing", "sap")
        yield running
        end(running)
    for server in STARTED_AGAIN:
        server.kill()
        server.wait()


def test_invoices_come_from_sap_and_say_what_it_does_not_supply(visit, sap: Demo) -> None:
    page = visit("/invoices/", who="maria", at=sap)
    expect(page.get_by_role("heading", level=1)).to_have_text("Fatture")
    expect(page.locator("main tbody tr")).to_have_count(30)
    assert set(page.locator("td[data-label=Tipo]").all_inner_texts()) == {"n.d."}
    page.locator("main th[scope=row] a").first.click()
    expect(page.get_by_text("Le singole righe non sono fornite dalla fatturazione")).to_be_visible()


def test_the_pdf_is_saps_own_and_kept(visit, sap: Demo) -> None:
    page = visit("/invoices/", who="maria", at=sap)
    address = sap.address + (page.locator("main td a").first.get_attribute("href") or "")
    deadline = time.monotonic() + 180
    # The page that waits for it; or that SAP is away, where it has been until a moment ago.
    while (first := page.context.request.get(address)).status in (202, 503):
        assert first.status == 202 or first.headers["retry-after"]
        assert time.monotonic() < deadline
        time.sleep(1)
    assert first.headers["content-type"] == "application/pdf"
    assert first.body().startswith(b"%PDF")
    assert page.context.request.get(address).body() == first.body()


# --- readings ---------------------------------------------------------------------------------------------------------
def test_a_reading_of_meter_and_corrector_reaches_sap(visit, sap: Demo) -> None:
    """Sign in, invoices, reading: both numbers go with one request, and the page says when billing has them."""
    page = visit("/invoices/", who="roberto", at=sap)
    assert page.locator("main tbody tr").count() > 0
    page.locator("a[href='/readings/']").first.click()
    page.locator(f"main a[href='/readings/{WORKSHOP}/']").first.click()
    numbers = fill_as_expected(page)
    assert len(numbers) == 2
    receipt = check_and_send(page)
    expect(step(page, "sent")).to_have_class("done", timeout=IN_TIME)
    assert posted(sap, WORKSHOP) == numbers
    page.goto(f"{sap.address}/requests/")
    expect(page.locator(f"main a[href='{receipt}']").first).to_be_visible()


def test_who_has_just_got_his_code_registers_sees_his_invoices_and_reports_a_reading(visit, sap: Demo) -> None:
    page = visit("/sign-in/", at=sap, width=390)
    register_and_read(page, sap, customer="700018", supply="UT700018001")
    expect(step(page, "sent")).to_have_class("done", timeout=IN_TIME)
    assert len(posted(sap, "UT700018001")) == 1


WORKSHOP, HOME = "UT700013001", "UT700002001"


# --- other requests ----------------------------------------------------------------------------------------------------
def test_an_e_mail_address_goes_to_sap_by_itself_and_a_debit_by_an_operator(visit, sap: Demo) -> None:
    """What SAP has done is in the mirror at once: the address on the form, and the debit among what can be revoked."""
    page = visit("/requests/new/personal_data/", who="maria", at=sap)
    page.locator("main [name=email]").fill("maria.nuova@example.com")
    look_and_send(page)
    expect_executed(page)
    assert changed(sap, "AccountAddressIndependentEmails")[-1]["Email"] == "maria.nuova@example.com"
    page.goto(f"{sap.address}/requests/new/personal_data/")
    expect(page.locator("main [name=email]")).to_have_value("maria.nuova@example.com")

    page.goto(f"{sap.address}/requests/new/direct_debit/")
    page.locator("main [name=account]").select_option(index=1)
    page.locator("main [name=iban]").fill("IT60X0542811101000000123456")
    page.locator("main [name=holder_tax_code]").fill("RSSMRA80A01F257G")
    page.locator("main [name=agreed]").check()
    receipt = look_and_send(page)
    number = receipt.strip("/").rpartition("/")[2]
    desk = visit(f"/staff/requests/{number}/", who="backoffice", at=sap)
    desk.get_by_role("button", name="Mandare in fatturazione ed evadere").click()
    desk.wait_for_load_state()
    page.goto(sap.address + receipt)
    expect_executed(page)
    bank_account, account = changed(sap, "BankAccounts")[-1], changed(sap, "ContractAccounts")[-1]
    assert bank_account["BankAccountName"].startswith(f"UMR {number}-")
    assert account["IncomingPaymentBankAccountID"] == bank_account["BankAccountID"]
    page.goto(f"{sap.address}/requests/new/")
    revocation = page.locator("main a[href^='/requests/new/direct_debit_revocation/']")
    until(page, lambda: revocation.count() == 1)


def expect_executed(page: Page) -> None:
    until(page, lambda: page.locator("main .tag").first.inner_text() == "Evasa")


def until(page: Page, holds: Callable[[], bool]) -> None:
    """Looks at the page again and again."""
    deadline = time.monotonic() + IN_TIME / 1000
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(1)
        page.reload()


def changed(sap: Demo, name: str) -> list[dict[str, str]]:
    """The rows of a set that SAP's mock server has changed or created, as they stood then."""
    kept = sap.var / "sap-mock" / "demo" / "changed.jsonl"
    changes = [json.loads(line) for line in kept.read_text().splitlines()] if kept.exists() else []
    return [change["row"] for change in changes if change["set"] == name and "row" in change]


def look_and_send(page: Page) -> str:
    """By way of the page that shows what is about to be changed. Returns the receipt's address."""
    page.locator("main form.card .button.main").click()
    page.locator("main .answers").wait_for()
    return check_and_send(page)


STEPS = ["received", "checked", "sent", "accepted", "used"]


def check_and_send(page: Page) -> str:
    """Returns the receipt's address."""
    page.locator("main form .button.main:not(.second)").click()
    page.wait_for_url(re.compile(r"/requests/[^/]+/$"))
    return re.sub(r"^https?://[^/]+", "", page.url)


def step(page: Page, name: str):
    return page.locator("#thread > li").nth(STEPS.index(name))


def posted(sap: Demo, supply: str) -> list[str]:
    """What SAP's mock server was sent of a supply, a number for each register, in the order of the registers."""
    kept = sap.var / "sap-mock" / "demo" / "posted.jsonl"
    rows = [json.loads(line) for line in kept.read_text().splitlines()] if kept.exists() else []
    return [row["ReadingResult"] for row in rows if row["ContractID"] == supply]


@contextmanager
def without_sap(sap: Demo) -> Iterator[None]:
    """Ends the mock server as a power cut would, and in the end starts it again at the same address."""
    server = mock_server(sap)
    command, environ, folder = server.cmdline(), server.environ(), server.cwd()
    (port,) = {each.laddr.port for each in server.net_connections() if each.status == psutil.CONN_LISTEN}
    command[command.index("server.js") + 1] = str(port)
    server.kill()
    try:
        yield
    finally:
        quiet = subprocess.DEVNULL
        STARTED_AGAIN.append(
            subprocess.Popen(command, env=environ, cwd=folder, stdin=subprocess.PIPE, stdout=quiet, stderr=quiet)
        )


def mock_server(sap: Demo) -> psutil.Process:
    """The one that lives: the demo's own, or the one that has taken its place."""
    found = [*psutil.Process(sap.process.pid).children(), *(psutil.Process(each.pid) for each in STARTED_AGAIN)]
    living = [each for each in found if each.status() != psutil.STATUS_ZOMBIE]
    return next(each for each in living if "server.js" in each.cmdline())


STARTED_AGAIN: list[subprocess.Popen[bytes]] = []


# --- SAP away --------------------------------------------------------------------------------------------------------
def test_with_sap_away_every_page_opens_and_a_reading_has_its_receipt_and_goes_out_when_it_is_back(
    visit, sap: Demo
) -> None:
    page = visit(f"/readings/{HOME}/", who="stefania", at=sap)
    numbers = fill_as_expected(page)
    other = visit("/overview/", who="maria", at=sap)
    with without_sap(sap):
        receipt = check_and_send(page)
        expect(step(page, "sent")).to_have_class("current")
        assert slowest_with_sap_away(other, sap) < 10  # SAP's own time-outs are longer
        page.wait_for_timeout(3_000)  # as long as a worker needs to find out
        page.reload()
        expect(step(page, "sent")).to_have_class("current")
        assert posted(sap, HOME) == []
    expect(step(page, "sent")).to_have_class("done", timeout=IN_TIME)
    assert page.url.endswith(receipt)
    assert posted(sap, HOME) == numbers


@pytest.mark.torture
def test_with_sap_away_every_page_opens_within_a_second(visit, sap: Demo) -> None:
    """A time is only worth something on a machine that does nothing else."""
    page = visit("/overview/", who="maria", at=sap)
    with without_sap(sap):
        assert slowest_with_sap_away(page, sap) < 1


def slowest_with_sap_away(page: Page, sap: Demo) -> float:
    """Opens every page of whose overview is open, while SAP is away; gives the seconds that the slowest took."""
    times: list[float] = []
    sap.run("shell", "-c", OLD)
    detail = page.locator("main .rows a[href^='/invoices/']").first.get_attribute("href") or ""
    for path in ("/overview/", "/invoices/", "/pay/", "/supplies/", detail, detail + "pay/"):
        started = time.monotonic()
        answer = page.goto(sap.address + path)
        assert answer is not None
        assert answer.status == 200, path
        times.append(time.monotonic() - started)
    page.goto(sap.address + "/overview/")
    expect(page.locator("#freshness")).to_contain_text("Il sistema di fatturazione non risponde", timeout=20_000)
    missing = page.locator("main .rows a[href^='/invoices/']").last.get_attribute("href") or ""
    copy = page.context.request.get(f"{sap.address}/documents{missing.rstrip('/')}.pdf")
    assert copy.status == 503
    assert "Nulla va perso" in copy.text()
    return max(times)


# Makes what has been read look an hour old, so that pages ask for something newer.
OLD = """
from datetime import timedelta
from django.db.models import F
from sportello.domain.customers.models import Refresh
Refresh.objects.update(as_of=F("as_of") - timedelta(hours=1))
"""
