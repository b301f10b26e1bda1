"""The jobs of this room, deferred by name; their arguments name rows, never what somebody typed."""

from typing import Any

from procrastinate.tasks import configure_task

from sportello.deferring import job_manager


def defer_recovery(*, user_id: int, by_post: bool) -> None:
    """``user_id`` is 0 for nobody: the job is deferred all the same, so that both look and take alike."""
    _defer("accounts.start_recovery", user=user_id, by_post=by_post)


def defer_web_code(*, customer_code: str) -> None:
    """``customer_code`` is "" for nobody, as above."""
    _defer("accounts.send_web_code", customer_code=customer_code)


def _defer(name: str, **arguments: Any) -> None:
    # Not by way of the app, which would first import whatever a worker can do.
    configure_task(name=name, job_manager=job_manager).defer(**arguments)
