"""Each kind of request from its form to its page, as a customer asks for it on a telephone, in Italian."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from sportello.domain.activities.kinds.catalogue import KINDS
from sportello.domain.files.tests.papers import paper
from tests.browser.test_pages import assert_fine

NASTY = "<img src=x onerror=alert(1)> {{7*7}} \"'><script>alert(1)</script> %s ‮gnirts"
HOME = {"street": "Via Roma", "street_number": "1", "postcode": "41121", "municipality": "Modena", "province": "MO"}
TODAY = datetime.now(ZoneInfo("Europe/Rome")).date()
SOON, RECENTLY = (TODAY + timedelta(days=20)).isoformat(), (TODAY - timedelta(days=3)).isoformat()
NAME = {"last_name": "<b>Guerzoni</b>", "first_name": "Maria {{7*7}}"}

# What is typed beside the first choice of each list that has to be chosen from; a tick is True.
TYPED: dict[str, dict[str, Any]] = {
    "information": {"text": NASTY},
    "complaint": {"text": NASTY},
    "personal_data": {"street": "Via Roma", "street_number": "7", "reason": NASTY},
    "mailing_address": {"addressee": "c/o <b>Verdi</b>", **HOME},
    "direct_debit": {"iban": "IT60X0542811101000000123456", "branch": "<b>Modena</b>", "agreed": True},
    "direct_debit_revocation": {"reason": NASTY, "agreed": True},
    "invoice_correction": {"text": NASTY},
    "already_paid": {"paid_on": RECENTLY, "amount": "10,00", "reference": "<b>1</b>", "text": NASTY},
    "instalments": {"first_due_on": SOON, "text": NASTY},
    "supply_closure": {**HOME, "phone": "3331234567", "ends_on": SOON, "text": NASTY},
    "change_of_holder": {
        "name": "<b>Gino</b>", "tax_code": "RSSMRA80A01F257G", "phone": "3331234567", "starts_on": SOON, "text": NASTY,
    },
    "something_else": {"text": NASTY},
    "invoice_mail": {"address_2": '"<b>{{7*7}}</b>"@example.it', "due_date": True},
}  # fmt: skip
PROOFS = {"already_paid"}
FILLED_IN = {"invoice_mail"}  # what most people want stands there already
# Whoever asks for direct debit or contests a bill has it to pay by hand no more, as other stories want; who ends a direct debit
# has to have one.
WHO = {
    "direct_debit": "carla", "direct_debit_revocation": "fabio", "invoice_correction": "davide", "already_paid": "davide",
    "instalments": "davide",
}  # fmt: skip


def choose_first(page: Page) -> None:
    """In each list that has to be chosen from and has nothing chosen yet."""
    for choice in page.locator("main form.card select[required]").all():
        if not choice.input_value():
            choice.select_option(index=1)


def fill_in(page: Page, typed: dict[str, Any]) -> None:
    choose_first(page)
    for name, value in typed.items():
        field = page.locator(f"main form.card [name={name}]")
        if value is True:
            field.check()
        elif field.evaluate("node => node.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)


def send(page: Page) -> None:
    page.locator("main form.card .button.main:not(.second)").click()
    page.wait_for_load_state()


def attach(page: Page, kind: str) -> None:
    if kind in PROOFS:
        page.locator("main [name=files]").set_input_files(
            {"name": '<b>"ricevuta".pdf', "mimeType": "application/pdf", "buffer": paper()}
        )


def test_every_kind_that_a_customer_may_ask_for_has_its_story() -> None:
    assert set(TYPED) == {code for code, kind in KINDS.items() if kind.customers}


@pytest.mark.parametrize("kind", TYPED)
def test_a_customer_asks_and_follows_it(visit: Callable[..., Page], demo: Any, kind: str) -> None:
    page = visit("/requests/new/", who=WHO.get(kind, "maria"), width=390)
    page.locator(f"main a[href^='/requests/new/{kind}/']").click()
    assert_fine(page, "it")
    if kind not in FILLED_IN:
        send(page)  # with nothing typed
        expect(page.get_by_role("alert")).to_be_focused()
    fill_in(page, TYPED[kind])
    attach(page, kind)
    send(page)
    if page.locator("main .answers").count():  # unlikely things are asked about once more
        assert_fine(page, "it")
        attach(page, kind)
        send(page)
    assert not page.locator("main .error").count(), page.locator("main").inner_text()
    page.wait_for_url("**/requests/A-*/")
    assert_fine(page, "it")
    body = page.locator("main").inner_text()
    for value in (value for name, value in TYPED[kind].items() if name in ("text", "reason", "name", "addressee")):
        assert value.split("\u202e")[0].strip() in body
    assert page.locator("main img[src=x], main script").count() == 0


def test_a_text_is_kept_while_it_is_written(visit: Callable[..., Page]) -> None:
    """Its field is never left, as by somebody who goes back with the telephone's own button."""
    page = visit("/requests/new/something_else/", who="mario", width=390)
    with page.expect_response("**/draft/*"):
        page.locator("[name=text]").press_sequentially("Non va perso")
    page.goto(page.url)
    expect(page.locator("[name=text]")).to_have_value("Non va perso")
    page.locator("[name=discard]").click()
    expect(page.locator("[name=text]")).to_have_value("")
