"""The jobs of the outbox; each may run twice or be killed at any point."""

from contextlib import suppress

from django.utils import timezone
from procrastinate.contrib.django import app

from sportello.domain.messages import mailbox, receiving
from sportello.domain.messages.jobs import SEND
from sportello.domain.messages.sending import send, sweep


@app.task(name=SEND)
def send_message(*, message: int) -> None:
    send(message, clock=timezone.now)


@app.periodic(cron="* * * * *")
@app.task(name="messages.sweep", queueing_lock="messages.sweep")
def sweep_messages(timestamp: int) -> None:
    """Takes up messages whose job or worker was lost."""
    del timestamp  # when it was due; it may run later
    sweep(now=timezone.now())


@app.periodic(cron="*/2 * * * *")
@app.task(name="messages.look_into_mailbox", queueing_lock="messages.look_into_mailbox")
def look_into_mailbox(timestamp: int) -> None:
    """Handles mails that came back."""
    del timestamp
    with suppress(mailbox.Unreadable):  # written in the log; the next look is in two minutes
        mailbox.look(clock=timezone.now)


@app.periodic(cron="20 4 * * *")
@app.task(name="messages.forget_received", queueing_lock="messages.forget_received")
def forget_received(timestamp: int) -> None:
    del timestamp
    receiving.forget(now=timezone.now())
