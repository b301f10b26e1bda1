from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from sportello.desks.portal.tests.reading import Page, plain
from sportello.domain.activities.models import Activity
from sportello.domain.invoice_mail import undelivered
from sportello.domain.invoice_mail.tests import posting
from sportello.domain.ledger.models import LedgerRow
from sportello.domain.messages.models import Message
from tests.factories import NOW, access, account, customer, household, invoice, payment, supply


@pytest.fixture
def books(alice):
    mine = account(customer())
    access(alice, mine.customer)
    return mine


def table(page, heading: str) -> list[str]:
    return [plain(row) for row in page.card(heading).xpath(".//tbody/tr")]


def test_it_tells_about_the_document(alice, visit):
    household(who=alice)
    page = visit("/invoices/2026~1G~1C1/")
    assert page.find("//h1/text()") == ["Invoice 2026/G/C1"]
    assert page.facts() == {
        "Type": "Period, actual",
        "Date": "10/11/2026",
        "Due": "30/11/2026",
        "Period": "from 01/09/2026 to 31/10/2026",
        "Consumption": "205 Smc",
        "Account": "A-C1",
    }
    assert "Anna Verdi C1" in page.text
    assert "€121.40 Unpaid Due on 30/11/2026 (in 6 days)" in page.says("Still to pay")


def test_it_lists_the_lines_under_billings_headings(books, visit):
    lines = [
        {"description": "Gas", "amount": "110.36", "section": "Quota consumi", "quantity": "205", "unit": "Smc",
         "unit_price": "0.538341", "vat_rate": "10"},
        {"description": "Bonus", "amount": "-5.00", "section": "Quota consumi", "quantity": None, "unit": "",
         "unit_price": None, "vat_rate": None},
        {"description": "Quota fissa", "amount": "1234.50", "section": "Quota fissa", "quantity": "2", "unit": "mesi",
         "unit_price": "617.25", "vat_rate": "22"},
    ]  # fmt: skip
    invoice(books, "N1", lines=lines)
    assert table(visit("/invoices/N1/"), "Detail of the amounts") == [
        "Quota consumi",
        "Gas 205 Smc €0.538341 10% €110.36",
        "Bonus – −€5.00",
        "Quota fissa",
        "Quota fissa 2 mesi €617.25 22% €1,234.50",
    ]


def test_a_line_of_bare_essentials_is_enough(books, visit):
    invoice(books, "N1", lines=[{"description": "Gas", "amount": "10.00", "quantity": None, "unit": "", "unit_price": None,
                                 "vat_rate": None, "section": ""}])  # fmt: skip
    assert table(visit("/invoices/N1/"), "Detail of the amounts") == ["Gas – €10.00"]


def test_without_lines_it_says_so_and_where_they_are(books, visit):
    invoice(books, "N1", lines=None)
    assert "not supplied by billing. You find them in the PDF copy." in visit("/invoices/N1/").says(
        "Detail of the amounts"
    )


def test_it_breaks_vat_down(books, visit):
    rates = [{"rate": "10", "taxable": "100.00", "tax": "10.00"}, {"rate": "22", "taxable": "9.34", "tax": "2.06"}]
    invoice(books, "N1", vat=rates)
    page = visit("/invoices/N1/")
    assert table(page, "VAT and total") == ["10% €100.00 €10.00", "22% €9.34 €2.06"]
    assert page.says("VAT and total").endswith("Total €121.40")


def test_without_vat_it_says_so(books, visit):
    invoice(books, "N1", vat=None)
    page = visit("/invoices/N1/")
    assert table(page, "VAT and total") == ["VAT not supplied by billing"]
    assert page.says("VAT and total").endswith("Total €121.40")


def test_it_lists_the_payments_in_their_order(books, visit):
    of = invoice(books, "N1", paid=Decimal(70))
    payment(of, Decimal(50), "P1", channel="transfer", paid_on=date(2026, 11, 20))
    payment(of, Decimal(20), "P2", channel=None, channel_text="Sportello di Mirandola", paid_on=date(2026, 11, 12))
    page = visit("/invoices/N1/")
    assert page.says("Payments") == (
        "Payments Sportello di Mirandola 12/11/2026 €20.00 Bank transfer 20/11/2026 €50.00"
    )
    assert "€51.40 Partly paid" in page.says("Still to pay")
    assert "€70.00 of €121.40 have been paid." in page.says("Still to pay")


def test_a_payment_that_came_back_is_struck_out(books, visit):
    of = invoice(books, "N1", collection="returned")
    payment(of, channel="direct_debit", status="returned", returned_on=date(2026, 11, 22))
    page = visit("/invoices/N1/")
    assert "Came back on 22/11/2026" in page.says("Payments")
    assert page.find("//section[@aria-labelledby='payments']//del/text()") == ["€121.40"]


def test_it_says_when_no_payment_has_arrived(books, visit):
    invoice(books, "N1")
    assert "No payment has arrived yet." in visit("/invoices/N1/").says("Payments")


