"""What reaches the address that a visitor has given, unproven: what an operator writes to him, once, and nothing else."""

from datetime import timedelta
from email import message_from_bytes
from email.policy import default

import pytest
import time_machine

from sportello.desks.website.tests.asking import FORM, browser, typed
from sportello.domain.accounts import notices
from sportello.domain.activities import handling, suspects, visiting
from sportello.domain.activities.models import Activity, Visitor
from sportello.domain.activities.tasks import forget, remind, sweep
from sportello.domain.messages.composing import mail
from sportello.domain.messages.models import Channel, Message
from sportello.domain.people import printed_codes
from sportello.domain.people.models import Role
from tests.factories import NOW, user

pytestmark = pytest.mark.django_db
KINDS = {"information": {}, "complaint": {"subject": "contracts", "reason": "wrong"}}
HARM = "Gino <script>alert(1)</script>\r\nBcc: all@example.it\r\n\r\n=?utf-8?q?=0d=0a?= {{7*7}} %s \u202egnirts \"'"
POST = {"street": "Via Roma", "street_number": "1", "postcode": "41033", "municipality": "Concordia", "province": "MO"}
WAYS = {"email": {"email": "gino@example.it"}, "phone": {"phone": "0535661234"}, "post": POST}
HEADERS = {
    "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "X-Auto-Response-Suppress", "MIME-Version", "Content-Type",
    "Content-Language",
}  # fmt: skip


@pytest.fixture(autouse=True)
def at_noon():
    with time_machine.travel(NOW, tick=False):
        yield


def test_every_kind_that_visitors_are_offered_is_here():
    assert {kind.code for kind in visiting.kinds()} == set(KINDS)


def jobs() -> None:
    """What happens by itself, for two months."""
    for days in (1, 20, 60):
        with time_machine.travel(NOW + timedelta(days=days), tick=False):
            for job in (sweep, remind, forget):
                job(timestamp=0)


def test_a_complaint_is_not_answered_by_telephone():
    assert 'value="phone"' not in browser().get(FORM.replace("information", "complaint")).content.decode()
    assert 'value="phone"' in browser().get(FORM).content.decode()
    sent = typed(answer_by="phone", email="", phone="0535661234") | KINDS["complaint"]
    assert browser().post(FORM.replace("information", "complaint"), sent).status_code == 200
    assert not Activity.objects.exists()


@pytest.mark.parametrize(
    ("kind", "way"), [(kind, way) for kind in KINDS for way in WAYS if (kind, way) != ("complaint", "phone")]
)
def test_nothing_is_written_to_a_visitor_but_by_an_operator(kind, way):
    olga = user("olga", roles=[Role.BACK_OFFICE])
    client, where = browser(), FORM.replace("information", kind)
    sent = typed(name=HARM, answer_by=way, text=HARM, **{"email": "", **WAYS[way]}) | KINDS[kind]
    for _ in range(3):  # presses
        assert client.post(where, sent).status_code == 302
    activity = Activity.objects.get()
    code = printed_codes.shown(visiting.code_of(activity))
    for given in (code, "nonsense"):
        client.post("/ask/status/", {"number": activity.number, "code": given})
    for n in range(3):
        client.post("/ask/request/", {"text": HARM, "once": f"{n:032}"})
    jobs()

    def act(verb, **fields) -> int:
        """How many messages it is the cause of."""
        before = Message.objects.count()
        seen = Activity.objects.get().version
        for _ in range(2):
            try:
                verb(activity.number, seen=seen, by=olga, now=NOW, **fields)
            except handling.ChangedMeanwhile:
                continue
        return Message.objects.count() - before

    quiet = {"files": (), "once": "n"}
    assert act(handling.take) == 0
    assert act(handling.note, text=HARM, **quiet) == 0
    assert act(handling.change_due, due_on=NOW.date(), text=HARM, past_the_limit=False, once="d") == 0
    assert act(handling.give_back) == 0
    assert not Message.objects.exists()
    told = 0 if way == "phone" else 1
    assert act(handling.answer, text=HARM, files=(), once="a") == told
    act(handling.take)
    assert act(handling.ask, text=HARM, files=(), once="q") == told
    assert act(handling.refuse, answer=HARM) == told
    client.post("/ask/request/", {"text": HARM, "once": "o" * 32})  # it is taken up again
    assert act(handling.execute, answer=HARM) == told
    assert act(handling.take_up_again, text=HARM, files=(), once="r") == 0
    jobs()
    written = list(Message.objects.order_by("pk"))
    assert len(written) == 4 * told
    for message in written:
        assert message.channel == (Channel.LETTER if way == "post" else Channel.MAIL)
        assert "\n" not in message.name + message.subject
        if way == "post":
            assert message.address == "Via Roma 1\n41033 Concordia MO"
        else:
            check_mail(message, code)


def check_mail(message: Message, code: str) -> None:
    """As a mail server reads it: one recipient, no header that is not ours, nothing of the receipt's secret."""
    raw = bytes(mail(message))
    read = message_from_bytes(raw, policy=default)
    assert set(read.keys()) == HEADERS
    assert [each.addr_spec for each in read["To"].addresses] == ["gino@example.it"]
    assert "Bcc" not in read["Subject"]
    text = "".join(part.get_content() for part in read.walk() if part.get_content_type() == "text/plain")
    html = "".join(part.get_content() for part in read.walk() if part.get_content_type() == "text/html")
    assert "{{7*7}} %s gnirts" in text  # as it was typed, but for what turns the reading round
    assert "<script" not in html
    for secret in (code, code.replace("-", "")):
        assert secret not in text + html


def test_who_is_refused_among_many_is_not_written_to():
    browser().post(FORM, typed(homepage="http://spam.example"))
    activity = Activity.objects.get()
    suspects.refuse({activity.number: activity.version}, by=user("olga"), now=NOW)
    activity.refresh_from_db()
    assert activity.is_over
    assert not Message.objects.exists()


def test_a_letter_abroad_names_the_country_in_italian():
    abroad = {
        "street": "Hauptstraße",
        "street_number": "12",
        "postcode": "34117",
        "municipality": "Kassel",
        "country": "DE",
    }
    assert browser().post(FORM, typed(answer_by="post", **abroad)).status_code == 302
    assert notices.lines_of(Visitor.objects.get()) == ["Hauptstraße 12", "34117 Kassel", "GERMANIA"]
