"""Senders that a test may kill: this process has loaded everything and forks one at each line that it reads.

Its arguments are the database, the mail server, which guard is off ("", "recorded first" or "unmarked"), and the seconds after
which what a sender has claimed is another's.
"""

import os
import sys
import time
from datetime import timedelta
from importlib import import_module

import django
from django.conf import settings


def main(database: str, mail_url: str, without: str, lease: str) -> None:
    settings.DATABASES["default"]["NAME"] = database
    settings.MAIL_URL, settings.DEMO = mail_url, False
    django.setup()
    import_module("sportello.domain.invoice_mail.tasks")  # all that a sender needs is there before it forks

    import_module("sportello.domain.messages.bulk").LEASE = timedelta(seconds=float(lease))
    leave_out(without)
    for _ in sys.stdin:
        if (child := os.fork()) == 0:
            work()
        print(child, flush=True)
        reap()


def reap() -> None:
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def work() -> None:
    """What a worker's jobs do, one after the other."""
    from django.utils import timezone

    from sportello.domain.invoice_mail import nights, sending
    from sportello.domain.invoice_mail.models import Run
    from sportello.domain.invoice_mail.tasks import GATHERER, gather_for

    while True:
        nights.begin_if_due(now=timezone.now())
        with sending.place(GATHERER) as ours:
            run = Run.objects.under_way().filter(gathered_at=None).first()
            if ours and run:
                gather_for(1, run)
        if not sending.send_for(10, clock=timezone.now):
            time.sleep(0.1)


def leave_out(guard: str) -> None:
    from sportello.domain.invoice_mail import sending
    from sportello.domain.messages import bulk

    if guard == "unmarked":
        bulk._CLAIM = bulk._CLAIM.replace("possible_duplicate OR state = 'claimed'", "FALSE")
    if guard == "recorded first":
        real = sending.Poster._outcomes

        def hasty(self, parcels, batch):
            bulk.record(batch, errors=dict.fromkeys(list(batch.messages)), now=self.clock())
            batch.owned = set(batch.messages)
            yield from real(self, parcels, batch)

        sending.Poster._outcomes = hasty


if __name__ == "__main__":
    main(*sys.argv[1:])
