"""How an account is paid, and how its mandate for direct debit stands with the bank, in words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.db.models import F
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sportello.desks.portal.offers import address_of
from sportello.desks.portal.steps import Standing
from sportello.domain.activities import mandate_copies
from sportello.domain.activities.kinds import direct_debit, direct_debit_revocation
from sportello.domain.activities.models import Activity, ActivityKind
from sportello.domain.customers.models import BillingAccount, DirectDebitMandate
from sportello.domain.customers.models.mandates import HOLDING, MandateStatus
from sportello.domain.people.models import User
from sportello.ui.formats import day

METHODS: Final[dict[str, str | Promise]] = {
    "direct_debit": gettext_lazy("By your bank, with direct debit"),
    "postal_slip": gettext_lazy("By postal slip"),
    "transfer": gettext_lazy("By bank transfer"),
}
LOOKS: Final = {
    MandateStatus.REQUESTED: ("", "it-clock"),
    MandateStatus.ALIGNING: ("", "it-clock"),
    MandateStatus.ACTIVE: ("good", "it-check-circle"),
    MandateStatus.REFUSED: ("bad", "it-close-circle"),
    MandateStatus.REVOKING: ("", "it-clock"),
    MandateStatus.REVOKED: ("", "it-ban"),
}
LATELY: Final = timedelta(days=130)  # longer than any invoice is waited for
MOVING: Final = (MandateStatus.REQUESTED, MandateStatus.ALIGNING, MandateStatus.REVOKING)
PAST: Final = (MandateStatus.REFUSED, MandateStatus.REVOKED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One mandate: ``iban`` is masked, "" where billing does not say."""

    reference: str
    iban: str
    standing: Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """How an account is paid: ``words`` is "" where billing does not say. ``ask`` and ``revoke`` are addresses of forms,
    "" for what cannot be asked."""

    words: str
    mandates: Sequence[Told]
    ask: str
    ask_words: str
    revoke: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Debit:
    """What the page of a request for direct debit, or for its end, says besides: the mandate as it stands, and from when it
    holds as long as billing has none. ``printed`` says whether there is a mandate to be printed, ``gone`` that there was
    one, ``held_until`` until when it can be stopped, "" for not at all. ``goes_on``: billing or the bank has yet to answer."""

    told: Sequence[Told]
    sentences: Sequence[str]
    printed: bool
    gone: bool
    held_until: str
    goes_on: bool


def payment_of(user: User, account: BillingAccount) -> Payment:
    """The account has been found within the person's reach."""
    known = of_account(user, account.code)
    mandates = telling(known)
    holding = any(each.status in HOLDING for each in mandates)
    revoking = any(each.status == MandateStatus.REVOKING for each in mandates)
    debited = account.payment_method == "direct_debit"
    about = {"customer": account.customer_id, "account": account.code}
    return Payment(
        words=str(METHODS.get(account.payment_method or "", "")),
        mandates=in_words(mandates, known),
        ask=address_of(ActivityKind.DIRECT_DEBIT, **about),
        ask_words=_("Change the bank account") if holding or debited else _("Ask for direct debit"),
        revoke=address_of(ActivityKind.DIRECT_DEBIT_REVOCATION, **about)
        if holding or (debited and not revoking)
        else "",
    )


def of_account(user: User, account_code: str) -> list[DirectDebitMandate]:
    """The newest first."""
    mandates = DirectDebitMandate.objects.within_reach_of(user).filter(billing_account=account_code)
    return list(mandates.order_by(F("signed_on").desc(nulls_last=True), "-code"))


def telling(mandates: Iterable[DirectDebitMandate]) -> list[DirectDebitMandate]:
    """Those that still say something: what is asked for, and what holds until that is answered; the last one that came to
    nothing or has ended, where nobody has asked since."""
    shown: list[DirectDebitMandate] = []
    for each in mandates:
        if shown and each.status in PAST:
            continue
        shown.append(each)
    return shown


def in_words(mandates: Sequence[DirectDebitMandate], known: Sequence[DirectDebitMandate]) -> list[Told]:
    """``known`` are all of the account."""
    active = [each for each in known if each.status == MandateStatus.ACTIVE]
    return [
        Told(
            reference=each.code,
            iban=each.iban or "",
            standing=standing_of(each, beside=any(other.code != each.code for other in active)),
        )
        for each in mandates
    ]


