"""Takes a mail in that a mail server has handed over, on standard input; shows those that nobody could match."""

import os
import sys
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, InterfaceError
from django.utils import timezone

from sportello.domain.messages.mailbox import LARGEST
from sportello.domain.messages.models import ReceivedMail
from sportello.domain.messages.receiving import receive

MOST: Final = 100
TRY_AGAIN: Final = os.EX_TEMPFAIL  # a mail server keeps the mail and hands it over again


class Command(BaseCommand):
    help = (
        "Handles a mail from standard input: one that came back, or one to the company, which becomes a request. "
        "What is neither is kept, to be read by somebody."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--list", action="store_true", help="the mails that could not be matched, the newest first")
        what.add_argument("--show", type=int, metavar="NUMBER", help="one of them, as it came in")

    def handle(self, **options: Any) -> None:
        if options["list"]:
            self.list()
        elif options["show"] is not None:
            self.show(options["show"])
        else:
            self.take(sys.stdin.buffer.read(LARGEST + 1)[:LARGEST])

    def take(self, raw: bytes) -> None:
        if not raw.strip():
            raise CommandError("No mail stands on standard input.", returncode=os.EX_DATAERR)
        try:
            row = receive(raw, keeps=True, now=timezone.now())
        except (DatabaseError, InterfaceError) as error:
            raise CommandError(f"Not now: {type(error).__name__}.", returncode=TRY_AGAIN) from error
        becomes = "It becomes a request." if row.sort == ReceivedMail.Sort.REQUEST else "An answer to an invitation."
        kept = becomes if row.is_seen_to else "Kept: it is no report about a mail of ours."
        self.stdout.write("Matched." if row.message_id else kept)

    def list(self) -> None:
        for row in (
            ReceivedMail.objects.filter(message=None)
            .exclude(sort__in=[ReceivedMail.Sort.REQUEST, ReceivedMail.Sort.REPLY], content=None)
            .order_by("-at", "-pk")[:MOST]
        ):
            kept = "" if row.content is None else f"  --show {row.pk}"
            self.stdout.write(f"{row.at:%Y-%m-%d %H:%M}  {row.sort:8}{row.subject}{kept}")

    def show(self, number: int) -> None:
        row = ReceivedMail.objects.filter(pk=number, content__isnull=False).first()
        if row is None or row.content is None:
            raise CommandError(f"Nothing is kept of {number}.")
        self.stdout.write(bytes(row.content).decode("utf-8", "replace"))
