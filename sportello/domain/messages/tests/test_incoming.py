"""What people write to the company is told from what machines send, and read for what it says, garbled or not."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import EXAMPLES
from sportello.domain.messages import incoming, mailbox
from sportello.domain.messages.incoming import is_for_us, read
from sportello.domain.messages.models import ReceivedMail
from sportello.domain.messages.receiving import receive
from sportello.domain.messages.tests import reports
from sportello.domain.messages.tests.imap import FakeMailbox
from sportello.domain.messages.tests.post import LETTER, OURS, letter, pec
from sportello.domain.messages.tests.test_receiving import ID

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def ours(settings):
    settings.REQUEST_ADDRESSES = ["Ascolto@Energia.example"]


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        (LETTER, True),
        (letter(To="altro@example.it", Delivered_To=OURS).as_bytes(), True),
        (letter(To="altro@example.it", Cc=f"A <{OURS}>").as_bytes(), True),
        (pec(letter(From="anna@pec.example")), True),
        (pec(letter(), carried="errore"), True),
        (letter(To="altro@example.it").as_bytes(), False),
        (letter(Auto_Submitted="auto-replied").as_bytes(), False),
        (letter(Auto_Submitted="no").as_bytes(), True),
        (letter(Precedence="bulk").as_bytes(), False),
        (letter(List_Id="<a.b>").as_bytes(), False),
        (letter(From=OURS).as_bytes(), False),
        (letter(From="").as_bytes(), False),
        (pec(letter(), carried="", X_Ricevuta="accettazione"), False),
        (pec(letter(), carried="", X_Ricevuta="avvenuta-consegna"), False),
        (b"\x00\xff", False),
    ],
)
def test_it_tells_what_people_write_to_us_from_all_else(raw, wanted):
    assert is_for_us(raw) is wanted


def test_without_an_address_of_our_own_nothing_becomes_a_request(settings):
    settings.REQUEST_ADDRESSES = []
    assert not is_for_us(LETTER)


def test_a_mail_says_who_what_and_when_it_arrived():
    found = read(LETTER, now=NOW)
    assert (found.sender, found.name, found.subject) == ("C1@Example.it", "Anna Verdi", "Bolletta")
    assert found.text == "Vi scrivo per la bolletta.\n\nGrazie,\nAnna" and not found.certified
    assert found.received_at == datetime(2026, 11, 23, 8, 10, tzinfo=UTC)
    assert [each.name for each in found.parts] == ["bolletta.pdf", "x.exe"]


def test_of_a_pec_the_mail_inside_and_its_providers_day_count():
    inner = letter(From="Anna <anna@pec.example>")
    # What the writer hangs on himself is no word of his provider's.
    inner.add_attachment(b'<data zona="+0100"><giorno>01/10/2026</giorno><ora>10:11:12</ora></data>', maintype="application",
                         subtype="xml", filename="daticert.xml")  # fmt: skip
    found = read(pec(inner), now=NOW)
    assert found.certified and found.sender == "anna@pec.example" and found.subject == "Bolletta"
    assert found.received_at == datetime(2026, 11, 20, 9, 11, 12, tzinfo=UTC)
    assert found.key == read(inner.as_bytes(), now=NOW).key  # the same mail, in whatever envelope
    ordinary = read(pec(letter(), carried="errore"), now=NOW)
    assert not ordinary.certified and ordinary.sender == "C1@Example.it"


@pytest.mark.parametrize("day", ["25/11/2026", "01/01/2026", "99/99/2026"])
def test_a_day_that_cannot_be_is_not_believed(day):
    assert read(pec(letter(), day=day), now=NOW).received_at == NOW


def test_of_a_page_only_the_words_are_read():
    mail = letter()
    mail.clear_content()
    mail.set_content("<style>p{}</style><p>Buon<b>giorno</b></p><script>x()</script><p>a&amp;b</p>", subtype="html")
    assert read(mail.as_bytes(), now=NOW).text == "Buon giorno\na&b"


@given(st.binary(max_size=300))
@settings(max_examples=EXAMPLES)
def test_whatever_it_is_made_of_something_comes_out(raw):
    for each in (raw, LETTER[:200] + raw, b"X-Trasporto: posta-certificata\r\nTo: " + OURS.encode() + b"\r\n" + raw):
        is_for_us(each)
        assert read(each, now=NOW).received_at <= NOW


@pytest.mark.django_db
def test_one_from_a_mailbox_is_kept_until_its_request_is_open_and_marked_as_read(settings, deferred_mails):
    with FakeMailbox() as running:
        settings.REQUEST_MAILBOX_URLS = [running.url]
        for raw in (LETTER, reports.out_of_office(ID), LETTER):
            running.mails.put(raw)
        assert mailbox.look(clock=lambda: NOW) == 3 and running.mails.read == {1, 3}
    row = ReceivedMail.objects.get(sort="request")
    assert bytes(row.content) == LETTER and deferred_mails() == [row.pk]
    assert receive(LETTER, keeps=True, now=NOW) == row and deferred_mails() == [row.pk]


@pytest.fixture
def deferred_mails():
    from procrastinate.contrib.django.models import ProcrastinateJob

    return lambda: [job.args["received"] for job in ProcrastinateJob.objects.filter(task_name="activities.mail_in")]


def test_a_mailbox_that_cannot_be_read_does_not_keep_the_others_waiting(settings, db):
    with FakeMailbox() as running:
        settings.MAILBOX_URL = running.url.replace("geheim", "falsch")
        settings.REQUEST_MAILBOX_URLS = [running.url.replace("INBOX", "PEC")]
        running.mails.put(LETTER)
        with pytest.raises(mailbox.Unreadable):
            mailbox.look(clock=lambda: NOW)
    assert ReceivedMail.objects.count() == 1 and incoming.OLDEST.days == 60
