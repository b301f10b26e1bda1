"""Work of this room that runs in a worker."""

from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from sportello.domain.calendars import entries
from sportello.domain.messages.jobs import REPLIED


@app.task(name=REPLIED, retry=RetryStrategy(max_attempts=10, exponential_wait=2))
def replied(*, uid: str, answer: str) -> None:
    """It may come twice, and in any order with what has changed since."""
    entries.replied(uid, answer, now=timezone.now())
