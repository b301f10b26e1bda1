"""An invoice that does not arrive: written down once, an operator's work, on paper where it is so set, sent again in one press."""

from datetime import date, timedelta

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from sportello.domain.activities.models import Activity, Bound
from sportello.domain.customers.models import BillingAccount, Customer, InvoiceRecipient, InvoiceSubscription
from sportello.domain.files.models import KeptFile
from sportello.domain.invoice_mail import log, resending, settling, undelivered
from sportello.domain.invoice_mail.models import Sending
from sportello.domain.invoice_mail.resending import NobodyToSendTo, NoPdfYet
from sportello.domain.invoice_mail.tests.posting import NOW, another, invoice, posted
from sportello.domain.journal.models import Event
from sportello.domain.messages.models import Message

pytestmark = pytest.mark.django_db
FOUR = ("a@example.it", "b@example.it", "c@example.it", "d@example.it")


def bounce(sending: Sending, why: str = "5.1.1 no such user", *, failed: bool = True) -> bool:
    return undelivered.bounced(sending.message_id, failed=failed, why=why, now=NOW)


def bound(name: str, value: int) -> None:
    Bound.objects.create(name=name, valid_from=date(2026, 1, 1), value=value)


def asked() -> dict:
    return Activity.objects.get().asked


@pytest.mark.parametrize("state", ["refused", "dead"])
def test_what_was_refused_or_given_up_becomes_an_operators_work_once(state):
    (sending,) = posted(invoice("C1", "a@example.it"), state=state, failure="550 no", failure_code=550)
    for _ in range(2):
        settling.settle([sending.message_id], now=NOW)
    activity = Activity.objects.for_the_desk().open().get()
    assert (activity.kind, activity.customer_id, activity.invoice_number) == ("invoice_undelivered", "C1", "F-C1")
    assert activity.asked["failed"] == [{"address": "a@example.it", "how": state, "why": "550 no"}]
    assert Event.objects.filter(name="invoice_mail.not_delivered").count() == 1
    sending.refresh_from_db()
    assert sending.failed_at == NOW and log.entry_of(sending).came == state


def test_what_is_on_its_way_or_withdrawn_has_not_failed():
    for state in ("sent", "queued", "withdrawn"):
        (sending,) = posted(invoice(state, f"{state}@example.it"), state=state)
        settling.settle([sending.message_id], now=NOW)
    assert not Activity.objects.exists() and not Sending.objects.failed().exists()


def test_a_mail_that_came_back_is_noted_once_and_a_late_one_only_noted():
    (sending,) = posted(invoice("C1", "a@example.it"))
    assert bounce(sending, "4.4.1 still trying", failed=False)
    sending.refresh_from_db()
    assert log.entry_of(sending).came == "delayed" and not Activity.objects.exists()
    assert bounce(sending) and not bounce(sending) and not bounce(sending, failed=False)
    sending.refresh_from_db()
    entry = log.entry_of(sending)
    assert (entry.came, entry.at, entry.why) == ("bounced", NOW, "5.1.1 no such user")
    assert Activity.objects.count() == 1
    assert not undelivered.bounced(0, failed=True, why="", now=NOW)  # of another mail than an invoice's


def test_one_bad_address_leaves_the_others_alone_and_one_request_names_all_that_failed():
    bound("invoice_paper", 1)
    sendings = posted(invoice("C1", *FOUR))
    bounce(sendings[1])
    assert [log.entry_of(each).came for each in Sending.objects.of_invoice("F-C1")].count("sent") == 3
    bounce(sendings[3])
    assert [each["address"] for each in asked()["failed"]] == ["b@example.it", "d@example.it"]
    assert not Message.objects.filter(channel="letter").exists()


def test_what_fails_after_the_request_is_over_opens_another():
    first, second = posted(invoice("C1", "a@example.it", "b@example.it"))
    bounce(first)
    Activity.objects.get().execute(now=NOW)
    bounce(second)
    assert [each.asked["failed"][0]["address"] for each in Activity.objects.order_by("pk")] == [
        "a@example.it", "b@example.it",
    ]  # fmt: skip


# --- on paper --------------------------------------------------------------------------------------------------------


