"""Who works for the company and is its customer, too: a colleague decides on what he asks."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from sportello.desks.backoffice.tests import waiting
from sportello.domain.activities import handling
from sportello.domain.activities.kinds.self_reading import deciding
from sportello.domain.activities.models import Activity, Remark
from sportello.domain.activities.opening import attach
from sportello.domain.activities.own import OwnRequest
from sportello.domain.customers.models.reach import CustomerAccess
from sportello.domain.files import attachments
from sportello.domain.files.tests.papers import bare
from sportello.domain.people.models import User
from tests import asking
from tests.asking import DECIDE, PATH, WRITE, plain
from tests.factories import NOW, access


@pytest.fixture
def own(paolo) -> Activity:
    activity = asking.asked()
    access(User.objects.get(username="paolo"), activity.customer)
    Remark.objects.create(activity=activity, side="staff", sort="note", text="Da sentire con calma", at=NOW)
    return activity


def test_he_sees_neither_notes_nor_buttons_and_nothing_is_done(paolo, own):
    verbs = (
        "take",
        "give_back",
        "ask",
        "execute",
        "by_hand",
        "refuse",
        "due",
        "reopen",
        "sure",
        "carry_on",
        "note",
        "answer",
    )
    answers = [paolo.get(PATH), paolo.get(f"{PATH}letters/")]
    for verb in verbs:
        where = WRITE if verb in ("note", "answer") else DECIDE
        sent = {"verb": verb, "seen": 0, "once": verb, "answer": "x", "text": "x", "words": "x", "why": "x"}
        answers.append(paolo.post(where, sent))
    for answer in answers:
        page = plain(answer)
        assert answer.status_code == 403 and "a colleague decides on it" in page and "Da sentire" not in page
    own.refresh_from_db()
    assert (own.status, own.version, Remark.objects.count()) == ("new", 0, 1)


def test_a_colleague_does_and_so_does_he_when_it_is_his_no_more(paolo, staff, own):
    assert staff("otto", "back_office").get(PATH).status_code == 200
    CustomerAccess.objects.update(ended_at=NOW)
    assert paolo.get(PATH).status_code == 200


def test_the_files_of_colleagues_notes_are_not_his(paolo, own):
    files = [SimpleUploadedFile(f"{name}.pdf", bare(), "application/pdf") for name in ("nota", "altra")]
    other = asking.asked("A-26000002", "C2")
    for activity, file in zip((own, other), files, strict=True):
        note = Remark.objects.create(activity=activity, side="staff", sort="note", text="x", at=NOW)
        attach(activity, [attachments.checked(file)], remark=note, now=NOW)
    found = [paolo.get(reverse("request_file", args=[f"{each.number}-1"])).status_code for each in (own, other)]
    assert found == [404, 200]


def test_whatever_the_page_lets_pass_is_refused(paolo, own):
    me = User.objects.get(username="paolo")
    said = {"seen": 0, "text": "x", "files": (), "by": me, "now": NOW, "once": "1"}
    ended = {"seen": 0, "answer": "x", "by": me, "now": NOW}
    plain_verbs = (handling.take, handling.give_back, handling.nothing_to_answer, handling.made_sure, handling.retry)
    tries = [
        *((verb, {"seen": 0, "by": me, "now": NOW}) for verb in plain_verbs),
        *((verb, said) for verb in (handling.note, handling.answer, handling.ask, handling.take_up_again)),
        *((verb, ended) for verb in (handling.execute, handling.executed_by_hand, handling.refuse, handling.leave_stopped)),
        (handling.carry_on, {**ended, "text": "x", "once": "2"}),
        (handling.change_due, {"seen": 0, "due_on": NOW.date(), "text": "x", "past_the_limit": True, "by": me, "now": NOW,
                               "once": "3"}),
    ]  # fmt: skip
    for verb, fields in tries:
        with pytest.raises(OwnRequest):
            verb(own.number, **fields)


def test_nor_does_he_decide_on_a_reading_of_his_own(paolo):
    reading = waiting.waiting()
    me = User.objects.get(username="paolo")
    access(me, reading.activity.customer)
    path = f"/staff/readings/{reading.activity.number}/"
    for answer in (paolo.get(path), paolo.post(f"{path}decide/", {"decision": "accept"})):
        assert answer.status_code == 403 and "a colleague decides on it" in plain(answer)
    for verb, fields in (
        (deciding.accept, {}), (deciding.refuse, {"answer": "x"}), (deciding.replay, {}),
        (deciding.correct, {"values": {}, "note": ""}),
    ):  # fmt: skip
        with pytest.raises(OwnRequest):
            verb(reading.activity.number, by=me, now=NOW, **fields)
