"""Mandates for direct debit: asked for and revoked by customers, and answered by the bank some days later."""

import re
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from sportello.billing.commands import RequestDirectDebit, RevokeDirectDebit
from sportello.billing.errors import NotThere, Refused
from sportello.connectors.embedded import owning
from sportello.connectors.embedded import text_checks as checks
from sportello.connectors.embedded.accounts import locked
from sportello.connectors.embedded.codes import askable
from sportello.connectors.embedded.models import Account, Invoice, Mandate
from sportello.connectors.embedded.routing import ALIAS

REFERENCE = re.compile(r"(?!/)(?!.*//)[A-Za-z0-9+?/\-:().,' ]{1,35}")  # what SEPA allows in one
LONGEST_NAME = 200
REFUSED_ENDING = "7"  # of an IBAN, so that whoever tries the portal out can see the bank refuse
OBJECTIONS = (
    "Il conto corrente è estinto",
    "Il titolare indicato non è quello del conto corrente",
    "Il conto corrente non ammette addebiti SEPA",
)


def request(command: RequestDirectDebit, *, key: str, now: datetime) -> str:
    """Writes the mandate and gives its code. Others of the account that the bank has not yet accepted give way at once, one
    that is active when the new one is. ``key`` leaves no trace in it."""
    account = owning.account(command.customer_code, command.account_code)
    today = timezone.localdate(now)
    check_reference(command)
    check_signed(command, account, today)
    iban = checks.checked_iban(command.iban, field="iban")
    holder_tax_code = checks.checked_tax_code(command.holder_tax_code, field="holder_tax_code")
    unanswered = Mandate.objects.filter(account=account, status__in=["requested", "aligning"])
    unanswered.update(status="revoked", ended_on=today, moved_at=now)
    mandate = Mandate.objects.create(
        code=command.mandate_reference,
        account=account,
        scheme=command.scheme,
        status="requested",
        iban=iban,
        holder=command.holder,
        holder_tax_code=holder_tax_code,
        signatory={"name": command.signatory, "tax_code": command.signatory_tax_code},
        bank={"name": command.bank, "branch": command.branch, "address": command.branch_address},
        signed_on=command.signed_on,
        moved_at=now,
    )
    return mandate.code


def check_reference(command: RequestDirectDebit) -> None:
    reference = command.mandate_reference
    if not REFERENCE.fullmatch(reference):
        raise Refused("Il riferimento del mandato non è ammesso.", field="mandate_reference")
    if Mandate.objects.filter(code__iexact=reference).exists():
        raise Refused("Esiste già un mandato con questo riferimento.", field="mandate_reference")


def check_signed(command: RequestDirectDebit, account: Account, today: date) -> None:
    for field in ("holder", "signatory", "bank", "branch", "branch_address"):
        checks.check_text(getattr(command, field), field=field, longest=LONGEST_NAME)
    if not command.holder.strip():
        raise Refused("Manca il titolare del conto corrente.", field="holder")
    if command.signatory:
        checks.checked_tax_code(command.signatory_tax_code, field="signatory_tax_code")
    if command.signed_on > today:
        raise Refused("La data della firma è nel futuro.", field="signed_on")
    if command.scheme == "b2b" and account.customer.kind == "person":
        raise Refused("Il mandato B2B è solo per le imprese.", field="scheme")


def revoke(command: RevokeDirectDebit, *, key: str, now: datetime) -> str:
    """Gives the code of the mandate. The bank is told of one that it knows, and one that it does not know is revoked at once.
    ``key`` leaves no trace in it."""
    account = owning.account(command.customer_code, command.account_code)
    mandates = Mandate.objects.filter(account=account)
    if command.mandate_reference:
        mandates = (
            mandates.filter(code=command.mandate_reference) if askable(command.mandate_reference) else mandates.none()
        )
        if not mandates.exists():
            raise NotThere("mandate", command.mandate_reference)
    holding = list(mandates.holding().order_by("code"))
    if not holding:
        field = "mandate_reference" if command.mandate_reference else "account_code"
        raise Refused("Il conto contrattuale non ha una domiciliazione da revocare.", field=field)
    for mandate in holding:
        move(mandate, "revoked" if mandate.status == "requested" else "revoking", now=now)
    return max(holding, key=lambda mandate: mandate.active_from is not None).code


def align(*, now: datetime, before: datetime | None = None, arrived: bool = False) -> list[Mandate]:
    """Moves each mandate that the bank has yet to answer by one step: one that was asked for goes to the bank, the bank
    accepts or refuses what it has, and takes note of a revocation. Only those that came into their status before ``before``;
    where nobody knows when that was, that were signed before that day. ``arrived`` leaves out the latter."""
    moving = Mandate.objects.moving()
    if arrived:
        moving = moving.filter(moved_at__isnull=False)
    if before:
        day = timezone.localdate(before)
        moving = moving.filter(Q(moved_at__lte=before) | Q(moved_at=None, signed_on__lt=day))
    found = list(moving.order_by("moved_at", "code").values_list("code", "account", "status"))
    moved = (answer(code, account_code=account, status=status, now=now) for code, account, status in found)
    return [mandate for mandate in moved if mandate]


def answer(code: str, *, account_code: str, status: str, now: datetime) -> Mandate | None:
    """None where somebody was quicker."""
    with transaction.atomic(using=ALIAS):
        locked(account_code)
        mandate = Mandate.objects.filter(code=code, status=status).first()
        if mandate is None:
            return None
        if status == "requested":
            move(mandate, "aligning", now=now)
        elif status == "revoking":
            move(mandate, "revoked", now=now)
        elif reason := objection(mandate):
            mandate.reason = reason
            move(mandate, "refused", now=now)
        else:
            move(mandate, "active", now=now)
    return mandate


def objection(mandate: Mandate) -> str:
    """Why the bank refuses it, "" where it does not."""
    if not mandate.iban.endswith(REFUSED_ENDING):
        return ""
    return OBJECTIONS[ord(mandate.iban[-2]) % len(OBJECTIONS)]


def move(mandate: Mandate, status: str, *, now: datetime) -> None:
    """Into another status, and the account into the way of paying that follows from it. The account is locked."""
    today = timezone.localdate(now)
    mandates = Mandate.objects.filter(account=mandate.account_id)
    if status == "active":
        mandates.filter(status="active").update(status="revoked", ended_on=today, moved_at=now)
        mandate.active_from = today
        Account.objects.filter(code=mandate.account_id).update(payment_method="direct_debit")
    mandate.status, mandate.moved_at = status, now
    mandate.ended_on = today if status == "revoked" else mandate.ended_on
    mandate.save(update_fields=["status", "moved_at", "active_from", "ended_on", "reason"])
    if status == "revoked" and mandate.active_from and not mandates.filter(status="active").exists():
        Account.objects.filter(code=mandate.account_id).update(payment_method="postal_slip")


def debit_from(account: Account, invoice: Invoice) -> None:
    """The first invoice since the mandate is active is the one from which it is debited."""
    if invoice.amount > 0:
        Mandate.objects.filter(account=account, status="active", from_invoice="").update(from_invoice=invoice.code)


def told(mandate: Mandate) -> str:
    reason = f": {mandate.reason}" if mandate.reason else ""
    return f"Mandate {mandate.code} of account {mandate.account_id} is {mandate.status}{reason}."
