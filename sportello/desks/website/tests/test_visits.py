"""A visitor finds his request again by what stands on his receipt, reads our answers and writes to us."""

from datetime import timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from lxml import html

from sportello.desks import limits
from sportello.domain.activities import handling, visiting
from sportello.domain.activities.kinds.base import Scope
from sportello.domain.activities.kinds.information import KIND
from sportello.domain.activities.kinds.visitor import VisitorForm, clock
from sportello.domain.activities.models import Activity, Attachment, Remark, Sort, Status, Visitor
from sportello.domain.files.attachments import Attached
from sportello.domain.files.tests.papers import bare
from sportello.domain.messages.composing import compose
from sportello.domain.messages.models import Message
from sportello.domain.people import printed_codes
from sportello.domain.people.models import Role
from tests.factories import NOW, user

pytestmark = pytest.mark.django_db
STATUS, REQUEST, FILE = "/ask/status/", "/ask/request/", "/ask/request/files/1/"
PDF = bare()
NASTY = "<script>alert(1)</script>\"'{{7*7}}\u202e"


@pytest.fixture(autouse=True)
def at_noon():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def olga():
    return user("olga", roles=[Role.BACK_OFFICE])


def asked(text: str = "Quanto dura il contratto?", **who: str) -> Activity:
    typed = {
        "name": "Gino",
        "answer_by": "email",
        "email": "gino@example.it",
        "shown": clock(NOW - timedelta(hours=1)),
        **who,
    }
    person = VisitorForm({f"visitor-{name}": value for name, value in typed.items()}, now=NOW)
    form = KIND.form(Scope(customer=None, today=NOW.date()), {"topic": "other", "text": text}, {})
    assert person.is_valid(), person.errors
    return visiting.open_visit(KIND, form, person, browser="his", language="it", now=NOW)


def code(activity: Activity) -> str:
    return printed_codes.shown(visiting.code_of(activity))


def browser() -> Client:
    client = Client(headers={"accept-language": "en"})
    client.get(STATUS)
    return client


def having_found(activity: Activity) -> Client:
    client = browser()
    assert client.post(STATUS, {"number": activity.number, "code": code(activity)}).headers["Location"] == REQUEST
    return client


def words(response) -> str:
    return " ".join(html.fromstring(response.content.decode()).find(".//main").text_content().split())


# --- finding it ------------------------------------------------------------------------------------------------------


def test_number_and_code_open_the_request_however_they_are_copied():
    activity = asked()
    client = browser()
    number = f" {activity.number.lower().replace('-', ' ')}"
    response = client.post(STATUS, {"number": number, "code": code(activity).lower().replace("-", " ")}, follow=True)
    assert response.redirect_chain[-1][0] == REQUEST
    said = words(response)
    for each in (activity.number, "New", "Quanto dura il contratto?", "an operator is going to deal with it"):
        assert each in said
    assert response.headers["Cache-Control"] == "no-store"


def test_whichever_is_wrong_the_reply_is_the_same():
    mine, other = asked(), asked("Altro")
    registered = Activity.objects.create(number="A-26000999", kind="registration", status="new", channel="website", opened_at=NOW, once="x",
                                         customer=customer())  # fmt: skip
    tries = [
        (mine.number, code(other)),
        (other.number, code(mine)),
        ("A-99999999", code(mine)),
        (registered.number, code(mine)),
        ("nonsense", code(mine)),
        (mine.number, printed_codes.shown(printed_codes.make())),
    ]
    answers = {words(browser().post(STATUS, {"number": number, "code": given})) for number, given in tries}
    assert len(answers) == 1
    assert "no request with this number and this code" in answers.pop()


def customer():
    from tests import factories

    return factories.customer("C1")


def test_a_typing_mistake_in_the_code_is_told_without_looking():
    activity = asked()
    wrong = code(activity)[:-1] + ("2" if code(activity)[-1] != "2" else "3")
    response = browser().post(STATUS, {"number": activity.number, "code": wrong})
    assert "typing mistake" in words(response)
    assert html.fromstring(response.content.decode()).xpath("//input[@name='number']/@value") == [activity.number]


