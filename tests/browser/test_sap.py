"""The same counter on SAP's own mock server, also while that is away."""

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.running import Demo, children, end, start


@pytest.fixture(scope="module")
def sap(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    running = start(tmp_path_factory.mktemp("sap") / "var", "--billing", "sap")
    yield running
    end(running)


def test_invoices_come_from_sap_and_say_what_it_does_not_supply(visit, sap: Demo) -> None:
    page = visit("/invoices/", who="maria", at=sap)
    expect(page.get_by_role("heading", level=1)).to_have_text("Fatture")
    assert page.locator("main tbody tr").count() == 30
    assert set(page.locator("td[data-label=Tipo]").all_inner_texts()) == {"n.d."}
    page.locator("main th[scope=row] a").first.click()
    expect(page.get_by_text("Le singole righe non sono fornite dalla fatturazione")).to_be_visible()


def test_the_pdf_is_saps_own_and_kept(visit, sap: Demo) -> None:
    page = visit("/invoices/", who="maria", at=sap)
    address = sap.address + (page.locator("main td a").first.get_attribute("href") or "")
    deadline = time.monotonic() + 60
    while (first := page.context.request.get(address)).status == 202:  # the page that waits for it
        assert time.monotonic() < deadline
    assert first.headers["content-type"] == "application/pdf"
    assert first.body().startswith(b"%PDF")
    assert page.context.request.get(address).body() == first.body()


# The last of this file: it takes the mock server away.
def test_with_sap_away_every_page_opens_at_once_and_says_how_old_its_data_are(visit, sap: Demo) -> None:
    page = visit("/overview/", who="maria", at=sap)
    for process in children(sap, "server.js"):
        process.kill()
    sap.run("shell", "-c", OLD)
    detail = page.locator("main .rows a[href^='/invoices/']").first.get_attribute("href") or ""
    for path in ("/overview/", "/invoices/", "/pay/", "/supplies/", detail, detail + "pay/"):
        started = time.monotonic()
        answer = page.goto(sap.address + path)
        assert answer is not None
        assert answer.status == 200
        assert time.monotonic() - started < 3, path
    page.goto(sap.address + "/overview/")
    expect(page.locator("#freshness")).to_contain_text("Il sistema di fatturazione non risponde", timeout=20_000)
    missing = page.locator("main .rows a[href^='/invoices/']").last.get_attribute("href") or ""
    copy = page.context.request.get(f"{sap.address}/documents{missing.rstrip('/')}.pdf")
    assert copy.status == 503
    assert "Nulla va perso" in copy.text()


# Makes what has been read look an hour old, so that pages ask for something newer.
OLD = """
from datetime import timedelta
from django.db.models import F
from sportello.domain.customers.models import Refresh
Refresh.objects.update(as_of=F("as_of") - timedelta(hours=1))
"""
