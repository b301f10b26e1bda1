"""Every job that is named somewhere exists."""

from procrastinate.contrib.django import app

from sportello import wiring  # noqa: F401 (registers the jobs)

MESSAGES = {"messages.send", "messages.sweep", "accounts.start_recovery", "accounts.send_web_code"}


def test_the_jobs_that_rooms_defer_by_name_exist() -> None:
    assert {"customers.refresh", "customers.keep_pdf", "wiring.retry_stalled"} | MESSAGES <= set(app.tasks)


def test_stalled_jobs_are_taken_up_again_by_schedule() -> None:
    periodic = {task.task.name for task in app.periodic_registry.periodic_tasks.values()}
    assert "wiring.retry_stalled" in periodic
