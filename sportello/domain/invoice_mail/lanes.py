"""In which lane a mail waits, and how many of each may go now: one bucket for each bounded domain, shared by all workers.

A domain without a bound stands in the common lane, so that however many wait for a slow domain, nobody passes over them
to find the others.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.db import connection, transaction

from sportello.domain.invoice_mail.models import Bucket, Rate
from sportello.domain.journal.models import record
from sportello.domain.messages.addresses import WrongAddress, ascii_domain
from sportello.domain.messages.models import OPEN, Message

COMMON: Final = "invoices"
AT_ONCE: Final = "invoices.now"  # what somebody has asked for: neither quiet hours nor a stopped run hold it back
OF_DOMAIN: Final = "invoices/"
TOGETHER: Final = ""  # the bucket of all of a run together
HELD: Final = 15.0  # seconds' worth of mails that a bucket holds at most


def lane_of(address: str, bounded: Mapping[str, int]) -> str:
    domain = address.rpartition("@")[2].lower()
    return f"{OF_DOMAIN}{domain}" if domain in bounded else COMMON


# What has come in since it was looked at last; nothing where the clock went back.
_FILL = """
    INSERT INTO invoice_mail_bucket AS bucket (domain, tokens, filled_at) VALUES (%(domain)s, %(held)s, %(now)s)
    ON CONFLICT (domain) DO UPDATE SET filled_at = %(now)s, tokens = least(
        %(held)s, bucket.tokens + greatest(extract(epoch FROM %(now)s - bucket.filled_at), 0) * %(per_second)s
    )
    RETURNING tokens
"""
_SPEND = "UPDATE invoice_mail_bucket SET tokens = tokens - %(count)s WHERE domain = %(domain)s"


def take(domain: str, *, per_minute: int, wanted: int, now: datetime) -> int:
    """How many mails may go to ``domain`` now, ``wanted`` at most; they count as gone.

    In a transaction: until it ends no other worker takes from this bucket. What is not used is given back by ``give_back``.
    """
    held = max(1.0, per_minute / 60 * HELD)
    values: dict[str, Any] = {"domain": domain, "held": held, "now": now, "per_second": per_minute / 60}
    with connection.cursor() as cursor:
        cursor.execute(_FILL, values)
        (tokens,) = cursor.fetchone() or (0.0,)
        granted = min(wanted, int(tokens))
        cursor.execute(_SPEND, {"domain": domain, "count": granted})
    return granted


def give_back(domain: str, count: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_SPEND, {"domain": domain, "count": -count})


class WrongDomain(ValueError):
    """Not a domain that mail can go to."""


@transaction.atomic
def set_rate(domain: str, *, per_minute: int | None, by_id: int | None, now: datetime) -> Rate:
    """From now on so many mails a minute to this domain, None for as many as there are; what waits changes its lane.

    The same again changes nothing. Raises ``WrongDomain``.
    """
    try:
        name = ascii_domain(domain.strip().rstrip("."))
    except WrongAddress as error:
        raise WrongDomain(domain) from error
    if "." not in name:
        raise WrongDomain(domain)
    _one_at_a_time()
    newest = Rate.objects.filter(domain=name, since__lte=now).order_by("-since", "-pk").first()
    if newest and newest.per_minute == per_minute:
        return newest
    rate = Rate.objects.create(domain=name, per_minute=per_minute, since=now, by_id=by_id)
    Bucket.objects.filter(domain=name).delete()
    to = f"{OF_DOMAIN}{name}" if per_minute else COMMON
    waiting = Message.objects.filter(lane__in={COMMON, f"{OF_DOMAIN}{name}"} - {to}, state__in=OPEN)
    waiting.filter(address__iendswith=f"@{name}").update(lane=to)
    record(
        "invoice_mail.rate_set",
        now=now,
        actor_id=by_id,
        about=("invoice_mail", name),
        domain=name,
        per_minute=per_minute,
    )
    return rate


def _one_at_a_time() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('invoice_mail:rates', 0))")
