"""Run as a program: the billing office at work in the embedded billing, so that there is something to align.

``issue SUPPLY …`` issues one invoice each; ``go-on SECONDS PAUSE`` issues and pays until that many seconds are over.
"""

import sys
import time
from decimal import Decimal


def main(verb: str, *words: str) -> None:
    import django

    django.setup()
    if verb == "issue":
        for code in words:
            issue(code)
    else:
        go_on(seconds=float(words[0]), pause=float(words[1]))


def issue(code: str) -> str:
    from django.utils import timezone

    from sportello.connectors.embedded import issuing

    invoice = issuing.issue(
        supply_codes=[code],
        issued_on=timezone.localdate(),
        amount=Decimal("42.00"),
        consumption=Decimal(10),
        due_on=None,
    )
    return invoice.code


def go_on(*, seconds: float, pause: float) -> None:
    from django.utils import timezone

    from sportello.connectors.embedded import models, paying

    until = time.monotonic() + seconds
    codes = list(models.Supply.objects.filter(status="active").order_by("code").values_list("code", flat=True)[:2000])
    done = 0
    while time.monotonic() < until:
        number = issue(codes[done % len(codes)])
        paying.pay(invoice_number=number, paid_on=timezone.localdate(), amount=None, channel="transfer")
        done += 1
        time.sleep(pause)
    sys.stdout.write(f"{done} invoices issued and paid\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
