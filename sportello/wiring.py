"""What follows what, by name; the one module outside the layers that may know them all. A test checks each name."""

from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import Status

# Where jobs are defined; the worker imports this module and with it all of them.
from sportello.domain.accounts import tasks as _accounts  # noqa: F401
from sportello.domain.customers import tasks as _customers  # noqa: F401
from sportello.domain.customers.documents import tasks as _documents  # noqa: F401
from sportello.domain.messages import tasks as _messages  # noqa: F401

# Rooms of the domain, each using only those after it.
ROOMS = ("activities", "accounts", "customers", "messages", "files", "journal", "people")


@app.periodic(cron="*/5 * * * *")
@app.task(name="wiring.retry_stalled", queueing_lock="wiring.retry_stalled", pass_context=True)
async def retry_stalled(context: JobContext, timestamp: int) -> None:
    """Takes up again the jobs of a worker that was killed."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs():
        try:
            await manager.retry_job(job)
        except AlreadyEnqueued:
            # The same work has been asked for again meanwhile; one of the two is enough.
            await manager.finish_job(job, status=Status.FAILED, delete_job=True)
