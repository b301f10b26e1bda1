"""Making and knowing again links that work once; the token goes out, only its digest stays."""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256

from sportello.domain.accounts.models import Link
from sportello.domain.people.models import User

RECOVERY_LIFE = timedelta(minutes=60)  # greylisting must not outlast it
EMAIL_LIFE = timedelta(hours=24)
AT_ONCE = timedelta(minutes=1)  # within which the same wish is a form sent twice


class DeadLink(Exception):
    """The link was used, has expired, was replaced by a newer one, or never existed. Never said which."""


def digest(token: str) -> str:
    """Of a token of 256 random bits, so that no key is needed."""
    return sha256(token.encode()).hexdigest()


def make(
    user: User,
    *,
    purpose: Link.Purpose,
    now: datetime,
    life: timedelta,
    email: str = "",
    identity_proven: bool = False,
) -> str:
    """The token of a new link for a mail; earlier ones of the same purpose stop working."""
    burn(user, purpose=purpose, channel=Link.Channel.MAIL, now=now)
    token = secrets.token_urlsafe(32)
    Link.objects.create(
        user=user,
        purpose=purpose,
        channel=Link.Channel.MAIL,
        digest=digest(token),
        email=email,
        made_at=now,
        expires_at=now + life,
        identity_proven=identity_proven,
    )
    return token


def burn(user: User, *, purpose: Link.Purpose, now: datetime, channel: Link.Channel | None = None) -> None:
    """Makes a person's links stop working; where a channel is named, only those that went that way."""
    links = Link.objects.usable(now).filter(user=user, purpose=purpose)
    if channel is not None:
        links = links.filter(channel=channel)
    links.update(burnt_at=now, last_wrong="")


def burn_all(user: User, *, now: datetime) -> None:
    """Nothing that was sent out before a new password may change anything after it."""
    for purpose in Link.Purpose:
        burn(user, purpose=purpose, now=now)


def just_made(user: User, *, purpose: Link.Purpose, channel: Link.Channel, now: datetime, email: str = "") -> bool:
    made = Link.objects.usable(now).filter(user=user, purpose=purpose, channel=channel, email=email)
    return made.filter(made_at__gt=now - AT_ONCE).exists()


def find(digests: list[str], *, purpose: Link.Purpose, now: datetime) -> Link:
    """The usable link of one of these digests. Raises DeadLink."""
    link = Link.objects.usable(now).filter(purpose=purpose, digest__in=digests).select_related("user").first()
    if link is None or not link.user.is_active:
        raise DeadLink
    return link
