"""The mailbox of what comes back: read in order, each mail once, whatever breaks off; what is no report stays unread."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from sportello.domain.messages import mailbox
from sportello.domain.messages.mailbox import Unreadable
from sportello.domain.messages.models import MailboxPlace, ReceivedMail
from sportello.domain.messages.tests import cast, reports
from sportello.domain.messages.tests.imap import FakeMailbox
from sportello.domain.messages.tests.test_receiving import OTHER, deferred, mail

pytestmark = pytest.mark.django_db


@pytest.fixture
def box(settings):
    with FakeMailbox() as running:
        settings.MAILBOX_URL = running.url
        yield running.mails


def look() -> int:
    return mailbox.look(clock=lambda: cast.NOW)


def test_reports_are_marked_as_read_and_all_else_stays(box):
    message = mail()
    box.put(reports.out_of_office(OTHER))
    box.put(reports.report(message.message_id))
    assert look() == 2 and look() == 0
    assert box.read == {2} and [each["message"] for each in deferred()] == [message.pk]
    box.put(reports.postfix(OTHER))
    assert look() == 1 and box.fetched == [1, 2, 3] and box.read == {2}
    assert not ReceivedMail.objects.filter(content__isnull=False).exists()


def test_a_connection_that_breaks_off_loses_nothing_and_doubles_nothing(box):
    message = mail()
    box.put(reports.report(message.message_id))
    box.put(reports.qmail(OTHER))
    box.breaks_at = 2
    with pytest.raises(Unreadable):
        look()
    box.breaks_at = 0
    assert look() == 1 and box.fetched == [1, 2] and len(deferred()) == 1


def test_a_mailbox_that_counts_anew_is_read_again_with_no_second_effect(box):
    message = mail()
    box.put(reports.report(message.message_id))
    assert look() == 1
    box.validity = 8
    assert look() == 1 and box.fetched == [1, 1] and len(deferred()) == 1
    assert MailboxPlace.objects.get().validity == 8


def test_a_mail_too_large_to_be_a_report_is_left_alone(box, monkeypatch):
    monkeypatch.setattr(mailbox, "LARGEST", 100)
    box.put(reports.postfix(OTHER))
    assert look() == 1 and not box.fetched and not ReceivedMail.objects.exists()


def test_a_wrong_password_is_said_without_it(box, settings):
    settings.MAILBOX_URL = settings.MAILBOX_URL.replace("geheim", "falsch")
    with pytest.raises(Unreadable) as refused:
        look()
    assert "falsch" not in str(refused.value) and "falsch" not in repr(mailbox.mailbox())


@pytest.mark.parametrize(
    "url", ["imaps://host/INBOX", "http://a:b@host", "imap://a:b@host?tls=maybe", "imaps://a:b@host:x"]
)
def test_a_wrong_setting_is_told(settings, url):
    settings.MAILBOX_URL = url
    with pytest.raises(ImproperlyConfigured):
        mailbox.mailbox()


def test_without_a_mailbox_nothing_is_asked(settings):
    settings.MAILBOX_URL = ""
    assert look() == 0
