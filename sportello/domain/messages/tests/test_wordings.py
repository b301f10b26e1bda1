"""Texts that an administrator has changed: what is written with them, from when on, and what never runs in them."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sportello.domain.journal.models import Event
from sportello.domain.messages import previews, wordings
from sportello.domain.messages.composing import compose, mail
from sportello.domain.messages.kinds import Text
from sportello.domain.messages.links import Link
from sportello.domain.messages.models import Message, Wording
from sportello.domain.messages.placeholders import WrongText
from sportello.domain.messages.tests import cast
from sportello.domain.messages.wordings import ChangedMeanwhile, InForce, in_force, seen
from sportello.domain.people.models import User
from tests import factories

pytestmark = pytest.mark.django_db
NOW = cast.NOW
NEW = Text(subject="Nuovo: {what}", paragraphs=("Buongiorno {name},", "ecco {what}."))


def save(text: Text | None = NEW, *, kind=cast.NOTICE, language="it", since=None, now=NOW, seen_as=None) -> Wording:
    was = seen(kind, language) if seen_as is None else seen_as
    by = factories.user(f"ada{User.objects.count()}").pk
    return wordings.save(kind, language, text, since=since, seen_as=was, by_id=by, now=now)


def test_what_is_saved_is_written_with_from_then_on():
    before = cast.notice("questo")
    version = save()
    after = cast.notice("quello")
    assert (before.wording, after.wording) == (None, version)
    assert after.subject == "Nuovo: quello"
    assert "ecco quello." in compose(after).text and "Buongiorno Canary Bianchi," in compose(after).html
    assert cast.notice("x", language="en").wording is None


def test_a_message_keeps_the_text_it_was_written_with_until_it_is_sent_and_ever_after():
    built_in = cast.notice("questo")
    save()
    first = cast.notice("questo")
    save(replace(NEW, paragraphs=("Altro {what}.",)), now=NOW + timedelta(minutes=1))
    for message, words in ((built_in, "le comunichiamo questo."), (first, "ecco questo.")):
        read_again = Message.objects.get(pk=message.pk)
        assert words in compose(read_again).text and "Altro" not in compose(read_again).text
        assert mail(read_again)["Subject"] == message.subject
    assert "Altro" in compose(cast.notice(now=NOW + timedelta(minutes=2))).text


def test_a_version_to_come_waits_for_its_day():
    save(since=NOW + timedelta(days=1))
    assert cast.notice().wording is None
    assert cast.notice(now=NOW + timedelta(days=1)).wording is not None


def test_the_built_in_text_can_come_back():
    save()
    save(None, now=NOW + timedelta(minutes=1))
    assert cast.notice(now=NOW + timedelta(minutes=2)).wording is None
    assert [row.built_in for row in Wording.objects.versions()] == [True, False]


def test_each_change_is_written_down():
    version = save()
    later = save(since=NOW + timedelta(days=2), text=replace(NEW, subject="Poi"))
    save(since=NOW + timedelta(days=2), text=replace(NEW, subject="Poi ancora"))
    assert Wording.objects.get(pk=later.pk).subject == "Poi ancora"
    wordings.remove(later.pk, by_id=None, now=NOW)
    events = Event.objects.about("wording", "test_notice/it").order_by("pk")
    assert [event.name.rpartition("_")[2] for event in events] == ["added", "added", "changed", "removed"]
    assert events[0].detail["version"] == version.pk and events[0].actor is not None
    assert Wording.objects.get() == version


def test_the_same_twice_is_one_version():
    was = seen(cast.NOTICE, "it")
    assert save(seen_as=was) == save(seen_as=was)
    assert Wording.objects.count() == 1


def test_who_comes_second_does_not_overwrite():
    was = seen(cast.NOTICE, "it")
    save()
    with pytest.raises(ChangedMeanwhile):
        save(replace(NEW, subject="Mio"), seen_as=was)
    assert Wording.objects.get().subject == NEW.subject


def test_what_has_been_in_force_stays():
    version = save()
    with pytest.raises(InForce):
        wordings.remove(version.pk, by_id=None, now=NOW)
    assert Wording.objects.exists()


@pytest.mark.parametrize(
    "text",
    [
        Text(subject="{{7*7}}", paragraphs=("x",)),
        Text(subject="x", paragraphs=("{name.__class__}",)),
        Text(subject="x", paragraphs=("{nome}",)),
        Text(subject="x", paragraphs=()),
        Text(subject="x", paragraphs=("x",), action="y"),
    ],
)
def test_what_does_not_pass_the_check_is_not_saved(text):
    with pytest.raises(WrongText):
        save(text)
    assert not Wording.objects.exists()


def test_a_code_is_in_the_text_and_not_in_the_subject():
    for text in (Text(subject="{code}", paragraphs=("{code}",)), Text(subject="x", paragraphs=("x",))):
        with pytest.raises(WrongText):
            save(text, kind=cast.CODE)


def test_a_text_that_fits_no_more_gives_way_to_the_built_in_one():
    Wording.objects.create(
        kind="test_notice", language="it", valid_from=NOW, at=NOW, subject="Vecchio", paragraphs=["{gone}"]
    )
    message = cast.notice()
    assert message.wording is None and message.subject == "Avviso: questo"


def test_it_is_one_question_more():
    save()
    with CaptureQueriesContext(connection) as captured:
        assert in_force(cast.NOTICE, "it", now=NOW)
    assert len(captured) == 1


def test_a_test_goes_to_its_author_once_and_changes_nothing():
    ada = factories.user("ada", email="ada@example.it")
    text = Text(subject="Codice", paragraphs=("Ecco: {code}",))
    for expected in (True, False):
        assert previews.send_test(cast.CODE, "it", text, to=ada, link=Link("home"), now=NOW) is expected
    message = Message.objects.get()
    assert (message.address, message.subject) == ("ada@example.it", "Prova: Codice")
    assert "Ecco: AB-CD" in compose(message).text
    assert in_force(cast.CODE, "it", now=NOW + timedelta(days=1)) is None
    assert previews.send_test(cast.CODE, "it", text, to=ada, link=Link("home"), now=NOW + timedelta(minutes=2))
    assert cast.waiting() and Message.objects.count() == 2
