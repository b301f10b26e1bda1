"""How often something was tried of late, counted in the database so that every process counts together."""

from datetime import datetime, timedelta
from hashlib import sha256

from django.db import connection, models


class TooManyTries(Exception):
    """Come back later: ``retry_after`` is in seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("too many tries")
        self.retry_after = retry_after


class Throttle(models.Model):
    """Tries of one thing by one key within one window; the key only as a hash."""

    scope = models.CharField(max_length=40)
    key = models.CharField(max_length=64)
    window_ends_at = models.DateTimeField()
    tries = models.IntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scope", "key"], name="one_count_a_key")]
        indexes = [models.Index(fields=["window_ends_at"], name="throttle_ended")]


def hashed(scope: str, key: str) -> str:
    return sha256(f"{scope}:{key}".encode()).hexdigest()


def count(scope: str, key: str, *, limit: int, window: timedelta, now: datetime, amount: int = 1) -> None:
    """Counts one try, or as much as it weighs. Raises TooManyTries beyond ``limit`` within ``window``, which begins with the
    first try."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [scope, hashed(scope, key), now + window, amount, now, now])
        tries, window_ends_at = cursor.fetchone()
    if tries > limit:
        raise TooManyTries(max(1, round((window_ends_at - now).total_seconds())))


COUNT = """
    INSERT INTO accounts_throttle AS kept (scope, key, window_ends_at, tries) VALUES (%s, %s, %s, %s)
    ON CONFLICT (scope, key) DO UPDATE SET
        tries = CASE WHEN kept.window_ends_at <= %s THEN excluded.tries ELSE kept.tries + excluded.tries END,
        window_ends_at = CASE WHEN kept.window_ends_at <= %s THEN excluded.window_ends_at ELSE kept.window_ends_at END
    RETURNING tries, window_ends_at
"""


def give_back(scope: str, key: str) -> None:
    """Takes one try back, which has turned out right; whoever mixes right ones with wrong ones gains nothing by it."""
    Throttle.objects.filter(scope=scope, key=hashed(scope, key), tries__gt=0).update(tries=models.F("tries") - 1)


def forget(scope: str, key: str) -> None:
    """Takes all tries back, after a success that proves that they were the person's own."""
    Throttle.objects.filter(scope=scope, key=hashed(scope, key)).delete()


def sweep(now: datetime) -> int:
    """Removes counts whose window has ended; returns how many."""
    return Throttle.objects.filter(window_ends_at__lte=now).delete()[0]
