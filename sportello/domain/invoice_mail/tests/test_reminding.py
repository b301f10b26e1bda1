"""Reminders of what will be due and of returned debits: to who wants them, once each whatever the clock does, never in vain."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from sportello.domain.activities.models import Bound
from sportello.domain.customers.models import BillingAccount, Customer, Invoice, InvoiceSubscription, Payment
from sportello.domain.invoice_mail.models import Reminder
from sportello.domain.invoice_mail.reminding import remind
from sportello.domain.invoice_mail.tests.posting import another, invoice
from sportello.domain.messages.composing import compose, mail
from sportello.domain.messages.models import Message
from tests import factories

pytestmark = pytest.mark.django_db
ROME = ZoneInfo("Europe/Rome")
DUE = date(2026, 11, 30)
BOTH = {"reminds_of_due_date": True, "reminds_of_returned_debit": True, "started_at": datetime(2026, 1, 1, tzinfo=UTC)}


def at(day: date, hour: int = 10, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), tzinfo=ROME)


def bill(code: str = "C1", *addresses: str, **fields) -> Invoice:
    made = invoice(code, *(addresses or ("a@example.it",)), flags=BOTH, **{"due_on": DUE, **fields})
    BillingAccount.objects.update(payment_method="slip")
    return made


def returned(of: Invoice, code: str = "P1", on: date = date(2026, 12, 2), **fields) -> Payment:
    Invoice.objects.filter(pk=of.pk).update(collection="returned")
    return factories.payment(
        of, code=code, **{"channel": "direct_debit", "status": "returned", "returned_on": on, **fields}
    )


def subjects() -> list[str]:
    return list(Message.objects.order_by("pk").values_list("subject", flat=True))


def test_it_comes_some_days_before_to_each_proven_address_and_only_by_day():
    bill("C1", "a@example.it", "b@example.it", "?c@example.it")
    assert remind(now=at(DUE - timedelta(days=6))) == 0
    for hour in (0, 8, 20, 23):
        assert remind(now=at(DUE - timedelta(days=5), hour)) == 0
    assert remind(now=at(DUE - timedelta(days=5), 9)) == 2
    message = Message.objects.first()
    assert message.subject == "La fattura F-C1 scade il 30/11/2026" and message.lane == ""
    text = compose(message).text
    assert "121,40" in text and "/invoices/F-C1/" in text and message.customer_code == "C1"
    assert set(Message.objects.values_list("address", flat=True)) == {"a@example.it", "b@example.it"}


def test_the_number_of_days_is_administrations():
    bill()
    Bound.objects.create(name="reminder_days", valid_from=date(2026, 1, 1), value=2)
    assert remind(now=at(DUE - timedelta(days=3))) == 0
    assert remind(now=at(DUE - timedelta(days=2))) == 1


@pytest.mark.parametrize(
    "due",
    [date(2026, 3, 30), date(2026, 10, 26), date(2027, 1, 2), date(2028, 3, 1), DUE],
    ids=["summer time begins", "it ends", "year end", "29 February", "any day"],
)
def test_it_comes_once_whatever_the_clock_does(due):
    """Every hour and a half for ten days, with the clock an hour back, a day ahead, and set right again."""
    bill(issued_on=due - timedelta(days=20), due_on=due)
    count, moment = 0, at(due - timedelta(days=7)).astimezone(UTC)
    for step in range(160):
        now = moment + timedelta(minutes=90 * step)
        jump = {5: timedelta(hours=-1), 11: timedelta(days=1), 12: timedelta(days=-1)}.get(step % 17, timedelta())
        count += remind(now=now + jump)
    assert count == Reminder.objects.count() == Message.objects.count() == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"paid": Decimal("121.40")},
        {"amount": Decimal("-5.00")},
        {"collection": "suspended"},
        {"collection": "suspended", "contested": Decimal("20.00")},
        {"collection": "direct_debit"},
        {"due_on": None},
        {"due_on": date(2026, 11, 24)},
    ],
)
def test_it_never_comes_for_what_is_paid_contested_debited_or_late(fields):
    bill("C1", **fields)
    bill("C2")
    assert remind(now=at(DUE - timedelta(days=5))) == 1
    assert Reminder.objects.get().customer_code == "C2"


def test_whoever_pays_by_direct_debit_is_reminded_only_once_it_has_come_back():
    made = bill()
    BillingAccount.objects.update(payment_method="direct_debit")
    assert remind(now=at(DUE - timedelta(days=5))) == 0
    Invoice.objects.filter(pk=made.pk).update(collection="returned")
    assert remind(now=at(DUE - timedelta(days=4))) == 1


def test_it_comes_only_to_who_wants_it_and_is_on():
    bill()
    for change in ({"reminds_of_due_date": False}, {"reminds_of_due_date": True, "ended_at": at(DUE)}):
        InvoiceSubscription.objects.update(**change)
        assert remind(now=at(DUE - timedelta(days=5))) == 0


def test_each_instalment_is_reminded_of_with_what_it_asks():
    parts = [{"due_on": day, "amount": "60.70"} for day in ("2026-12-10", "2027-01-10")]
    made = bill(collection="instalments", instalments=parts)
    assert remind(now=at(date(2026, 12, 6))) == 1 and remind(now=at(date(2026, 12, 9))) == 0
    assert "60,70" in compose(Message.objects.get()).text
    Invoice.objects.filter(pk=made.pk).update(paid=Decimal("60.70"))
    assert remind(now=at(date(2027, 1, 7))) == 1 and remind(now=at(date(2027, 1, 8))) == 0


def test_a_returned_debit_is_told_once_for_each_payment():
    made = bill()
    returned(made)
    assert remind(now=at(date(2026, 12, 1))) == 0
    assert [remind(now=at(date(2026, 12, 2), hour)) for hour in (9, 10, 11)] == [1, 0, 0]
    assert subjects() == ["Addebito non riuscito: fattura F-C1"] and "02/12/2026" in compose(Message.objects.get()).text
    returned(made, "P2", date(2026, 12, 9))
    assert remind(now=at(date(2026, 12, 9))) == 1


@pytest.mark.parametrize(
    ("fields", "of_payment"),
    [
        ({"paid": Decimal("121.40")}, {}),
        ({"collection": "suspended"}, {}),
        ({"collection": "direct_debit"}, {}),  # it is being debited once more
        ({}, {"channel": "post"}),
        ({}, {"status": "executed", "returned_on": None}),
        ({}, {"returned_on": date(2026, 11, 1)}),
    ],
)
def test_a_returned_debit_is_not_told_where_there_is_nothing_to_do(fields, of_payment):
    made = bill()
    returned(made, **of_payment)
    Invoice.objects.filter(pk=made.pk).update(**fields)
    assert remind(now=at(date(2026, 12, 3))) == 0


def test_what_came_back_before_the_choice_is_no_news():
    made = bill()
    returned(made)
    InvoiceSubscription.objects.update(started_at=at(date(2026, 12, 3)))
    assert remind(now=at(date(2026, 12, 4))) == 0


def test_one_of_several_invoices_paid_meanwhile_is_left_out():
    made = bill()
    another(made, "F-2", due_on=DUE, paid=Decimal("121.40"))
    another(made, "F-3", due_on=DUE)
    assert remind(now=at(DUE - timedelta(days=5))) == 2
    assert set(Reminder.objects.values_list("invoice_number", flat=True)) == {"F-C1", "F-3"}


@pytest.mark.parametrize(
    "name", ["Eve\r\nBcc: mallory@example.it", "{open} {{7*7}} {%x%}", "<b>Eve</b>", "=?utf-8?q?x?= \u202etxt"]
)
def test_a_name_is_nothing_but_text(name):
    bill()
    Customer.objects.update(last_name=name, first_name="", kind="person")
    assert remind(now=at(DUE - timedelta(days=5))) == 1
    message = Message.objects.get()
    whole, composed = mail(message), compose(message)
    assert whole["Bcc"] is None and whole.keys().count("To") == 1 and len(whole.get_all("Subject")) == 1
    assert "<b>" not in composed.html.replace("<body", "") and "49" not in composed.text.replace("1249", "")
    assert "121,40" in composed.text and "\u202e" not in composed.text