def standing_of(mandate: DirectDebitMandate, *, beside: bool) -> Standing:
    """``beside`` says whether another mandate of the account is being debited by."""
    status = MandateStatus(mandate.status)
    colour, picture = LOOKS[status]
    return Standing(kind=colour, icon=picture, word=str(status.label), sentence=sentence_of(mandate, status, beside))


def sentence_of(mandate: DirectDebitMandate, status: MandateStatus, beside: bool) -> str:
    meanwhile = (
        _("Until then your invoices are debited from the present account.")
        if beside
        else _("Until then you pay your invoices as before.")
    )
    if status == MandateStatus.REQUESTED:
        return _("It goes to your bank next; the bank has some days to answer.") + f" {meanwhile}"
    if status == MandateStatus.ALIGNING:
        return _("Your bank has it and is checking it.") + f" {meanwhile}"
    if status == MandateStatus.REFUSED:
        return refused(mandate, beside=beside)
    if status == MandateStatus.REVOKING:
        return _("Your bank has been told. Only what it has been told to debit before is still debited.")
    if status == MandateStatus.REVOKED:
        ended = _("It ended on %(day)s.") % {"day": day(mandate.ended_on)} if mandate.ended_on else _("It has ended.")
        return f"{ended} " + _("Invoices issued since then you pay yourself, by postal slip or bank transfer.")
    return active(mandate)


def refused(mandate: DirectDebitMandate, *, beside: bool) -> str:
    reason = _("The bank says: %(reason)s.") % {"reason": mandate.reason.rstrip(".")} if mandate.reason else ""
    next_step = (
        _("Your invoices go on being debited from the present account.")
        if beside
        else _("Your invoices are not debited: pay them as before.")
    )
    again = _("Clear it with your bank, or ask anew with the right data.")
    return " ".join(part for part in (reason, next_step, again) if part)


def active(mandate: DirectDebitMandate) -> str:
    if mandate.from_invoice:
        return _("Your bank pays from invoice %(number)s on.") % {"number": mandate.from_invoice}
    if mandate.active_from is None:
        return _("Your bank pays your invoices on the day they are due.")
    if timezone.localdate() - mandate.active_from > LATELY:
        return _("Your bank pays your invoices on the day they are due, since %(day)s.") % {
            "day": day(mandate.active_from)
        }
    accepted = _(
        "Your bank accepted it on %(day)s: it pays from the first invoice issued since then; earlier ones you pay as before."
    )
    return accepted % {"day": day(mandate.active_from)}


# --- the page of a request -------------------------------------------------------------------------------------------


def debit_of(user: User, activity: Activity) -> Debit | None:
    """None for requests of another kind. The request has been found within the person's reach."""
    if activity.kind == ActivityKind.DIRECT_DEBIT:
        known = of_account(user, activity.account_code)
        mandates = [each for each in known if each.code == direct_debit.reference(activity)]
        beforehand: Sequence[str | Promise] = [from_when(user, activity)]
    elif activity.kind == ActivityKind.DIRECT_DEBIT_REVOCATION:
        known = of_account(user, activity.account_code)
        mandates = [] if came_to_nothing(activity) else ended_by(activity, known)
        beforehand = direct_debit_revocation.KIND.beforehand[:2]
    else:
        return None
    now = timezone.now()
    held = activity.not_before if activity.not_before and activity.not_before > now and not activity.is_over else None
    return Debit(
        told=in_words(mandates, known),
        sentences=[] if mandates or came_to_nothing(activity) else [str(each) for each in beforehand],
        printed=mandate_copies.has_mandate(activity),
        gone=mandate_copies.had_mandate(activity),
        held_until=day(timezone.localdate(held)) if held else "",
        goes_on=not came_to_nothing(activity) and all(each.status in MOVING for each in mandates),
    )


def from_when(user: User, activity: Activity) -> str | Promise:
    account = BillingAccount.objects.within_reach_of(user).filter(code=activity.account_code).first()
    return direct_debit.from_when(account)


def came_to_nothing(activity: Activity) -> bool:
    return activity.status in ("refused", "cancelled")


def ended_by(activity: Activity, known: Sequence[DirectDebitMandate]) -> list[DirectDebitMandate]:
    """The mandate that this revocation ends: the newest that is being revoked or has been since."""
    since = timezone.localdate(activity.opened_at)
    ending = (MandateStatus.REVOKING, MandateStatus.REVOKED)
    found = [each for each in known if each.status in ending]
    return [each for each in found if each.ended_on is None or each.ended_on >= since][:1]
