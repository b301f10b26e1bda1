"""What means harm is text wherever it is seen: nothing of it runs, nothing of it offends the policy, no page breaks."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from sportello.domain.files.tests.papers import paper
from tests.browser.planting import CORPUS, SEEN
from tests.browser.test_pages import assert_fits

LIVE = "main :is([onerror], [onload], img[src='x'], script:not([src]), b b, iframe)"
WHO = "franco"


@pytest.fixture(scope="module")
def planted(demo: Any) -> Iterator[dict[str, Any]]:
    run = ("shell", "--no-imports", "-c")
    yield json.loads(demo.run(*run, f"from tests.browser import planting; planting.plant({WHO!r})").splitlines()[-1])
    demo.run(*run, "from tests.browser import planting; planting.pull()")


def assert_text(page: Page, *, seen: bool = True) -> None:
    page.wait_for_load_state()
    assert page.locator(LIVE).count() == 0, page.url
    said = page.locator("main").inner_text()
    assert not seen or SEEN in said, page.url
    assert_fits(page)


def goes_through(page: Page, address: str, paths: list[str]) -> None:
    for path in paths:
        answer = page.goto(address + path)
        assert answer and answer.status == 200, path
        assert_text(page)


def test_what_is_in_requests_is_text_for_customers_and_staff(
    visit: Callable[..., Page], demo: Any, planted: dict[str, Any]
) -> None:
    everything = [*planted["customers"], *planted["visitors"]]
    customer = visit("/requests/", who=WHO, width=390)
    goes_through(customer, demo.address, [f"/requests/{number}/" for number in planted["customers"]])
    staff = visit("/staff/requests/?state=all&why=automatic", who="backoffice", width=390)
    assert_text(staff)
    pages = [f"/staff/requests/{number}/" for number in everything]
    letters = [f"/staff/requests/{number}/letters/" for number in planted["letters"][:2]]
    goes_through(staff, demo.address, ["/staff/requests/suspects/", *pages, *letters])
    goes_through(staff, demo.address, [f"/demo/mailbox/{number}/" for number in planted["messages"]])
    staff.goto(f"{demo.address}/demo/mailbox/")
    assert_text(staff, seen=False)


def test_what_is_in_a_mail_is_text_for_a_program_without_a_policy(chromium: Browser, planted: dict[str, Any]) -> None:
    assert planted["html"]
    context = chromium.new_context()
    page, ran = context.new_page(), []
    page.on("dialog", lambda dialog: (ran.append(dialog.message), dialog.dismiss()))
    for html in planted["html"]:
        page.set_content(html)
        assert page.locator(LIVE.replace("main ", "")).count() == 0
        assert SEEN in page.locator("body").inner_text()
    context.close()
    assert ran == []


def test_what_a_visitor_types_is_text_for_him(visit: Callable[..., Page], demo: Any) -> None:
    page = visit("/ask/complaint/", width=390)

    def fill(**changes: str) -> None:
        for place, name in enumerate(("name", "customer_code", "street", "street_number", "municipality", "province")):
            page.locator(f"[name=visitor-{name}]").fill(changes.get(name) or CORPUS[place % len(CORPUS)][:20])
        page.locator("[name=visitor-postcode]").fill("41033")
        page.locator("[name=text]").fill("\n".join(CORPUS))
        for choice in page.locator("main select:not([name=visitor-country])").all():
            choice.select_option(index=1)

    page.get_by_text("Per posta").click()
    fill()
    page.locator("main .button.main").click()
    expect(page.get_by_role("alert")).to_be_visible()  # that is no province
    assert_text(page, seen=False)
    fill(province="MO", name=CORPUS[1], municipality=CORPUS[2])
    bad = {"name": f"{CORPUS[1]}.svg", "mimeType": "image/svg+xml", "buffer": b"<svg onload=alert(1)>"}
    page.locator("[name=files]").set_input_files([bad])
    page.locator("main .button.main").click()
    expect(page.get_by_role("alert")).to_contain_text("Alleghi file PDF o foto")
    assert_text(page, seen=False)
    good = {"name": f"{CORPUS[5]}{CORPUS[6]}.pdf", "mimeType": "text/html", "buffer": paper()}
    page.locator("[name=files]").set_input_files([good])
    page.locator("main .button.main").click()
    page.wait_for_url("**/ask/receipt/")
    assert_text(page)
    page.goto(f"{demo.address}/ask/request/")
    page.locator("[name=text]").fill("\n".join(CORPUS))
    page.locator("main .button.main").click()
    page.wait_for_load_state()
    assert_text(page)
    page.goto(f"{demo.address}/ask/status/")
    page.locator("[name=number]").fill(CORPUS[1][:30])
    page.locator("[name=code]").fill(CORPUS[0][:30])
    page.locator("main .button.main").click()
    assert_text(page, seen=False)
