"""Shows how the mailing of invoices goes, and begins, stops or continues it by hand."""

import time
from collections.abc import Iterator

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from sportello.domain.invoice_mail import nights, sending
from sportello.domain.invoice_mail.models import Run
from sportello.domain.invoice_mail.progress import Progress, progress
from sportello.domain.invoice_mail.tasks import gather_for

STATES = {
    "none": "There has been no run yet.",
    "ended": "It has ended.",
    "stopped": "It is stopped: nothing goes out until it is continued.",
    "quiet": "It rests: these are quiet hours.",
    "trouble": "The mail server takes nothing at present.",
    "gathering": "It looks for invoices, and sends what it has found.",
    "sending": "It is sending.",
}


class Command(BaseCommand):
    help = "Mails new invoices to who subscribed, once a night. It may be interrupted at any moment and goes on from there."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        status = verbs.add_parser("status", help="how far it is")
        status.add_argument("--follow", action="store_true", help="until it has ended")
        verbs.add_parser("run", help="begin this night's run where it has not begun, and send here, beside the workers")
        verbs.add_parser("stop", help="nothing more goes out until it is continued")
        verbs.add_parser("continue", help="go on where it was stopped")

    def handle(self, *, verb: str, **options: object) -> None:
        if verb == "status":
            self.show(follow=bool(options["follow"]))
        elif verb == "run":
            self.run_here()
        elif verb == "stop":
            try:
                nights.stop(by_id=None, now=timezone.now())
            except nights.NothingToStop:
                raise CommandError("No run is under way, or it is stopped already.") from None
            self.stdout.write("It is stopped.")
        else:
            try:
                nights.go_on(by_id=None, now=timezone.now())
            except nights.NothingToContinue:
                raise CommandError("No run is stopped.") from None
            self.stdout.write("It goes on.")

    def show(self, *, follow: bool) -> None:
        while True:
            found = progress(now=timezone.now())
            for line in lines(found):
                self.stdout.write(line)
            if not follow or found.run is None or found.run.ended_at:
                return
            time.sleep(2)

    def run_here(self) -> None:
        nights.begin_if_due(now=timezone.now())
        run = Run.objects.under_way().filter(stopped_at=None, gathered_at=None).order_by("started_at").first()
        while run and not gather_for(10, run) and not nights.is_stopped(run):
            pass
        while sending.send_for(2, clock=timezone.now):
            self.stdout.write(next(lines(progress(now=timezone.now()))))
        nights.look(now=timezone.now())
        self.show(follow=False)


def lines(found: Progress) -> Iterator[str]:
    run = found.run
    if run is None:
        yield STATES["none"]
        return
    yield (
        f"{found.done}%: {run.queued:,} mails, {run.sent:,} sent, {run.failed:,} failed, {run.withdrawn:,} withdrawn,"
        f" {run.left:,} left, {run.twice:,} perhaps sent twice"
    )
    night = f"{run.night:%Y-%m-%d}" if run.night else "begun by a wrong clock"
    yield f"Run {run.pk}, night {night}. {STATES[found.state]}"
    if run.trouble:
        yield f"Trouble: {run.trouble}"
    for why, count in found.waiting:
        yield f"{count:,} invoices wait for their PDF: {why}"
    for each in found.failures:
        yield f"{each.invoice_id}: {each.message.state}, {each.message.failure_code or ''} {each.message.failure}"