def test_of_the_code_only_a_digest_is_kept():
    activity = asked()
    compact = visiting.code_of(activity)
    assert Visitor.objects.get().receipt == printed_codes.digest(compact)
    assert len(compact) == 13
    assert compact not in str(list(Activity.objects.values())) + str(list(Visitor.objects.values()))


def test_a_new_key_of_the_site_lets_old_receipts_hold_and_shows_no_wrong_code(settings):
    activity = asked()
    printed = visiting.code_of(activity)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key of the site's, of fifty characters or so"
    assert visiting.find(activity.number, printed) == activity
    assert visiting.code_of(activity) == ""
    settings.SECRET_KEY_FALLBACKS = []
    assert visiting.find(activity.number, printed) is None


def test_guessing_ends_soon_and_finding_does_not_count():
    activity = asked()
    client = browser()
    given = {"number": activity.number, "code": printed_codes.make()}
    for _ in range(5):
        having_found(activity)
    codes = [client.post(STATUS, given).status_code for _ in range(limits.RECEIPTS_OF_ADDRESS.tries + 1)]
    assert codes == [200] * limits.RECEIPTS_OF_ADDRESS.tries + [429]
    assert client.post(STATUS, {**given, "code": code(activity)}).status_code == 429
    assert client.post(STATUS, {**given, "code": code(activity)}, REMOTE_ADDR="192.0.2.9").status_code == 302
    with time_machine.travel(NOW + timedelta(minutes=61), tick=False):
        assert client.post(STATUS, {**given, "code": code(activity)}).status_code == 302


def test_without_having_shown_a_receipt_there_is_nothing():
    activity = asked()
    handling.answer(
        activity.number,
        seen=0,
        text="Ecco",
        files=[Attached("a.pdf", "application/pdf", PDF)],
        by=user("o"),
        now=NOW,
        once="a",
    )
    client = browser()
    assert client.get(REQUEST).headers["Location"] == STATUS
    assert client.post(REQUEST, {"text": "x"}).headers["Location"] == STATUS
    assert client.get(FILE).status_code == 404
    assert not Remark.objects.filter(sort=Sort.MESSAGE).exists()


def test_a_file_is_saved_and_runs_nothing_where_it_is_opened():
    activity = asked()
    files = [Attached("a.pdf", "application/pdf", PDF)]
    handling.answer(activity.number, seen=0, text="Ecco", files=files, by=user("o"), now=NOW, once="a")
    headers = having_found(activity).get(FILE).headers
    assert "sandbox" in headers["Content-Security-Policy"] and headers["Cache-Control"] == "no-store"
    assert headers["Content-Disposition"].startswith("attachment")


def test_the_session_gets_a_new_key_when_it_is_shown():
    """Whoever planted a session in a browser does not see what its owner finds with it."""
    activity = asked()
    planted = browser()
    planted.session.save()
    victim = browser()
    victim.cookies["sportello"] = having_found(asked("Altro")).cookies["sportello"].value
    before = victim.cookies["sportello"].value
    victim.post(STATUS, {"number": activity.number, "code": code(activity)})
    assert victim.cookies["sportello"].value != before


# --- what is said ----------------------------------------------------------------------------------------------------


def test_he_reads_our_answers_and_never_our_notes(olga):
    activity = asked()
    number = activity.number
    pdf = [Attached("contratto.pdf", "application/pdf", PDF)]
    handling.note(number, seen=0, text="Cliente difficile", files=pdf, by=olga, now=NOW, once="n")
    handling.answer(number, seen=1, text="Dodici mesi.", files=pdf, by=olga, now=NOW, once="a")
    client = having_found(activity)
    page = client.get(REQUEST)
    assert "Dodici mesi." in words(page)
    assert "difficile" not in page.content.decode()
    assert "olga" not in page.content.decode()
    assert html.fromstring(page.content.decode()).xpath("//a[contains(@href, '/files/')]/@href") == [
        "/ask/request/files/2/"
    ]
    assert client.get("/ask/request/files/2/").content == PDF
    assert client.get("/ask/request/files/1/").status_code == 404


