"""Brings database, billing and mirror to where the demo can be shown; each step does only what is not done yet."""

import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sportello.demo.protagonists import Protagonist

if TYPE_CHECKING:
    from sportello.demo.company import Company

ROME = ZoneInfo("Europe/Rome")
Say = Callable[[str], None]
RULES_FROM = date(2025, 1, 1)
# Water can be read on any day. Of LPG from the network, nothing is taken outside the window.
READING_RULES: dict[str, dict[str, Any]] = {
    "gas": {"opens_day": 20, "closes_day": 31},
    "electricity": {"opens_day": 20, "closes_day": 31},
    "lpg": {"opens_day": 25, "closes_day": 28, "outside": "refuse"},
    "water": {"allow_equal": True},
}


def prepare(
    *, billing: str, var: Path, say: Say, stack: ExitStack, invent: "Callable[[date], Company] | None" = None
) -> list[dict[str, Any]]:
    """Migrates, fills, aligns and makes the logins; returns the cast, which is also in ``var/cast.json``.

    ``invent`` makes the company of a day, where it is not to be that of ``make demo``.
    """
    if billing == "sap":
        # Django's settings need the mock server's address.
        from sportello.demo import sap

        _, address = sap.serve(var=var, today=datetime.now(ROME).date(), say=say, stack=stack)
        os.environ.update(address)

    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connections
    from django.utils import timezone

    from sportello.demo import logins
    from sportello.demo.protagonists import PROTAGONISTS

    say("Preparing the database ...")
    call_command("migrate", verbosity=0, interactive=False)
    if billing == "embedded":
        fill_embedded(say, invent)
    else:
        read_cast(PROTAGONISTS)
    write_rules()
    cast = logins.make(PROTAGONISTS, now=timezone.now())
    if billing == "embedded":  # SAP knows no web codes, and judges no readings
        from sportello.demo import asked, given
        from sportello.demo.company import SEED

        given.give(today=timezone.localdate(), clock=timezone.now)
        asked.ask(today=timezone.localdate(), seed=SEED)
        cast += logins.newcomers()
    logins.write(cast, var / "cast.json")
    connections.close_all()
    return cast


def fill_embedded(say: Say, invent: "Callable[[date], Company] | None" = None) -> None:
    from django.core.management import call_command
    from django.utils import timezone

    from sportello.connectors.embedded.loading import is_empty
    from sportello.demo import company
    from sportello.demo.filling import fill_embedded as fill
    from sportello.domain.customers.models import Feed

    call_command("migrate", database="billing", verbosity=0, interactive=False)
    if is_empty():
        say("Inventing a company with three years of invoices ...")
        today = timezone.localdate()
        fill(invent(today) if invent else company.build(today=today))
    if not Feed.objects.filter(as_of__isnull=False).exists():
        call_command("align")


def write_rules() -> None:
    """How this company judges readings; what is not said here is as everywhere."""
    from sportello.domain.activities.models import ReadingRules

    for service, rules in READING_RULES.items():
        ReadingRules.objects.get_or_create(service=service, valid_from=RULES_FROM, defaults=rules)


def read_cast(cast: Sequence[Protagonist]) -> None:
    """Reads for the first time the customers that somebody signs in for; the others are nobody's yet."""
    from django.conf import settings
    from django.utils import timezone

    from sportello.billing.loading import connector
    from sportello.domain.customers.alignment import refresh
    from sportello.domain.customers.models import Customer

    codes = {code for person in cast for code in person.customer_codes}
    known = set(Customer.objects.filter(code__in=codes).values_list("code", flat=True))
    for code in sorted(codes - known):
        refresh(billing=connector(settings.BILLING_CONNECTOR), customer_code=code, now=timezone.now())
