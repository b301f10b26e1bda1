"""Executes the commands of the port, once for each key: the effect and the key's row are written together."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import connections, transaction
from django.utils import timezone

from sportello.billing.commands import (
    ArrangeInstalments,
    ChangeMailingAddress,
    ChangePersonalData,
    CloseSupply,
    Command,
    PublishWebCode,
    Receipt,
    RequestDirectDebit,
    ResumeCollection,
    RevokeDirectDebit,
    SetInvoiceDelivery,
    SubmitReading,
    SuspendCollection,
)
from sportello.billing.errors import Conflict, Refused
from sportello.connectors.embedded import closing, collecting, mandates, personal
from sportello.connectors.embedded.codes import askable
from sportello.connectors.embedded.models import Execution
from sportello.connectors.embedded.publishing import publish
from sportello.connectors.embedded.routing import ALIAS
from sportello.connectors.embedded.submitting import submit

LONGEST_KEY = 80
STATEMENT_TIMEOUT = 5_000  # milliseconds

Effect = Callable[..., str]
EFFECTS: dict[type[Command], Effect] = {
    PublishWebCode: publish,
    SubmitReading: submit,
    ChangePersonalData: personal.change_personal_data,
    ChangeMailingAddress: personal.change_mailing_address,
    RequestDirectDebit: mandates.request,
    RevokeDirectDebit: mandates.revoke,
    SuspendCollection: collecting.suspend,
    ResumeCollection: collecting.resume,
    ArrangeInstalments: collecting.arrange,
    CloseSupply: closing.close,
    SetInvoiceDelivery: personal.set_invoice_delivery,
}
NAMES = frozenset(kind.__name__ for kind in EFFECTS)


def execute(command: Command, *, key: str) -> Receipt:
    """See ``BillingSystem.execute``. A command that was refused leaves its key free."""
    if not key or not askable(key, longest=LONGEST_KEY):
        raise Refused("La richiesta non ha una chiave valida.", field="key")
    name, now = type(command).__name__, timezone.now()
    with transaction.atomic(using=ALIAS):
        limit_time()
        if not take(key, name, now):
            return receipt(key, name)
        effect: Any = EFFECTS[type(command)]
        reference = effect(command, key=key, now=now)
        Execution.objects.filter(key=key).update(reference=reference)
    return Receipt(reference=reference)


def limit_time() -> None:
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = {STATEMENT_TIMEOUT}")


def take(key: str, name: str, now: datetime) -> bool:
    """Whether the key is ours. Whoever comes second with it waits here until the first has committed, or was refused."""
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(
            "INSERT INTO embedded_execution (key, command, reference, at) VALUES (%s, %s, '', %s)"
            " ON CONFLICT (key) DO NOTHING",
            [key, name, now],
        )
        return bool(cursor.rowcount)


def receipt(key: str, name: str) -> Receipt:
    """That of the first time."""
    done = Execution.objects.get(key=key)
    if done.command != name:
        raise Conflict(f"this key was used for {done.command} before")
    return Receipt(reference=done.reference, duplicate=True)