def test_an_invoice_that_reached_nobody_goes_on_paper_once_where_that_is_set():
    bound("invoice_paper", 1)
    BillingAccount.objects.update(addressee="")
    sendings = posted(invoice("C1", "a@example.it", "b@example.it"))
    Customer.objects.update(street="Via Grandi", street_number="39", postcode="41033", municipality="Concordia")
    bounce(sendings[0])
    assert not Message.objects.filter(channel="letter").exists()
    bounce(sendings[1])
    letter = Message.objects.letters_to_print().get()
    assert (letter.kind, letter.about_key, letter.customer_code) == ("invoice_on_paper", "F-C1", "C1")
    assert letter.address.startswith("Via Grandi 39") and asked()["paper"] == "letter"


def test_it_stays_off_paper_where_that_is_not_set_and_says_so_where_there_is_no_address():
    (sending,) = posted(invoice("C1", "a@example.it"))
    bounce(sending)
    assert not Message.objects.filter(channel="letter").exists() and asked()["paper"] == ""
    bound("invoice_paper", 1)
    (sending,) = posted(invoice("C2", "b@example.it"))
    Customer.objects.update(street="", street_number="", postcode="", municipality="", province="")
    BillingAccount.objects.update(street="", street_number="", postcode="", municipality="", province="")
    bounce(sending)
    assert Activity.objects.get(customer="C2").asked["paper"] == "no_address"


# --- the address -----------------------------------------------------------------------------------------------------


def proven() -> set[str]:
    return set(InvoiceRecipient.objects.proven().values_list("address", flat=True))


def test_an_address_from_which_mails_come_back_is_left_out_until_it_is_confirmed_again():
    first = invoice("C1", "a@example.it", "b@example.it")
    one, _ = posted(first)
    bounce(one)
    assert proven() == {"a@example.it", "b@example.it"}
    two, _ = posted(another(first, "F-2"))
    bounce(two)
    assert proven() == {"b@example.it"}
    left = InvoiceRecipient.objects.get(address="a@example.it")
    assert left.left_out_at == NOW and Activity.objects.get(invoice_number="F-2").asked["left_out"] == ["a@example.it"]
    assert [each.address for each in posted(another(first, "F-3"))] == ["b@example.it"]
    left.verified_at = NOW + timedelta(days=1)
    left.save()
    later = NOW + timedelta(days=2)
    again, _ = posted(another(first, "F-4", issued_on=date(2026, 12, 1)), now=later)
    undelivered.bounced(again.message_id, failed=True, why="", now=later)
    assert "a@example.it" in proven()  # what came back before it was confirmed again does not count


def test_the_last_address_of_a_choice_is_never_left_out():
    bound("mail_bounces", 1)
    one, two = posted(invoice("C1", "a@example.it", "b@example.it"))
    bounce(one)
    bounce(two)
    assert proven() == {"b@example.it"}


def test_a_server_that_does_not_answer_says_nothing_of_the_address():
    bound("mail_bounces", 1)
    dead, _ = posted(invoice("C1", "a@example.it", "b@example.it"), state="dead")
    settling.settle([dead.message_id], now=NOW)
    assert len(proven()) == 2 and Activity.objects.exists()


# --- again -----------------------------------------------------------------------------------------------------------


def again(number: str = "F-C1", **options) -> int:
    options.setdefault("seen", resending.last_of(number))
    return resending.resend(number, by_id=None, now=NOW, **options)


def test_it_is_sent_again_in_one_press_and_two_presses_send_once():
    (first,) = posted(invoice("C1", "a@example.it"))
    bounce(first)
    assert again(seen=first.pk) == 1 and again(seen=first.pk) == 0
    second = Sending.objects.of_invoice("F-C1").first()
    assert (second.repeat, second.by_hand, second.message.lane) == (1, True, "invoices.now")
    assert ProcrastinateJob.objects.filter(task_name="invoice_mail.send").count() == 1
    Message.objects.filter(pk=second.message_id).update(state="sent", sent_at=NOW)
    bounce(second)
    assert len(asked()["failed"]) == 1  # the same again is the same news


def test_it_is_sent_again_only_where_the_invoice_goes_now():
    posted(invoice("C1", "a@example.it", "b@example.it"))
    InvoiceRecipient.objects.filter(address="a@example.it").update(verified_at=None)
    with pytest.raises(NobodyToSendTo):
        again(to="a@example.it")
    with pytest.raises(NobodyToSendTo):
        again(to="mallory@example.it")
    assert again(to="B@example.it") == 1 and again() == 1
    InvoiceSubscription.objects.update(ended_at=NOW)
    with pytest.raises(NobodyToSendTo):
        again()


def test_without_its_pdf_it_is_not_sent_again():
    posted(invoice("C1", "a@example.it"))
    KeptFile.objects.all().delete()
    with pytest.raises(NoPdfYet):
        again()