def test_paid_without_saying_where(books, visit):
    invoice(books, "N1", paid=Decimal(70))
    assert "€70.00 have been paid; when and where is not supplied" in visit("/invoices/N1/").says("Payments")


def test_a_credit_note_asks_for_nothing(books, visit):
    invoice(books, "N1", kind="credit_note", amount=Decimal("-30.00"), due_on=None, consumption=None)
    page = visit("/invoices/N1/")
    assert page.find("//h1/text()") == ["Credit note N1"]
    assert "€30.00 In credit It is deducted from what you owe." in page.says("In your credit")
    assert "How to pay" not in page.links()
    assert "A credit note is not paid" in page.says("Payments")


def test_it_lists_the_supplies_on_it(books, visit):
    codes = [supply(books, f"S{n}", street_number=str(n)).code for n in (1, 2)]
    invoice(books, "N1", supply_codes=codes)
    page = visit("/invoices/N1/")
    assert page.find("//section[@aria-labelledby='facts']//li//a/@href") == ["/supplies/S1/", "/supplies/S2/"]
    assert "Via Grandi 2, 41033 Concordia sulla Secchia (MO)" in page.says("About this document")


def test_where_billing_knows_only_the_account_it_says_so(books, visit):
    invoice(books, "N1", supply_codes=None)
    assert "Billing does not say which; it is of account A-C1." in visit("/invoices/N1/").says("About this document")


def test_a_supply_that_is_not_within_reach_is_not_shown(books, visit):
    stranger = account(customer("C7"))
    supply(stranger, "S7", street="Via Segreta")
    invoice(books, "N1", supply_codes=["S7"])
    page = visit("/invoices/N1/")
    assert "S7" not in page.text
    assert "Via Segreta" not in page.text


@pytest.mark.parametrize(
    ("collection", "words"),
    [("direct_debit", "Your bank will pay it by direct debit"), ("suspended", "You have contested it")],
)
def test_it_does_not_ask_for_what_is_debited_or_contested(books, visit, collection, words):
    invoice(books, "N1", collection=collection)
    page = visit("/invoices/N1/")
    assert words in page.says("Still to pay")
    assert "How to pay" not in page.links()


@pytest.mark.parametrize("collection", ["", "returned", "instalments"])
def test_it_leads_to_the_ways_to_pay(books, visit, collection):
    invoice(books, "N1", collection=collection)
    assert visit("/invoices/N1/").links()["How to pay"] == "/invoices/N1/pay/"


def test_what_is_paid_shows_its_amount(books, visit):
    invoice(books, "N1", paid=Decimal("121.40"))
    assert "Amount €121.40 Paid" in visit("/invoices/N1/").says("Amount")


def test_the_xml_is_offered_where_there_is_one(books, visit):
    invoice(books, "N1", has_xml=True)
    invoice(books, "N2")
    assert visit("/invoices/N1/").links()["Electronic invoice (XML)"] == "/documents/invoices/N1.xml"
    assert "Electronic invoice (XML)" not in visit("/invoices/N2/").links()


def test_what_is_not_supplied_is_said(books, visit):
    invoice(books, "N1", kind=None, lines=None, consumption=None, due_on=None, period_from=None)
    facts = visit("/invoices/N1/").facts()
    assert (facts["Type"], facts["Consumption"]) == ("not supplied by billing", "not supplied by billing")
    assert "Due" not in facts
    assert "Period" not in facts


@pytest.mark.parametrize(
    "number", ["a/b", "a~b", "~1", "~01", "ü è", "a'b", 'q"<i>', "100%", "x?y#z", "a+b", "..", "."]
)
def test_any_number_of_billings_has_a_page(books, browser, number):
    invoice(books, number)
    page = Page(browser.get(reverse("invoice", args=[number])))
    assert page.find("//h1/text()") == [f"Invoice {number}"]


def test_billings_texts_are_text_and_nothing_else(books, visit):
    bad = "<img src=x onerror=alert(1)>{{ 7*7 }}"
    line = {"description": bad, "amount": "1.00", "section": bad, "quantity": "1", "unit": bad, "unit_price": None,
            "vat_rate": None}  # fmt: skip
    payment(invoice(books, "N1", lines=[line], paid=Decimal(1)), channel=None, channel_text=bad)
    page = visit("/invoices/N1/")
    assert page.find("//img") == []
    assert "49" not in page.says("Detail of the amounts")
    assert page.says("Detail of the amounts").count(bad) == 3
    assert bad in page.says("Payments")


def test_what_carries_no_vat_is_in_the_sum(books, visit):
    rates = [{"rate": "10", "taxable": "100.00", "tax": "10.00"}]
    invoice(books, "N1", amount=Decimal("128.00"), vat=rates)
    assert table(visit("/invoices/N1/"), "VAT and total") == ["10% €100.00 €10.00", "Without VAT €18.00 –"]


