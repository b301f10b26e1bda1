"""What a job is told, and that it tells nothing of it to logs or tables."""

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from sportello.domain.accounts import jobs, tasks
from sportello.domain.accounts.models import Link, WebCode


def waiting() -> list[tuple[str, dict]]:
    return list(ProcrastinateJob.objects.exclude(task_name="messages.send").values_list("task_name", "args"))


def test_a_job_is_deferred_for_nobody_too(db):
    jobs.defer_recovery(user_id=0, by_post=False)
    jobs.defer_web_code(customer_code="")
    assert waiting() == [
        ("accounts.start_recovery", {"user": 0, "by_post": False}),
        ("accounts.send_web_code", {"customer_code": ""}),
    ]


def test_for_nobody_nothing_happens(db, written):
    tasks.start_recovery(user=0, by_post=False)
    tasks.send_web_code(customer_code="")
    assert written() == []
    assert not Link.objects.exists()
    assert not WebCode.objects.exists()


@pytest.mark.parametrize("by_post", [False, True])
def test_for_somebody_it_starts(alice, written, by_post):
    tasks.start_recovery(user=alice.pk, by_post=by_post)
    tasks.send_web_code(customer_code="C1")
    assert [kind for kind, _ in written()] == ["recovery_code" if by_post else "recovery_link", "new_web_code"]


def test_a_login_closed_meanwhile_gets_nothing(alice, written):
    type(alice).objects.update(is_active=False)
    tasks.start_recovery(user=alice.pk, by_post=False)
    assert written() == []
