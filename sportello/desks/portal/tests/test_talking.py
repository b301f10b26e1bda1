"""A request that is open, or was: how it stands in words, what is said about it, taking it back, opening it again."""

from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from lxml.html import fromstring

from sportello.desks.portal.tests.reading import Page, plain
from sportello.domain.activities import handling, opening
from sportello.domain.activities.kinds.base import scope_of
from sportello.domain.activities.kinds.information import KIND
from sportello.domain.activities.models import Activity, Channel, Remark, Terms
from sportello.domain.customers.models import Customer
from sportello.domain.files.tests.papers import bare
from sportello.domain.people.models import Role, User
from tests.factories import NOW, access, account, customer, supply, user

LATER = NOW + timedelta(hours=1)
NASTY = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}"
PDF = bare()


@pytest.fixture
def terms(alice):
    Terms.objects.create(term="information", valid_from=date(2026, 1, 1), limit=30, margin=5, indemnity=25)


@pytest.fixture
def activity(alice) -> Activity:
    of = customer("C1")
    access(alice, of)
    supply(account(of))
    form = KIND.form(
        scope_of(alice, of, today=NOW.date()), {"topic": "other", "text": NASTY, "supply": "S-C1", "once": "a"}, {}
    )
    return opening.open_request(KIND, form, user=alice, channel=Channel.PORTAL, now=NOW)


@pytest.fixture
def olga(alice):
    return user("olga", roles=[Role.BACK_OFFICE])


@pytest.fixture
def stranger(alice):
    bob = user("bob")
    access(bob, customer("C2"))
    client = Client(headers={"accept-language": "en"})
    client.force_login(bob)
    return client


def at(activity: Activity, what: str = "") -> str:
    return f"/requests/{activity.number}/{what}"


def version(activity: Activity) -> int:
    return Activity.objects.get(pk=activity.pk).version


def execute(activity, olga, answer="Done."):
    handling.execute(activity.number, seen=version(activity), answer=answer, by=olga, now=LATER)


def steps(page: Page) -> list[tuple[str, str]]:
    return [(each.get("class"), plain(each.xpath(".//strong")[0])) for each in page.find("//ol[@id='thread']/li")]


# --- how it stands ---------------------------------------------------------------------------------------------------


def test_the_receipt_says_number_time_by_when_and_what_was_asked(terms, activity, visit):
    page = visit(at(activity))
    assert "Received on 24/11/2026 at 10:42" in page.text
    assert "By the regulator's terms you have an answer by 24/12/2026. 30 days are left." in page.says("How it stands")
    facts = page.facts()
    assert facts["Supply"] == "Gas, Via Grandi 39, Concordia sulla Secchia"
    assert facts["What do you want to know?"] == NASTY
    assert not page.find("//main//script|//main//img")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"email": "alice@example.it"}, "You hear from us on this page and by e-mail, at alice@example.it."),
        ({}, "You hear from us on this page and by letter."),
    ],
)
def test_it_says_by_which_way_this_customer_hears_of_it(activity, alice, visit, changes, told):
    alice.email = changes.get("email", "")
    alice.save()
    Customer.objects.update(street="Via Grandi", postcode="41033", municipality="Concordia")
    assert told in visit(at(activity)).says("How it stands")


def test_the_address_of_another_person_is_not_shown(activity, alice, stranger, visit):
    alice.email = "alice@example.it"
    alice.save()
    access(User.objects.get(username="bob"), activity.customer)
    text = plain(fromstring(stranger.get(at(activity)).content.decode()))
    assert "by e-mail." in text and "alice@example.it" not in text


def test_a_question_that_is_over_is_answered_and_its_silence_is_not_told(activity, olga, visit):
    assert "Nothing has been written yet." in visit(at(activity)).says("Messages")
    execute(activity, olga, "Twelve months.")
    page = visit(at(activity))
    assert "Answered" in page.says("How it stands") and "Executed" not in page.text
    assert "Nothing has been written yet." not in page.text
    assert "Answered" in visit("/requests/").column("Status")[0]


def test_its_thread_follows_what_happens(activity, olga, alice, visit):
    assert steps(visit(at(activity))) == [("done", "Received"), ("current", "Taken in charge"), ("waiting", "Answered")]
    handling.take(activity.number, seen=0, by=olga, now=LATER)
    assert steps(visit(at(activity)))[1:] == [
        ("done", "Taken in charge"), ("current", "Being dealt with"), ("waiting", "Answered"),
    ]  # fmt: skip
    handling.ask(activity.number, seen=1, text="Which?", files=(), by=olga, now=LATER, once="q")
    page = visit(at(activity))
    assert steps(page)[2:] == [
        ("done", "We have asked you something"), ("current", "Your answer"), ("waiting", "Answered"),
    ]  # fmt: skip
    assert "Which?" in page.says("Messages")
    assert "Waiting for your answer" in visit("/requests/").column("Status")[0]
    handling.say(activity.number, text="This", files=(), by=alice, now=LATER, once="s")
    assert ("done", "You have answered") in steps(visit(at(activity)))
    execute(activity, olga, "Twelve months.")
    page = visit(at(activity))
    assert steps(page)[-1] == ("done", "Answered")
    assert "Twelve months." in page.says("How it stands")
    handling.reopen(activity.number, text="No", files=(), by=alice, now=LATER, once="r")
    assert steps(visit(at(activity)))[-3:] == [
        ("done", "Reopened"), ("current", "Being dealt with"), ("waiting", "Answered"),
    ]  # fmt: skip


