"""Work of this room that runs in a worker: following what becomes of requests, and reminding of readings."""

from collections.abc import Sequence

from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from sportello.domain.activities import (
    assigning,
    due_notices,
    following,
    forgetting,
    mail_in,
    mandate_copies,
    posting,
    proving,
    telling,
    texts,
)
from sportello.domain.activities.kinds.self_reading import reminding, settling
from sportello.domain.messages.jobs import MAIL_IN
from sportello.domain.messages.models import Message


@app.task(name="activities.settle", retry=RetryStrategy(max_attempts=10, exponential_wait=2))
def settle(*, customer_codes: Sequence[str]) -> None:
    """Moves on what these customers asked, by what billing has answered; it may come twice."""
    settling.settle(customer_codes, now=timezone.now())
    following.follow(customer_codes, now=timezone.now())


@app.task(name=mandate_copies.TASK, retry=RetryStrategy(max_attempts=3, exponential_wait=2))
def keep_mandate(*, number: str) -> None:
    """May run twice or be killed at any point."""
    mandate_copies.keep(number=number, now=timezone.now())


@app.task(name=MAIL_IN, retry=RetryStrategy(max_attempts=10, exponential_wait=2))
def open_from_mail(*, received: int) -> None:
    """May run twice or be killed at any point."""
    mail_in.take_in(received, now=timezone.now())


@app.task(name=telling.ANSWER_POSTED, retry=RetryStrategy(max_attempts=10, exponential_wait=2))
def answer_posted(*, message: int, about_kind: str, about_key: str, outcome: str) -> None:
    """Looks whether the letter was the answer with which a request ended."""
    del about_kind, outcome
    letter = Message.objects.filter(pk=message, posted_on__isnull=False, kind__in=texts.ENDS).first()
    if letter and letter.posted_on:
        posting.answer_posted(about_key, written_at=letter.created_at, on=letter.posted_on)


@app.periodic(cron="*/10 * * * *")
@app.task(name="activities.sweep", queueing_lock="activities.sweep")
def sweep(timestamp: int) -> None:
    """Looks after what has lost its job."""
    del timestamp  # when it was due; it may run later
    settling.sweep(now=timezone.now())
    following.sweep(now=timezone.now())


@app.periodic(cron="0 * * * *")  # in UTC; what hour it is in Italy is looked at there
@app.task(name="activities.remind", queueing_lock="activities.remind")
def remind(timestamp: int) -> None:
    """Writes to whoever has a meter to read, in the morning of the day on which its window opens."""
    del timestamp
    reminding.remind(now=timezone.now())


@app.periodic(cron="5 * * * *")  # in UTC; what hour it is in Italy is looked at there
@app.task(name="activities.warn", queueing_lock="activities.warn")
def warn(timestamp: int) -> None:
    """Moves the work of who is away from today, then warns of what is due."""
    del timestamp
    assigning.begin_absences(now=timezone.now())
    due_notices.tell(now=timezone.now())


@app.periodic(cron="27 3 * * *")
@app.task(name="activities.forget", queueing_lock="activities.forget")
def forget(timestamp: int) -> None:
    """Forgets visitors whose request has been over for as long as it may be kept."""
    del timestamp
    forgetting.sweep(now=timezone.now())


@app.periodic(cron="37 3 * * *")
@app.task(name="activities.expire_proofs", queueing_lock="activities.expire_proofs")
def expire_proofs(timestamp: int) -> None:
    """Ends requests for invoices by e-mail of which nobody has confirmed an address."""
    del timestamp
    proving.expire(now=timezone.now())
