"""Every job that is named somewhere exists, and those that nobody defers run by schedule."""

import re
from pathlib import Path

from procrastinate.contrib.django import app

from sportello import wiring

NAME = re.compile(rf'"((?:{"|".join(wiring.ROOMS)})\.[a-z_]+)"')
BY_SCHEDULE = {
    "accounts.sweep",
    "invoice_mail.look",
    "ledger.expire",
    "ledger.sweep",
    "messages.sweep",
    "wiring.clear_sessions",
    "wiring.retry_stalled",
}


def test_the_jobs_that_rooms_defer_by_name_exist() -> None:
    assert {*wiring.JOBS, *wiring.FOLLOWS} <= set(app.tasks)


def test_whatever_is_deferred_by_name_is_known_here(root: Path) -> None:
    named = set()
    for path in (root / "sportello").rglob("*.py"):
        text = path.read_text()
        if "tests" not in path.parts and "configure_task(" in text:
            named |= set(NAME.findall(text))
    assert named
    assert named <= {*wiring.JOBS, *wiring.FOLLOWS}


def test_what_must_run_by_schedule_does() -> None:
    assert {task.task.name for task in app.periodic_registry.periodic_tasks.values()} >= BY_SCHEDULE


def test_nobody_defers_by_way_of_the_app(root: Path) -> None:
    """In a worker that would be outside the transaction; sportello/deferring.py says more."""
    ways = re.compile(r"app\.job_manager|app\.configure_task|\.defer_async\(|\.configure\(")
    modules = [path for path in (root / "sportello").rglob("*.py") if "tests" not in path.parts]
    found = {str(path.relative_to(root)) for path in modules if ways.search(path.read_text())}
    # The worker's own job, the worker itself, and structlog.
    assert found == {"sportello/wiring.py", "sportello/working.py", "sportello/logs.py"}
