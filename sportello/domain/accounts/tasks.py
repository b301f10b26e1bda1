"""Work of this room that runs in a worker, so that a page's answer tells nothing of what was found."""

from django.db import InterfaceError, OperationalError
from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from sportello.domain.accounts import recovery, web_codes
from sportello.domain.accounts.models import throttle
from sportello.domain.customers.models import Customer
from sportello.domain.people.models import User

# Nobody else looks after what these were to do.
RETRY = RetryStrategy(max_attempts=10, exponential_wait=2, retry_exceptions=[OperationalError, InterfaceError])


@app.task(name="accounts.start_recovery", retry=RETRY)
def start_recovery(*, user: int, by_post: bool) -> None:
    """Sends a link or a letter to this person; nothing to nobody, who has the number 0."""
    person = User.objects.filter(pk=user, is_active=True).first()
    if person is not None:
        recovery.begin(person, by_post=by_post, now=timezone.now())


@app.task(name="accounts.send_web_code", retry=RETRY)
def send_web_code(*, customer_code: str) -> None:
    """Sends a new web code to the address billing has of this customer; nothing to nobody, whose code is ""."""
    customer = Customer.objects.filter(code=customer_code).first()
    if customer is not None:
        web_codes.send_again(customer, now=timezone.now())


@app.periodic(cron="17 3 * * *")
@app.task(name="accounts.sweep", queueing_lock="accounts.sweep")
def sweep(timestamp: int) -> None:
    """Forgets counts of tries that no longer matter."""
    throttle.sweep(timezone.now())
