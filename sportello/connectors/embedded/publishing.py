"""Takes the code for the first access that shall be printed on a customer's next invoice."""

from datetime import datetime

from django.utils import timezone

from sportello.billing.commands import PublishWebCode
from sportello.billing.errors import NotThere, Refused
from sportello.connectors.embedded.codes import askable
from sportello.connectors.embedded.models import Customer

LONGEST = 20


def publish(command: PublishWebCode, *, key: str, now: datetime) -> str:
    """Sets the customer's web code; there is no code of our own for that. ``key`` leaves no trace in it."""
    if not command.web_code or not askable(command.web_code, longest=LONGEST):
        raise Refused("Il codice web non si può stampare.", field="web_code")
    if command.expires_on < timezone.localdate(now):
        raise Refused("Il codice web è già scaduto.", field="expires_on")
    wanted = command.customer_code
    if not askable(wanted) or not Customer.objects.filter(code=wanted).update(web_code=command.web_code):
        raise NotThere("customer", wanted)
    return ""
