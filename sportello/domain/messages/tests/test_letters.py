"""A letter is printed, then posted: each once, by somebody, on a day."""

from datetime import timedelta

import pytest

from sportello.domain.journal.models import Event
from sportello.domain.messages import letters
from sportello.domain.messages.letters import WrongDay
from sportello.domain.messages.models import Message, State
from sportello.domain.messages.tests import cast
from sportello.domain.messages.tests.test_writing import letter
from tests import factories

pytestmark = pytest.mark.django_db
TODAY = cast.NOW.date()
LATER = cast.NOW + timedelta(hours=3)


def test_it_goes_from_the_printer_into_the_post() -> None:
    olga, first, second, mail = factories.user("olga"), letter(), letter(), cast.notice()
    keys = [first.pk, second.pk, mail.pk, 999]
    assert letters.mark_printed(keys, by_id=olga.pk, now=cast.NOW) == [first, second]
    assert letters.mark_printed(keys, by_id=olga.pk, now=LATER) == []
    first.refresh_from_db()
    assert (first.printed_at, first.printed_by, first.state) == (cast.NOW, olga, State.QUEUED)
    assert letters.mark_not_printed([second.pk], by_id=olga.pk, now=LATER) == [second]
    assert list(Message.objects.letters_to_print()) == [second] and list(Message.objects.letters_to_post()) == [first]
    for _ in range(2):
        letters.mark_posted([first.pk, second.pk], on=TODAY, by_id=olga.pk, now=LATER)
    first.refresh_from_db()
    assert (first.posted_on, first.posted_by, first.state, first.sent_at) == (TODAY, olga, State.SENT, LATER)
    assert first.is_wiped and list(Message.objects.letters_posted()) == [first]
    assert letters.mark_not_printed([first.pk], by_id=olga.pk, now=LATER) == []
    names = Event.objects.filter(name__startswith="messages.letter").order_by("pk").values_list("name", "actor")
    whats = ["printed", "printed", "not_printed", "posted"]
    assert list(names) == [(f"messages.letter_{what}", olga.pk) for what in whats]


@pytest.mark.parametrize("days", [1, -1])
def test_no_letter_is_in_the_post_before_it_was_written_nor_tomorrow(days: int) -> None:
    first = letter()
    letters.mark_printed([first.pk], by_id=factories.user("olga").pk, now=cast.NOW)
    with pytest.raises(WrongDay):
        letters.mark_posted([first.pk], on=TODAY + timedelta(days=days), by_id=1, now=LATER)
    assert list(Message.objects.letters_to_post()) == [first]
