"""One request with everything about it, and what may be done to it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast
from urllib.parse import urlencode
from uuid import uuid4

from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from sportello.desks.backoffice import own
from sportello.desks.backoffice.requests.filters import kept
from sportello.desks.backoffice.requests.forms import (
    ANSWER,
    Acting,
    AnswerForm,
    AssignForm,
    CarryOnForm,
    ConfirmForm,
    DueForm,
    RefusalForm,
    ReopenForm,
    WriteForm,
)
from sportello.desks.backoffice.requests.story import since, story_of
from sportello.desks.backoffice.requests.targets import Targets
from sportello.desks.policies import REPLY_EDITORS, REQUEST_DECIDERS, REQUEST_READERS, REQUEST_STAFF
from sportello.domain.activities import commanding, deadlines, mandate_copies, replies
from sportello.domain.activities.kinds.base import Line
from sportello.domain.activities.kinds.catalogue import KINDS
from sportello.domain.activities.models import (
    DOUBT,
    HOUSE_KINDS,
    STOPPED,
    Activity,
    ActivityKind,
    Attachment,
    Channel,
    Status,
    Use,
)
from sportello.domain.activities.models.activity import ActivityQuerySet
from sportello.domain.calendars.models import Entry
from sportello.domain.customers.finding import perhaps_of
from sportello.domain.customers.models import BillingAccount, DirectDebitMandate, Invoice
from sportello.domain.journal.models import record
from sportello.domain.ledger.models import LedgerRow
from sportello.domain.messages.models import Message
from sportello.domain.people.models import DESK, User
from sportello.italy import iban

IBAN = re.compile(r"\b[A-Z]{2}[0-9]{2}(?: ?[0-9A-Z]){11,30}\b")
MOST_MANDATES = 5
WRITING = ("note", "answer", "ask")
OUTCOME = gettext_lazy("Outcome, for your colleagues")
CONFIRMING = ("said_done", "said_missing")
# What billing is told, by the name of the command.
COMMAND_WORDS: dict[str, str | Promise] = {
    "ChangePersonalData": gettext_lazy("Change of personal data"),
    "ChangeMailingAddress": gettext_lazy("Change of mailing address"),
    "RequestDirectDebit": gettext_lazy("Direct debit"),
    "RevokeDirectDebit": gettext_lazy("Revocation of the direct debit"),
    "SuspendCollection": gettext_lazy("Suspension of collection"),
    "ResumeCollection": gettext_lazy("Resumption of collection"),
    "ArrangeInstalments": gettext_lazy("Payment by instalments"),
    "CloseSupply": gettext_lazy("Closing of a supply"),
    "SetInvoiceDelivery": gettext_lazy("How invoices come"),
}


def all_requests(user: User) -> ActivityQuerySet:
    """What ``user`` looks at here: all kinds that have no page of their own; an agent, what has been given to him."""
    related = ("customer", "supply", "owner", "office", "opened_by", "visitor")
    mine = Activity.objects.for_staff(user, timezone.localdate())
    return mine.filter(kind__in=KINDS).select_related(*related)


@REQUEST_READERS
@require_safe
def detail(request: HttpRequest, number: str) -> HttpResponse:
    """That somebody has looked is written down."""
    activity = get_object_or_404(all_requests(cast(User, request.user)), number=number)
    if own.is_own(request, activity):
        return own.page(request, activity, tab="requests")
    record(
        "backoffice.request_seen",
        now=timezone.now(),
        actor_id=request.user.pk,
        about=("activity", number),
        customer_code=activity.customer_code,
    )
    user, reply = cast(User, request.user), request.GET.get("reply", "")
    return page(request, activity, forms_for(activity, by=user, reply=reply))


def language_of(activity: Activity) -> str:
    """That in which whoever asked is written to."""
    return activity.customer.language if activity.customer else activity.visitor.language


def forms_for(
    activity: Activity, verb: str = "", data: Any = None, files: Any = None, *, by: User, reply: str = ""
) -> dict[str, Acting]:
    """One form for each thing that may be done; ``data`` is of the one that was sent, and wants its own ``seen``.

    ``reply`` is the ready reply, by its code, with which the text of an answer or an execution begins.
    """
    today = timezone.localdate()
    done = ""
    if KINDS[activity.kind].commands(activity):
        with translation.override(language_of(activity)):
            done = str(KINDS[activity.kind].done)
    with translation.override(language_of(activity)):
        goes_on = _("You need do nothing more.")
        stays = _("If you need it after all, ask for it anew at the counter.")

    def options(*verbs: str, **initial: Any) -> dict[str, Any]:
        mine = verb in verbs
        return {
            "data": data if mine else None,
            "files": files if mine else None,
            "initial": {"seen": activity.version, "once": uuid4().hex, **initial},
            "auto_id": f"{verbs[0]}-%s",
        }

    ready = replies.for_request(activity, language_of(activity))
    begins = ready[Use.EXECUTE].get(reply) or activity.answer or done
    return {
        "write": WriteForm(**options("write", *WRITING, text=ready[Use.ANSWER].get(reply, ""))),
        "take": Acting(**options("take")),
        "give_back": Acting(**options("give_back")),
        "retry": Acting(**options("retry")),
        "execute": AnswerForm(**options("execute", answer=begins), label=OUTCOME if of_the_house(activity) else ANSWER),
        "by_hand": AnswerForm(**options("by_hand", answer=begins)),
        "refuse": RefusalForm(**options("refuse"), reasons=ready[Use.REFUSE]),
        "due": DueForm(**options("due", due_on=activity.due_on), today=today, limit_on=activity.limit_on),
        "assign": AssignForm(
            **options("assign", due_on=activity.due_on, to=given_to(activity)),
            today=today,
            limit_on=activity.limit_on,
            targets=Targets(by, today),
        ),
        "confirm": ConfirmForm(**options("confirm", *CONFIRMING)),
        "reopen": ReopenForm(**options("reopen")),
        "read": Acting(**options("read")),
        "post": Acting(**options("post")),
        "mail": Acting(**options("mail")),
        "sure": Acting(**options("sure")),
        "carry_on": CarryOnForm(**options("carry_on", answer=goes_on)),
        "leave_stopped": AnswerForm(**options("leave_stopped", answer=stays)),
    }


def of_the_house(activity: Activity) -> bool:
    return activity.kind in HOUSE_KINDS


def is_from_mail(activity: Activity) -> bool:
    """A mail that has become a request by itself."""
    return activity.customer is None and activity.channel in (Channel.EMAIL, Channel.PEC)


def given_to(activity: Activity) -> str:
    """As the form of giving it to somebody names it."""
    if activity.owner_id:
        return f"person:{activity.owner_id}"
    return f"office:{activity.office_id}" if activity.office_id else ""


def form_of(forms: Mapping[str, Acting], verb: str) -> Acting | None:
    return forms.get("write" if verb in WRITING else "confirm" if verb in CONFIRMING else verb)


def page(
    request: HttpRequest,
    activity: Activity,
    forms: Mapping[str, Acting],
    *,
    verb: str = "",
    too_late: bool = False,
) -> HttpResponse:
    """``verb`` is what was tried; ``too_late`` says that somebody else was quicker, or that it cannot be done any more."""
    rows = list(LedgerRow.objects.about("activity", activity.number).order_by("pk"))
    story = story_of(activity.number)
    tried = form_of(forms, verb)
    context = {
        "tab": "requests",
        "activity": activity,
        "forms": forms,
        "verb": verb,
        "failed": tried if tried is not None and tried.errors else None,
        "tried": tried,
        "too_late": too_late,
        "now": timezone.now(),
        "had_files": bool(request.FILES),
        "changed": since(story, activity.version - seen_in(tried)) if too_late else (),
        "story": story,
        "rows": rows,
        "command_words": COMMAND_WORDS,
        "kept": kept(request),
        "reads": language_of(activity),
        "may_decide": REQUEST_DECIDERS.admits(request),
        "perhaps": perhaps_of(activity.visitor.email) if is_from_mail(activity) else (),
        "from_mail": is_from_mail(activity),
        "of_the_house": of_the_house(activity),
        "is_agent": not REQUEST_STAFF.admits(request),
        "asks_whether_done": asks_whether_done(activity, cast(User, request.user)),
        "appointments": activity.appointments.filter(cancelled_at=None).order_by("starts_at"),
        "invitations": Entry.objects.standing().about(activity.calendar_key).select_related("attendee", "office"),
        "ready": ready_links(request, activity),
        "may_edit_replies": REPLY_EDITORS.admits(request),
        **facts_of(activity),
        **conversation_of(activity),
        **clock_of(activity),
        **standing_of(activity),
    }
    return render(request, "backoffice/request.html", context, status=409 if too_late else 200)


def asks_whether_done(activity: Activity, user: User) -> bool:
    """It is his, open, and due today or late; an agent may say so at any time."""
    if activity.owner_id != user.pk or activity.is_over:
        return False
    is_due = activity.due_on is not None and activity.due_on <= timezone.localdate()
    return is_due or not user.has_role(*DESK)


def ready_links(request: HttpRequest, activity: Activity) -> dict[str, list[tuple[str, str]]]:
    """By use, each ready reply with the address of this page on which its text stands in the form."""
    here = reverse("staff_request", args=[activity.number]) + kept(request)
    here += "&" if "?" in here else "?"
    ready = replies.for_request(activity, language_of(activity))
    return {
        use.value: [(f"{here}{urlencode({'reply': code})}#{place}", text) for code, text in ready[use].items()]
        for use, place in ((Use.ANSWER, "writing"), (Use.EXECUTE, "execute"))
    }


def seen_in(form: Acting | None) -> int:
    """The version that was sent along; a large one where none was, so that nothing seems to have changed."""
    found = form["seen"].value() if form is not None else ""
    return int(found) if str(found).isdecimal() and len(str(found)) < 10 else 2_000_000_000


def facts_of(activity: Activity) -> dict[str, Any]:
    invoice = Invoice.objects.filter(number=activity.invoice_number).first() if activity.invoice_number else None
    account = BillingAccount.objects.filter(code=activity.account_code).first() if activity.account_code else None
    return {
        "lines": [masked(each) for each in KINDS[activity.kind].form.compared(activity.asked, activity.before)],
        "looked_at_for": KINDS[activity.kind].parts_named(activity.by_hand_for),
        "doubted": DOUBT in activity.by_hand_for,
        "customer": activity.customer,
        "visitor": None if activity.customer else activity.visitor,
        "supply": activity.supply,
        "invoice": invoice,
        "account": account,
        "mandates": mandates_of(activity),
        "mandate_printed": mandate_copies.has_mandate(activity),
        "suspect": bool(activity.asked.get("suspect")),
    }


def mandates_of(activity: Activity) -> Sequence[DirectDebitMandate]:
    """Of a request for direct debit or for its end, those of its account as billing has them, the newest first."""
    if activity.kind not in (ActivityKind.DIRECT_DEBIT, ActivityKind.DIRECT_DEBIT_REVOCATION):
        return ()
    mine = DirectDebitMandate.objects.filter(billing_account=activity.account_code, customer=activity.customer_id)
    return list(mine.order_by(F("signed_on").desc(nulls_last=True), "-code")[:MOST_MANDATES])


def masked(line: Line) -> Line:
    """Nobody reads a whole IBAN here, whatever field it stands in."""
    before = None if line.before is None else IBAN.sub(_hidden, line.before)
    return replace(line, value=IBAN.sub(_hidden, line.value), before=before)


def _hidden(found: re.Match[str]) -> str:
    number = iban.compact(found[0])
    return f"{number[:4]} **** {number[-4:]}" if number.startswith("IT") or iban.is_valid(number) else found[0]


def conversation_of(activity: Activity) -> dict[str, Any]:
    """What was said, the oldest first, and the files with each; their content stays where it is."""
    files = list(Attachment.objects.filter(activity=activity).defer("file").order_by("position"))
    by_remark: dict[int | None, list[tuple[Attachment, str]]] = {}
    for each in files:
        by_remark.setdefault(each.remark_id, []).append((each, file_address(activity.number, each.position)))
    remarks = activity.remarks.select_related("by").order_by("at", "pk")
    return {
        "remarks": [(each, by_remark.get(each.pk, [])) for each in remarks],
        "files": by_remark.get(None, []),
        "messages": list(
            Message.objects.about("activity", activity.number).select_related("printed_by", "posted_by").order_by("-pk")
        ),
    }


def file_address(number: str, position: int) -> str:
    return reverse("request_file", args=[f"{number}-{position}"])


def clock_of(activity: Activity) -> dict[str, Any]:
    return {"today": timezone.localdate(), "clock": deadlines.standing(activity, timezone.now())}


def standing_of(activity: Activity) -> dict[str, Any]:
    """What of it is billing's to do, and how that stands."""
    commands: Sequence[Any] = KINDS[activity.kind].commands(activity)
    taken = bool(commands) and commanding.are_taken(commands)
    return {
        "commands": bool(commands),
        "goes_to_billing": taken,
        "on_its_way": bool(commanding.under_way(activity)) if taken else False,
        "stopped": activity.attention in STOPPED,
        "open": not activity.is_over,
        "unsure": activity.was_stopped,
        "objected": activity.is_objected_to,
        "may_reopen": activity.status in (Status.EXECUTED, Status.REFUSED),
    }