def test_an_open_page_does_not_offer_to_cancel_what_is_over(activity, olga, visit):
    looked_again = f"{at(activity)}thread/?seen=before&look=1"
    assert "Cancel the request" in visit(at(activity)).text and "Cancel the request" in visit(looked_again).text
    execute(activity, olga, "Twelve months.")
    page = visit(looked_again)
    assert len(page.find("//*[@id='cancel']")) == 1 and "Cancel the request" not in page.text


def test_a_refusal_says_why(activity, olga, visit):
    handling.refuse(activity.number, seen=0, answer="It is not ours.", by=olga, now=LATER)
    page = visit(at(activity))
    assert steps(page)[-1] == ("failed", "Not accepted")
    assert "It is not ours." in page.says("How it stands")


def test_an_answer_that_is_late_says_what_is_due(terms, activity, olga, visit):
    Activity.objects.update(limit_on=date(2026, 11, 20), due_on=date(2026, 11, 18))
    assert "we are late, and we are sorry. For that an indemnity of €25.00" in visit(at(activity)).says("How it stands")
    execute(activity, olga)
    assert "due by 20/11/2026 and came on 24/11/2026. For that an indemnity" in visit(at(activity)).says(
        "How it stands"
    )


def test_the_list_says_by_when(terms, activity, visit):
    assert visit("/requests/").column("Status") == ["New Answer by 24/12/2026."]


def test_an_open_page_hears_of_what_is_written(activity, olga, browser, visit):
    (poll,) = visit(at(activity)).find("//*[@id='poll']/@hx-get")
    assert not Page(browser.get(poll)).find("//*[@id='talk']")
    handling.answer(activity.number, seen=0, text="We look into it.", files=(), by=olga, now=LATER, once="x")
    handling.note(activity.number, seen=1, text="Difficult", files=(), by=olga, now=LATER, once="n")
    changed = Page(browser.get(poll))
    assert "We look into it." in plain(changed.find("//*[@id='talk']")[0])
    assert "Difficult" not in changed.text


# --- what is said ----------------------------------------------------------------------------------------------------


def test_one_writes_with_files_and_once(activity, browser, visit):
    for _press in range(2):
        typed = {"text": NASTY, "once": "o", "files": SimpleUploadedFile("proof.pdf", PDF)}
        assert browser.post(at(activity, "say/"), typed).url == at(activity)
    assert Remark.objects.get().attachments.get().name == "proof.pdf"
    page = visit(at(activity))
    assert NASTY in page.says("Messages")
    assert "proof.pdf" in page.says("Messages")
    assert not page.find("//main//script|//main//img")


def test_who_writes_nothing_is_told(activity, browser):
    page = Page(browser.post(at(activity, "say/"), {"text": " "}))
    assert page.errors() == {"text": "Write something, or attach a file."}
    wrong = {"text": "Kept", "files": SimpleUploadedFile("x.exe", b"MZ")}
    page = Page(browser.post(at(activity, "say/"), wrong))
    assert page.find("//textarea[@id='say-text']")[0].text.strip() == "Kept"
    assert "choose the files again" in page.text
    assert not Remark.objects.exists()


def test_once_is_ones_own_and_this_requests(activity, browser, alice):
    handling.say(activity.number, text="First", files=(), by=alice, now=NOW, once="o")
    browser.post(at(activity, "say/"), {"text": "Second", "once": "o"})
    assert Remark.objects.count() == 2


def test_to_what_is_over_nothing_is_added(activity, olga, browser):
    execute(activity, olga)
    response = browser.post(at(activity, "say/"), {"text": "More"}, follow=True)
    assert "Something has happened to this request meanwhile" in Page(response).text
    assert not Remark.objects.exists()


def test_it_is_opened_again_with_a_reason_and_once(activity, olga, browser, visit):
    execute(activity, olga)
    assert list(Page(browser.post(at(activity, "reopen/"), {"once": "r"})).errors()) == ["text"]
    for _press in range(2):
        browser.post(at(activity, "reopen/"), {"text": "Not so", "once": "r"})
    assert Activity.objects.get().status == "taken"
    assert Remark.objects.get().text == "Not so"


def test_what_is_open_cannot_be_reopened(activity, browser):
    browser.post(at(activity, "reopen/"), {"text": "x"})
    assert not Remark.objects.exists()


def test_it_is_cancelled_after_asking_once_more(activity, browser, visit):
    assert visit(at(activity)).links()["Cancel the request"] == at(activity, "cancel/")
    assert "Cancel this request?" in visit(at(activity, "cancel/")).text
    assert Activity.objects.get().status == "new"
    for _press in range(2):
        assert browser.post(at(activity, "cancel/")).url == at(activity)
    assert Activity.objects.get().status == "cancelled"
    page = visit(at(activity))
    assert "Cancel the request" not in page.links()
    assert not page.find("//textarea")


@pytest.mark.parametrize("what", ["say/", "reopen/", "cancel/"])
def test_a_foreign_request_is_as_one_that_is_not_there(activity, stranger, what):
    for where in (at(activity, what), f"/requests/A-00/{what}"):
        assert stranger.post(where, {"text": "x"}).status_code == stranger.get(where).status_code == 404
    assert Activity.objects.get().version == 0
