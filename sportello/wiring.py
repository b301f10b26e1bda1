"""What follows what, by name; the one module outside the layers that may know them all. A test checks each name."""

from datetime import UTC, datetime

from allauth.usersessions.models import UserSession
from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import Status
from procrastinate.manager import JobManager

# Where jobs are defined; the worker imports this module and with it all of them.
from sportello.domain.accounts import tasks as _accounts  # noqa: F401
from sportello.domain.activities import tasks as _activities  # noqa: F401
from sportello.domain.calendars import tasks as _calendars  # noqa: F401
from sportello.domain.customers import tasks as _customers  # noqa: F401
from sportello.domain.customers.documents import tasks as _documents  # noqa: F401
from sportello.domain.invoice_mail import tasks as _invoice_mail  # noqa: F401
from sportello.domain.ledger import tasks as _ledger  # noqa: F401
from sportello.domain.messages import tasks as _messages  # noqa: F401
from sportello.domain.people.models import Session

# Rooms of the domain, each using only those after it.
ROOMS = (
    "invoice_mail",
    "activities",
    "calendars",
    "accounts",
    "ledger",
    "customers",
    "messages",
    "files",
    "journal",
    "people",
)

# Jobs that a room defers by name: its own, so that a web process does without what they import; and those of a room above,
# which follow what happens below.
JOBS = (
    "accounts.send_web_code",
    "accounts.start_recovery",
    "activities.keep_mandate",
    "customers.keep_pdf",
    "customers.keep_xml",
    "customers.refresh",
    "invoice_mail.gather",
    "invoice_mail.send",
    "invoice_mail.settle",
    "ledger.probe",
    "ledger.send",
    "ledger.sweep",
    "messages.send",
)
FOLLOWS = (
    "invoice_mail.bounced",  # after a mail has come back
    "calendars.replied",  # after somebody's calendar has answered to an invitation
    "activities.mail_in",  # after a mail to the company has come in
    "activities.answer_posted",  # after a letter has gone into the post
    "activities.settle",  # after billing has answered, and after its readings have been taken in
)


# No job takes as long: one that does has ended, and its worker could not write that down.
_OVERDUE = """
    SELECT id FROM procrastinate_jobs AS job WHERE status = 'doing' AND NOT EXISTS (
        SELECT FROM procrastinate_events AS event
        WHERE event.job_id = job.id AND event.type = 'started' AND event.at > now() - interval '30 minutes'
    )
"""


@app.periodic(cron="* * * * * */15")
@app.task(name="wiring.retry_stalled", queueing_lock="wiring.retry_stalled", pass_context=True)
async def retry_stalled(context: JobContext, timestamp: int) -> None:
    await take_up_stalled(context.app.job_manager)


async def take_up_stalled(manager: JobManager) -> None:
    """Has the jobs of workers that were killed done again."""
    overdue = await manager.connector.execute_query_all_async(_OVERDUE)
    for number in sorted(
        {*(job.id for job in await manager.get_stalled_jobs() if job.id), *(row["id"] for row in overdue)}
    ):
        try:
            await manager.retry_job_by_id_async(number, retry_at=datetime.now(UTC))
        except UniqueViolation:
            # The same work has been asked for again meanwhile; one of the two is enough.
            await manager.finish_job_by_id_async(number, status=Status.FAILED, delete_job=True)


@app.periodic(cron="40 3 * * *")
@app.task(name="wiring.clear_sessions", queueing_lock="wiring.clear_sessions")
def clear_sessions(timestamp: int) -> None:
    """Forgets sessions that have ended, and from which devices they were."""
    Session.get_session_store_class().clear_expired()
    UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()
