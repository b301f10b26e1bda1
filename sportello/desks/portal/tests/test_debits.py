"""How an account is paid and how its mandate stands, where the customer looks for it."""

from datetime import date, timedelta

import pytest

from sportello.domain.activities.kinds import direct_debit
from sportello.domain.activities.models import Activity, StopLink
from sportello.domain.activities.tests.test_mandates import ASKED, COMPANY, IBAN
from sportello.domain.customers.models import DirectDebitMandate
from tests.factories import NOW, access, account, customer, supply

TODAY = NOW.date()


@pytest.fixture
def books(alice, settings):
    settings.COMPANY_CREDITOR_ID = COMPANY["COMPANY_CREDITOR_ID"]
    mine = account(customer(), payment_method="postal_slip")
    access(alice, mine.customer)
    supply(mine, "S1")
    return mine


def mandate(books, code="M1", status="requested", **fields):
    values = {"scheme": "core", "iban": "IT60 **** 3456", "holder": "Anna Verdi", "signed_on": TODAY, "reason": ""}
    return DirectDebitMandate.objects.create(
        code=code, customer=books.customer, billing_account=books, status=status, **{**values, **fields}
    )


def asked(books, kind="direct_debit", **fields):
    values = {"number": "A-26000123", "asked": ASKED, "opened_at": NOW, "once": "1f3a9b2c", "automatic": False}
    return Activity.objects.create(
        kind=kind, channel="portal", customer=books.customer, account_code=books.code, **{**values, **fields}
    )


@pytest.mark.parametrize(
    ("status", "fields", "words"),
    [
        ("requested", {}, ("Requested", "goes to your bank next", "Until then you pay your invoices as before.")),
        ("aligning", {}, ("With the bank", "is checking it", "Until then you pay your invoices as before.")),
        ("active", {"active_from": TODAY}, ("Active", "accepted it on 24/11/2026: it pays from the first invoice issued since")),
        ("active", {"active_from": date(2015, 1, 2)}, ("Active", "on the day they are due, since 02/01/2015.")),
        ("active", {"from_invoice": "2026/G/1"}, ("Active", "Your bank pays from invoice 2026/G/1 on.")),
        ("active", {}, ("Active", "Your bank pays your invoices on the day they are due.")),
        ("refused", {"reason": "Il conto è estinto."}, ("Refused by the bank", "The bank says: Il conto è estinto. Your invoices")),
        ("refused", {}, ("Refused by the bank", "are not debited: pay them as before.", "ask anew")),
        ("revoking", {}, ("Being revoked", "Only what it has been told to debit before")),
        ("revoked", {"ended_on": TODAY}, ("Revoked", "It ended on 24/11/2026. Invoices issued since then you pay yourself")),
        ("revoked", {}, ("Revoked", "It has ended. Invoices issued")),
    ],
)  # fmt: skip
def test_each_state_is_told_on_the_supply_and_on_the_request(books, visit, status, fields, words):
    activity = asked(books, status="executed", executed_at=NOW)
    mandate(books, direct_debit.reference(activity), status, **fields)
    for address in ("/supplies/S1/", "/requests/A-26000123/"):
        text = visit(address).text
        for each in ("IT60 **** 3456", *words):
            assert each in text, address
        assert IBAN not in text


def test_what_is_asked_stands_before_what_holds_and_what_is_past_is_left_out(books, visit):
    books.payment_method = "direct_debit"
    books.save()
    mandate(books, "OLD", "active", iban="IT11 **** 1111", signed_on=TODAY - timedelta(days=400))
    mandate(books, "GONE", "refused", iban="IT22 **** 2222", signed_on=TODAY - timedelta(days=2))
    mandate(books, "NEW", "aligning", iban="IT33 **** 3333")
    page = visit("/supplies/S1/")
    assert page.text.index("IT33") < page.text.index("IT11")
    assert "IT22" not in page.text
    assert "With direct debit" in page.text or "By your bank, with direct debit" in page.text
    assert "Until then your invoices are debited from the present account." in page.text
    assert {"Change the bank account", "Revoke the direct debit"} <= set(page.links())


