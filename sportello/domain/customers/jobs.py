"""The jobs of rooms above that this one defers, by name, in the caller's transaction."""

from collections.abc import Collection
from typing import Final

from procrastinate.tasks import configure_task
from procrastinate.types import JSONValue

from sportello.deferring import job_manager

SETTLE: Final = "activities.settle"
MOST: Final = 500  # customers of one job


def defer_settling(customer_codes: Collection[str]) -> None:
    """Has a worker see what became of these customers' readings and mandates; it may come twice and must not mind."""
    codes: list[JSONValue] = [*sorted(customer_codes)]
    # Not by way of the app, which would first import whatever a worker can do.
    task = configure_task(name=SETTLE, job_manager=job_manager)
    jobs = [task.make_new_job(customer_codes=codes[start : start + MOST]) for start in range(0, len(codes), MOST)]
    if jobs:
        job_manager.batch_defer_jobs(jobs)