def test_he_answers_a_question_with_a_file_and_the_request_goes_on(olga):
    activity = asked()
    handling.ask(activity.number, seen=0, text="Quale contratto?", files=(), by=olga, now=NOW, once="q")
    client = having_found(activity)
    assert "Answer us" in words(client.get(REQUEST))
    answer = {"text": "Quello del gas", "once": "o" * 32}
    for _ in range(2):  # two presses
        response = client.post(REQUEST, {**answer, "files": SimpleUploadedFile("foto.pdf", PDF)}, follow=True)
        assert "We have received your message." in response.content.decode()
    activity.refresh_from_db()
    assert (activity.status, activity.owner) == (Status.TAKEN, olga)
    assert Remark.objects.get(sort=Sort.MESSAGE).text == "Quello del gas"
    assert Attachment.objects.get().name == "foto.pdf"
    assert "Quello del gas" in words(response)


@pytest.mark.parametrize("end", ["execute", "refuse"])
def test_one_that_has_ended_is_taken_up_again(olga, end):
    activity = asked()
    getattr(handling, end)(activity.number, seen=0, answer="Non si può.", by=olga, now=NOW)
    client = having_found(activity)
    assert "Non si può." in words(client.get(REQUEST))
    assert "Not content with the answer?" in words(client.get(REQUEST))
    for _ in range(2):
        client.post(REQUEST, {"text": "Invece sì", "once": "o" * 32})
    activity.refresh_from_db()
    assert activity.status == Status.TAKEN
    assert activity.remarks.count() == 1
    said = words(client.get(REQUEST))
    assert "Non si può." in said
    assert "Invece sì" in said


def test_what_is_wrong_with_a_message_is_told_and_what_was_typed_is_kept():
    client = having_found(asked())
    response = client.post(REQUEST, {"text": "Ecco la foto", "files": SimpleUploadedFile("x.pdf", b"nothing")})
    assert "PDF files or photos" in words(response)
    assert "Ecco la foto" in words(response)
    assert "Write your message." in words(client.post(REQUEST, {"text": " "}))
    assert not Remark.objects.exists()


def test_a_cancelled_one_says_so_and_takes_nothing_more(olga):
    activity = asked()
    handling.cancel(activity.number, by=olga, now=NOW)
    client = having_found(activity)
    assert "It has been cancelled." in words(client.post(REQUEST, {"text": "x"}))
    assert not Remark.objects.exists()


def test_what_he_writes_is_shown_as_text_everywhere(olga):
    activity = asked(NASTY, name=NASTY, customer_code=NASTY)
    handling.answer(activity.number, seen=0, text=NASTY, files=(), by=olga, now=NOW, once="a")
    client = having_found(activity)
    client.post(REQUEST, {"text": NASTY, "files": SimpleUploadedFile(f"{NASTY}.pdf", PDF)})
    for path in (REQUEST, "/ask/receipt/"):
        page = client.get(path).content.decode()
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)" in page
        said = html.fromstring(page).find(".//main").text_content()
        assert "49" not in said.replace(activity.number, "").replace(code(activity), "")
    mail = compose(Message.objects.get())
    assert "<script>" not in mail.html


# --- what is mailed --------------------------------------------------------------------------------------------------


def test_his_address_gets_one_mail_for_each_thing_an_operator_does(olga):
    activity = asked()
    client = having_found(activity)
    for n in range(5):
        client.post(REQUEST, {"text": f"E allora? {n}"})
    assert not Message.objects.exists()
    activity.refresh_from_db()
    for _ in range(3):  # the operator presses three times
        handling.answer(activity.number, seen=activity.version, text="Ecco.", files=(), by=olga, now=NOW, once="a")
    mail = Message.objects.get()
    assert mail.address == "gino@example.it"
    text = compose(mail).text
    assert "/ask/status/" in text
    assert "il codice della ricevuta" in text
    assert code(activity) not in text
    assert visiting.code_of(activity) not in text
    activity.refresh_from_db()
    handling.execute(activity.number, seen=activity.version, answer="Fatto.", by=olga, now=NOW)
    assert Message.objects.count() == 2


def test_messages_from_one_address_are_limited(monkeypatch):
    monkeypatch.setattr(limits, "VISITOR_MESSAGES_OF_ADDRESS", limits.Limit("visitor_messages", 2, limits.HOUR))
    client = having_found(asked())
    assert [client.post(REQUEST, {"text": "E allora?"}).status_code for _ in range(3)] == [302, 302, 429]