def test_who_has_none_is_led_to_ask_for_it_and_nobody_revokes_twice(books, visit):
    links = visit("/supplies/S1/").links()
    assert "Ask for direct debit" in links
    assert "Revoke the direct debit" not in links
    books.payment_method = "direct_debit"
    books.save()
    assert "Revoke the direct debit" in visit("/supplies/S1/").links()
    mandate(books, status="revoking")
    assert "Revoke the direct debit" not in visit("/supplies/S1/").links()


def test_a_request_says_from_when_and_until_when_it_can_be_stopped(books, visit):
    asked(books, not_before=NOW + timedelta(days=3))
    text = visit("/requests/A-26000123/").text
    for words in (
        "The debit does not begin at once.",
        "on 27/11/2026 at the earliest",
        "Mandate to print",
        "IT60 **** 3456",
    ):
        assert words in text
    assert IBAN not in text
    books.payment_method = "direct_debit"
    books.save()
    assert (
        "from the first invoice that we issue after its answer, from the new one" in visit("/requests/A-26000123/").text
    )


def test_what_was_stopped_does_not_say_that_it_was_the_customer(books, visit):
    activity = asked(books, status="cancelled", ended_at=NOW, not_before=NOW)
    link = StopLink.objects.create(activity=activity, digest="x", expires_at=NOW)
    assert "You have cancelled this request." in visit("/requests/A-26000123/").text
    link.used_at = NOW
    link.save()
    activity.attention = "stopped"
    activity.save()
    text = visit("/requests/A-26000123/").text
    assert "It was stopped by somebody whom we had told of it" in text
    assert "You have cancelled" not in text
    assert "Mandate to print" not in text
    assert "The debit does not begin" not in text


def test_a_revocation_says_what_to_do_instead_and_how_it_goes_on(books, visit):
    asked(books, "direct_debit_revocation", asked={"reason": ""})
    text = visit("/requests/A-26000123/").text
    assert "Those that we issue after the revocation you pay yourself: the postal slip" in text
    assert "Mandate to print" not in text
    mandate(books, "EARLIER", "revoked", ended_on=TODAY - timedelta(days=9))
    assert "the postal slip" in visit("/requests/A-26000123/").text
    mandate(books, "M", "revoking")
    assert "Being revoked" in visit("/requests/A-26000123/").text


def test_the_account_is_called_as_its_form_calls_it(books, visit):
    books.description = "Casa"
    books.save()
    asked(books)
    assert visit("/requests/A-26000123/").facts()["Billing account"] == f"Casa ({books.code})"
    assert f"Casa ({books.code})" in visit("/requests/new/direct_debit/").text


def test_the_mandate_of_what_was_stopped_is_there_until_somebody_has_made_sure(books, visit, browser):
    activity = asked(books, status="cancelled", ended_at=NOW, not_before=NOW, attention="stopped")
    page = visit("/requests/A-26000123/")
    assert "Copy of the mandate (PDF)" in page.links() and "It was not used" in page.text
    assert browser.get(f"/documents/requests/{activity.number}/mandate.pdf").status_code != 404
    activity.attention = ""
    activity.save()
    page = visit("/requests/A-26000123/")
    assert "Copy of the mandate (PDF)" not in page.links() and "not kept any more" in page.text


def test_an_open_page_is_told_how_the_mandate_stands(books, visit, browser):
    activity = asked(books, status="executed", executed_at=NOW)
    page = visit("/requests/A-26000123/")
    (poll,) = page.find("//*[@id='poll']/@hx-get")
    mandate(books, direct_debit.reference(activity), "refused", reason="Il conto è estinto")
    answer = browser.get(poll).content.decode()
    assert 'id="debit"' in answer and "Il conto è estinto" in answer
    assert not visit("/requests/A-26000123/").find("//*[@id='poll']/@hx-get")


def test_requests_of_another_kind_say_nothing_of_it(books, visit):
    asked(books, "information", asked={"topic": "other", "text": "?"})
    mandate(books)
    assert "Mandate" not in visit("/requests/A-26000123/").text
