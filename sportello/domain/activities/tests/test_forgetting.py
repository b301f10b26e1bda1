"""What visitors have told us is forgotten in time, wholly, and nothing else is."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils.datastructures import MultiValueDict

from sportello.domain.activities import forgetting, handling, visiting
from sportello.domain.activities.kinds.base import Scope
from sportello.domain.activities.kinds.catalogue import KINDS
from sportello.domain.activities.kinds.visitor import VisitorForm
from sportello.domain.activities.models import Activity, Attention, Bound, Bounding, Visitor
from sportello.domain.activities.tasks import forget
from sportello.domain.files.attachments import Attached
from sportello.domain.files.models import KeptFile
from sportello.domain.files.tests.papers import bare
from sportello.domain.journal.models import Event
from sportello.domain.messages.models import Message
from sportello.domain.people.models import Role
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db
BIRD = "QZWREN"  # in whatever he tells us, and we tell him
IN_TIME, TOO_LATE = datetime(2028, 11, 24, 9, 42, tzinfo=UTC), datetime(2028, 11, 24, 9, 43, tzinfo=UTC)
WAYS = {
    "email": {"email": f"{BIRD}@example.it"},
    "phone": {"phone": "0535661234", "customer_code": BIRD},
    "post": {"street": BIRD, "postcode": "41033", "municipality": BIRD, "province": "MO"},
}


def paper(name: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(f"{name} {BIRD}.pdf", bare(more=b"% " + BIRD.encode()))


def attached() -> list[Attached]:
    return [Attached(f"{BIRD}.pdf", "application/pdf", bare(more=b"% ours " + BIRD.encode()))]


def asked(way: str, kind: str = "complaint", *, of: str = BIRD) -> Activity:
    typed = {"name": f"Gino {of}", "answer_by": way, **WAYS[way]}
    person = VisitorForm({f"visitor-{name}": value for name, value in typed.items()}, now=NOW)
    choices = KINDS[kind].form(Scope(customer=None, today=NOW.date())).fields
    given = {name: list(each.choices)[-1][0] for name, each in choices.items() if hasattr(each, "choices")}
    files = MultiValueDict({"files": [paper("mine")]})
    form = KINDS[kind].form(Scope(customer=None, today=NOW.date()), {**given, "text": f"{of}?"}, files)
    assert person.is_valid() and form.is_valid(), (person.errors, form.errors)
    return visiting.open_visit(KINDS[kind], form, person, browser=f"his {way}", language="it", now=NOW)


@pytest.fixture
def olga():
    return factories.user("olga", roles=[Role.BACK_OFFICE])


def talked_about(activity: Activity, olga, *, end: bool = True) -> Activity:
    """Everything that can be said of it, on both sides."""
    number = activity.number
    said = {"text": BIRD, "files": attached(), "by": olga, "now": NOW}
    handling.note(number, seen=0, once=f"n{number}", **said)
    handling.answer(number, seen=1, once=f"a{number}", **said)
    handling.ask(number, seen=handling.take(number, seen=2, by=olga, now=NOW).version, once=f"q{number}", **said)
    visiting.say(activity, text=BIRD, files=attached(), browser="his", once="m", now=NOW)
    if end:
        activity.refresh_from_db()
        handling.execute(number, seen=activity.version, answer=BIRD, by=olga, now=NOW)
    activity.refresh_from_db()
    return activity


def where(word: str) -> set[str]:
    """The tables of which a row holds this word, as text or as bytes."""
    found = set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(
                f'SELECT EXISTS (SELECT FROM "{table}" AS t WHERE t::text ILIKE ANY(%s))',
                [[f"%{word}%", f"%{word.encode().hex()}%"]],
            )
            if cursor.fetchone()[0]:
                found.add(table)
    return found


def test_nothing_is_left_of_what_a_visitor_told_us(olga):
    for way in WAYS:
        talked_about(asked(way), olga)
    held = {"activities_activity", "activities_visitor", "activities_remark", "activities_attachment", "files_keptfile"}
    assert where(BIRD) == held | {"outbox_message"}
    assert forgetting.sweep(now=IN_TIME) == 0
    assert where(BIRD) == held | {"outbox_message"}
    assert forgetting.sweep(now=TOO_LATE) == 3
    assert where(BIRD) == set()
    assert not KeptFile.objects.exists()
    assert not Message.objects.exists()
    told = Event.objects.filter(name="activities.complaint_forgotten")
    assert told.count() == 3
    assert forgetting.sweep(now=TOO_LATE) == 0
    assert told.count() == 3


def test_what_is_open_or_lately_over_or_a_customers_stays(olga, monkeypatch):
    monkeypatch.setattr(forgetting, "BATCH", 1)
    open_one = talked_about(asked("email"), olga, end=False)
    reopened = talked_about(asked("phone"), olga)
    handling.take_up_again(reopened.number, seen=reopened.version, text="why", files=(), by=olga, now=NOW, once="r")
    waits = talked_about(asked("post"), olga)
    waits.ask_for(Attention.KEPT, now=NOW)
    ended_late = talked_about(asked("email", "information"), olga)
    Activity.objects.filter(pk=ended_late.pk).update(executed_at=NOW + timedelta(days=60))
    customers = talked_about(asked("phone", "information"), olga)
    Activity.objects.filter(pk=customers.pk).update(customer=factories.customer("C1"))
    stays = set(Activity.objects.values_list("number", flat=True))
    files = KeptFile.objects.count()
    for n in range(2):
        talked_about(asked("post", "information", of=f"{n}"), olga)
    assert forgetting.sweep(now=TOO_LATE) == 2
    assert set(Activity.objects.values_list("number", flat=True)) == stays
    assert open_one.number in stays
    assert Visitor.objects.count() == 5
    assert KeptFile.objects.count() == files


def test_how_long_is_a_row_of_bounds(olga):
    talked_about(asked("email"), olga)
    Bound.objects.create(name=Bounding.VISITOR_MONTHS, valid_from=date(2027, 1, 1), value=6)
    assert forgetting.kept_for(NOW) == 24
    assert forgetting.sweep(now=datetime(2027, 5, 24, 9, 42, tzinfo=UTC)) == 0
    assert forgetting.sweep(now=datetime(2027, 5, 25, 9, 42, tzinfo=UTC)) == 1


def test_a_month_without_that_day_counts_to_its_last():
    assert forgetting.months_before(datetime(2028, 3, 31, 1, tzinfo=UTC), 1) == datetime(2028, 2, 29, 1, tzinfo=UTC)
    assert forgetting.months_before(datetime(2028, 1, 15, tzinfo=UTC), 24) == datetime(2026, 1, 15, tzinfo=UTC)


def test_the_job_of_the_night_does_it(olga):
    ended = talked_about(asked("email"), olga)
    Activity.objects.filter(pk=ended.pk).update(
        opened_at=datetime(2020, 1, 1, tzinfo=UTC), executed_at=datetime(2020, 1, 2, tzinfo=UTC)
    )
    forget(timestamp=0)
    assert not Activity.objects.exists()