def test_a_credit_note_that_is_used_up_promises_nothing(books, visit):
    invoice(books, "N1", kind="credit_note", amount=Decimal("-77.77"), paid=Decimal("-77.77"))
    page = visit("/invoices/N1/")
    assert "Offset already" in page.text
    assert "It has been deducted from what you owed." in page.text
    assert "In your credit" not in page.text


# --- what is asked for now -------------------------------------------------------------------------------------------

PLAN = [{"due_on": "2026-11-20", "amount": "40.00"}, {"due_on": "2026-12-20", "amount": "81.40"}]


def asked(books, kind: str, number: str, **fields) -> Activity:
    values = {"channel": "portal", "automatic": False, "opened_at": NOW, "invoice_number": "N1", **fields}
    return Activity.objects.create(number=number, kind=kind, customer=books.customer, **values)


def test_it_shows_the_instalments_and_which_comes_next(books, visit):
    bill = invoice(books, "N1", collection="instalments", instalments=PLAN, due_on=date(2026, 11, 1), paid=Decimal(40))
    page = visit("/invoices/N1/")
    assert table(page, "Instalments") == ["20/11/2026 €40.00 Paid", "20/12/2026 €81.40 To be paid"]
    assert "Next instalment: €81.40 by 20/12/2026 (in 26 days)" in page.says("Still to pay")
    assert "overdue" not in page.text and "overdue" not in visit("/overview/").text + visit("/invoices/").text
    assert "next instalment: €81.40 by 20/12/2026" in visit("/overview/").says("To pay")
    assert "€81.40" in visit("/invoices/N1/pay/").says("Still to pay")
    bill.paid = Decimal(10)
    bill.save()
    page = visit("/invoices/N1/")
    assert table(page, "Instalments")[0] == "20/11/2026 €40.00 Overdue €30.00 are still missing"
    assert "overdue" in page.text and "1 invoice is overdue" in visit("/overview/").text
    assert visit("/invoices/N1/pay/").says("Next instalment").startswith("Next instalment €30.00")


def test_what_is_contested_need_not_be_paid_and_the_clock_is_shown(books, visit):
    invoice(books, "N1", collection="suspended", contested=Decimal("21.40"))
    contest = {"asked": {"reason": "reading", "text": "<b>x</b>", "contested": "21.40", "to_pay": "121.40"}}
    activity = asked(books, "invoice_correction", "A-26000001", limit_on=date(2027, 1, 23), **contest)
    command = {"customer_code": "C1", "invoice_number": "N1", "amount": "21.40"}
    LedgerRow.objects.create(key="request-A-26000001--a1", name="SuspendCollection", command=command, customer_code="C1",
                             about_kind="activity", about_key="A-26000001", follows="activities.settle", queued_at=NOW,
                             next_attempt_at=NOW, state="acknowledged", settled_at=NOW)  # fmt: skip
    page = visit("/invoices/N1/")
    assert "You contest €21.40 of it" in page.says("Still to pay") and "To be paid now: €100.00" in page.text
    for said in (page.says("What you have asked about it"), visit("/requests/A-26000001/").says("How it stands")):
        assert "€21.40: collection suspended since 24/11/2026." in said
        assert "By the regulator's terms you have an answer by 23/01/2027." in said
        assert "€30.00, after twice the time €60.00, after three times €90.00" in said
        assert "If you are right, the invoice is corrected" in said
    page = visit("/invoices/N1/pay/")
    assert "You contest €21.40 of this invoice" in page.text
    assert page.says("To be paid now").startswith("To be paid now €100.00") and "<b>x" not in page.text
    Activity.objects.filter(pk=activity.pk).update(status="executed", executed_at=NOW)
    assert "What you have asked about it" not in visit("/invoices/N1/").headings()


def test_whoever_has_paid_already_sees_that_it_is_looked_for(books, visit):
    invoice(books, "N1")
    asked(books, "already_paid", "A-26000001")
    stranger = account(customer("C9"))
    asked(stranger, "instalments", "A-26000009")
    for address in ("/invoices/N1/", "/invoices/N1/pay/"):
        said = visit(address).says("What you have asked about it")
        assert "Do not pay a second time." in said and "A-26000009" not in said


def test_beside_the_invoice_stands_what_became_of_its_mails(visit, alice):
    bill = posting.invoice("C7", "a@example.it", "b@example.it", mode="pdf")
    access(alice, bill.customer)
    assert "Sent by e-mail" not in visit(f"/invoices/{bill.number}/").text
    one, two = posting.posted(bill)
    Message.objects.filter(pk=two.message_id).update(possible_duplicate=True)
    undelivered.bounced(one.message_id, failed=True, why="5.1.1 internal words", now=posting.NOW)
    told = visit(f"/invoices/{bill.number}/").text
    for words in ("Sent by e-mail", "a@example.it", "Came back: not delivered", "b@example.it", "Sent, perhaps twice"):
        assert words in told
    assert "internal words" not in told
