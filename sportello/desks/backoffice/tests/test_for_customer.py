"""What an operator asks for a customer who calls or has written, and what he writes down about him."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from sportello.domain.activities.models import Activity, Remark, Terms
from sportello.domain.activities.tasks import answer_posted
from sportello.domain.files.tests.papers import bare
from sportello.domain.messages import letters
from sportello.domain.messages.models import Message
from sportello.domain.people.models import User
from tests import asking, factories
from tests.asking import plain

TODAY = factories.NOW.date()
ASK = "/staff/customers/C1/ask/"
FORM = f"{ASK}form/?kind="
INFORMATION = {"topic": "contract", "text": "Quanto dura?", "supply": "", "once": "o"}
CONTACT = {
    "direction": "in",
    "sort": "call",
    "text": "Ha chiesto del gas.",
    "outcome": "informed",
    "supply": "",
    "once": "o",
}


@pytest.fixture(autouse=True)
def anna(db):
    Terms.objects.create(term="information", valid_from=TODAY - timedelta(days=400), limit=30)
    return asking.household("C1", street="Via Roma", street_number="1", postcode="41033", municipality="Concordia")


def test_all_kinds_are_asked_by_telephone_and_the_customer_is_told(paolo):
    assert "Complaint" in plain(paolo.get(ASK)) and "General contact" in plain(paolo.get(ASK))
    typed = {**INFORMATION, "channel": "telephone", "identified": "data"}
    for _ in range(2):
        paolo.post(f"{FORM}information", typed)
    activity = Activity.objects.get()
    assert (activity.channel, activity.received_on, activity.by_post) == ("telephone", None, False)
    assert Remark.objects.get().text.startswith("The caller was identified")
    assert Message.objects.get().address == "c1@example.it"


def test_nothing_is_asked_for_who_was_not_identified(paolo):
    reply = paolo.post(f"{FORM}information", {**INFORMATION, "channel": "telephone"})
    assert "Say how the caller was identified." in plain(reply) and "Quanto dura?" in reply.content.decode()
    assert not Activity.objects.exists()


def test_a_letters_term_counts_from_the_day_on_which_it_came(paolo):
    came = TODAY - timedelta(days=12)
    scan = SimpleUploadedFile("lettera.pdf", bare(), "application/pdf")
    typed = {**INFORMATION, "channel": "letter", "received_on": came.isoformat(), "files": scan}
    paolo.post(f"{FORM}information", typed)
    activity = Activity.objects.get()
    assert (activity.received_on, activity.limit_on, activity.by_post) == (came, came + timedelta(days=30), True)
    page = plain(paolo.get(f"/staff/requests/{activity.number}/"))
    assert "12/11/2026 written down on 24/11/2026" in page and "lettera.pdf" in page


@pytest.mark.parametrize("days", [1, -91])
def test_no_letter_came_tomorrow_or_long_ago(paolo, days):
    day = (TODAY + timedelta(days=days)).isoformat()
    reply = paolo.post(f"{FORM}information", {**INFORMATION, "channel": "pec", "received_on": day})
    assert "Neither a day to come" in plain(reply) and not Activity.objects.exists()


def test_an_answer_by_letter_is_given_on_the_day_on_which_it_is_posted(paolo, anna):
    me = User.objects.get(username="paolo")
    activity = asking.asked(days=40, by_post=True, limit_on=TODAY - timedelta(days=1))
    asking.post(paolo, "execute", answer="Ecco la risposta.")
    letter = Message.objects.get()
    assert (letter.channel, asking.now().answered_day) == ("letter", None)
    assert "the letter is not in the post yet" in plain(paolo.get(asking.PATH))
    letters.mark_printed([letter.pk], by_id=me.pk, now=factories.NOW)
    letters.mark_posted([letter.pk], on=TODAY, by_id=me.pk, now=factories.NOW)
    for _ in range(2):
        answer_posted(message=letter.pk, about_kind="activity", about_key=activity.number, outcome="sent")
    assert asking.now().answered_day == TODAY
    assert "letter posted on 24/11/2026" in plain(paolo.get(asking.PATH))


def test_how_answers_leave_is_changed_on_the_page(paolo):
    asking.asked()
    asking.post(paolo, "post", path=asking.WRITE)
    assert asking.now().by_post
    assert "Answers leave as letters." in plain(paolo.get(asking.PATH))
    asking.post(paolo, "mail", path=asking.WRITE)
    assert not asking.now().by_post


def test_a_contact_is_filed_and_the_customer_hears_nothing_of_it(paolo, anna):
    paolo.post(f"{FORM}contact", CONTACT)
    activity = Activity.objects.get()
    assert (activity.kind, activity.status) == ("contact", "executed")
    assert not Message.objects.exists()
    someone = factories.user("anna")
    factories.access(someone, anna)
    assert not Activity.objects.within_reach_of(someone).exists()


def test_a_next_step_is_due_on_its_day(paolo):
    day = TODAY + timedelta(days=3)
    typed = {**CONTACT, "outcome": "to_do", "next_step": "Richiamare", "next_on": day.isoformat()}
    assert "Say on which day" in plain(paolo.post(f"{FORM}contact", {**typed, "next_on": ""}))
    paolo.post(f"{FORM}contact", typed)
    activity = Activity.objects.get()
    assert (activity.status, activity.due_on, activity.limit_on) == ("new", day, None)
    asking.post(paolo, "execute", path=f"/staff/requests/{activity.number}/decide/", answer="Richiamato.", seen="0")
    assert not Message.objects.exists()


@pytest.mark.parametrize("kind", ["", "nonsense", "registration", "invoice_undelivered"])
def test_what_is_no_kind_leads_to_the_choice(paolo, kind):
    assert paolo.get(FORM + kind).headers["Location"] == ASK


def test_nobody_asks_for_himself_here(paolo, anna):
    factories.access(User.objects.get(username="paolo"), anna)
    assert paolo.get(ASK).status_code == paolo.post(f"{FORM}information", INFORMATION).status_code == 403


def test_a_letter_of_who_is_no_customer(paolo):
    path = "/staff/requests/received/"
    assert "From who is no customer" in plain(paolo.get(path))
    typed = {
        "topic": "contract", "text": "Vorrei il gas.", "once": "o", "channel": "letter", "received_on": TODAY.isoformat(),
        "visitor-name": "Gino Neri", "visitor-answer_by": "email", "visitor-email": "gino@example.it",
    }  # fmt: skip
    assert "Write your name." in plain(paolo.post(f"{path}?kind=information", {**typed, "visitor-name": ""}))
    for _ in range(2):
        paolo.post(f"{path}?kind=information", typed)
    activity = Activity.objects.get()
    assert (activity.visitor.name, activity.channel, activity.customer) == ("Gino Neri", "letter", None)
