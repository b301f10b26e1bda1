"""Mails that people write to the company become requests: of somebody whom nobody knows, to be sorted by an operator.

Whose customer a sender is, is never concluded from his address: the page of the request suggests it, an operator decides.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils import timezone

from sportello.domain.activities.kinds.base import LONGEST_TEXT, ONCE, Scope
from sportello.domain.activities.kinds.catalogue import KINDS
from sportello.domain.activities.kinds.files import MOST_FILES
from sportello.domain.activities.models import Activity, ActivityKind, AnswerBy, Channel, Visitor
from sportello.domain.activities.opening import attach, open_request
from sportello.domain.activities.suspects import SUSPECT
from sportello.domain.customers.models.countries import ITALY
from sportello.domain.files import attachments
from sportello.domain.files.attachments import Attached, WrongFile
from sportello.domain.messages import addresses
from sportello.domain.messages.addresses import WrongAddress
from sportello.domain.messages.incoming import Incoming, Part, read
from sportello.domain.messages.models import ReceivedMail

KIND: Final = KINDS[ActivityKind.INFORMATION]
BROWSER: Final = "mail in"  # in place of that of a visitor, and like none of theirs
NO_TEXT: Final = "–"


@transaction.atomic
def take_in(received: int, *, now: datetime) -> Activity | None:
    """Opens the request of this mail; None where that has been done. The same mail once more is the same request.

    What the mail says is a question until an operator has sorted it; the mail as it came hangs on it, with the files that
    could be attached by themselves.
    """
    row = ReceivedMail.objects.select_for_update().filter(pk=received, content__isnull=False).first()
    if row is None or row.content is None:
        return None
    raw = bytes(row.content)
    found = read(raw, now=now)
    activity = _open(found, now=now)
    if not activity.attachments.exists():  # else it came before, as another copy
        attach(activity, [attachments.mail(found.subject or "mail", raw), *_files(found.parts)], remark=None, now=now)
    row.content = None
    row.save(update_fields=["content"])
    return activity


def _open(found: Incoming, *, now: datetime) -> Activity:
    asked = {"topic": "other", "text": _text(found), "once": found.key[:ONCE]}
    activity = open_request(
        KIND,
        KIND.form(Scope(customer=None, today=timezone.localdate(now)), asked),
        user=None,
        channel=Channel.PEC if found.certified else Channel.EMAIL,
        now=now,
        visitor=_visitor(found),
        browser=BROWSER,
        received_on=timezone.localdate(found.received_at),
    )
    if found.spam and SUSPECT not in activity.asked:
        activity.keep_of_asked({**activity.asked, SUSPECT: ["spam"]})
    return activity


def _text(found: Incoming) -> str:
    whole = "\n\n".join(each for each in (found.subject, found.text) if each) or NO_TEXT
    return whole if len(whole) <= LONGEST_TEXT else f"{whole[: LONGEST_TEXT - 1]}…"


def _visitor(found: Incoming) -> Visitor:
    """As the mail says, unproven."""
    try:
        email = addresses.checked(found.sender)
    except WrongAddress:
        email = ""
    name = found.name or found.sender or NO_TEXT
    return Visitor(name=name[:200], answer_by=AnswerBy.EMAIL, email=email, country=ITALY, language="it")


def _files(parts: tuple[Part, ...]) -> Iterator[Attached]:
    """Those that may be attached; the others are in the mail itself."""
    for each in parts[: MOST_FILES * 2]:
        try:
            yield attachments.checked(SimpleUploadedFile(each.name or "file", each.content))
        except WrongFile:
            continue
