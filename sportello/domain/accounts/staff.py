"""Who works for the company: invited by mail, given roles, switched off; each change is in the journal.

Nobody takes his own roles away or switches himself off: whoever does it to others stays, so there is always an administrator.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from sportello.domain.accounts import links, notices, texts
from sportello.domain.accounts.changes import AddressTaken, NameTaken
from sportello.domain.accounts.models import Link
from sportello.domain.journal.models import Event, record
from sportello.domain.messages.links import Link as Page
from sportello.domain.people.models import Role, Session, User

INVITATION_LIFE = timedelta(days=3)


class Oneself(Exception):
    """Nobody does this to himself."""


class NoAdministrator(Exception):
    """Whoever wants it is no administrator any more."""


class ChangedMeanwhile(Exception):
    """Somebody else has changed the roles that were seen."""


class SwitchedOff(Exception):
    """Whom it is about cannot sign in: he is to be switched on first."""


def members() -> "QuerySet[User]":
    """Everybody with a role, those who are switched off too."""
    return User.objects.exclude(roles=[])


@transaction.atomic
def invite(
    *,
    username: str,
    first_name: str,
    last_name: str,
    email: str,
    language: str,
    roles: Collection[Role],
    by: User,
    now: datetime,
) -> User:
    """A new member of staff, who gets a mail with a link to choose his password: it works once, for three days.

    ``username`` and ``email`` in their one spelling, ``language`` "it" or "en". The same within a minute is the form
    sent twice. Raises NoAdministrator, NameTaken, AddressTaken.
    """
    _administrators(by)
    there = members().filter(username=username, email=email).first()
    if there is not None and _invited_just_now(there, by=by, now=now):
        return there
    if User.objects.filter(email=email).exists():
        raise AddressTaken
    names = {"first_name": first_name, "last_name": last_name}
    try:
        with transaction.atomic():
            person = User.objects.create_user(
                username=username, email=email, language=language, roles=sorted(roles), **names
            )
    except IntegrityError as error:
        raise AddressTaken if User.objects.filter(email=email).exists() else NameTaken from error
    _send_invitation(person, now=now)
    _record("invited", person, by=by, now=now, roles=",".join(sorted(roles)))
    return person


@transaction.atomic
def invite_again(number: int, *, by: User, now: datetime) -> User:
    """Another link for who has none any more, or never found the first, which stops working. Raises NoAdministrator,
    SwitchedOff, Oneself."""
    person = _another(number, by=by)
    if not person.is_active:
        raise SwitchedOff
    if not _invited_just_now(person, by=by, now=now):
        _send_invitation(person, now=now)
        _record("invited", person, by=by, now=now)
    return person


@transaction.atomic
def set_roles(number: int, *, roles: Collection[Role], seen: Collection[str], by: User, now: datetime) -> User:
    """Gives a person just these roles, one at least, from his next request on; ``seen`` are those that he had on the page.

    Raises NoAdministrator, Oneself, ChangedMeanwhile.
    """
    person = _another(number, by=by)
    wanted, before = sorted(roles), sorted(person.roles)
    if wanted == before:
        return person
    if sorted(seen) != before:
        raise ChangedMeanwhile
    if not wanted:
        raise ValueError("a member of staff without a role is switched off instead")
    person.roles = wanted
    person.save(update_fields=["roles"])
    _record("roles_changed", person, by=by, now=now, before=",".join(before), after=",".join(wanted))
    return person


@transaction.atomic
def switch_off(number: int, *, by: User, now: datetime) -> User:
    """From his next request on he is out: no session, no link that was sent to him. Raises NoAdministrator, Oneself."""
    person = _another(number, by=by)
    if person.is_active:
        person.is_active = False
        person.save(update_fields=["is_active"])
        links.burn_all(person, now=now)
        _end_sessions(person)
        _record("switched_off", person, by=by, now=now)
    return person


@transaction.atomic
def switch_on(number: int, *, by: User, now: datetime) -> User:
    """He may sign in again, as he did before. Raises NoAdministrator, Oneself."""
    person = _another(number, by=by)
    if not person.is_active:
        person.is_active = True
        person.save(update_fields=["is_active"])
        _record("switched_on", person, by=by, now=now)
    return person


@transaction.atomic
def reset_second_factor(number: int, *, by: User, now: datetime) -> User:
    """Takes away all that a person signs in with besides his password; he sets up another one when he signs in next, and is
    told of it. His sessions end. Raises NoAdministrator, Oneself."""
    person = _another(number, by=by)
    if Authenticator.objects.filter(user=person).delete()[0]:
        _end_sessions(person)
        _record("second_factor_reset", person, by=by, now=now)
        with translation.override(person.language):
            what = _("the second step of signing in was reset by an administrator")
        values = {"when": notices.when(now), "what": what}
        notices.tell(person, texts.ACCESS_CHANGED, now=now, values=values, page=Page("forgot_password"))
    return person


def _administrators(by: User) -> None:
    """Takes changes of staff one after the other. Raises NoAdministrator where ``by`` is none by now."""
    there = User.objects.select_for_update().filter(roles__contains=[Role.ADMINISTRATOR], is_active=True).order_by("pk")
    if by.pk not in {each.pk for each in there}:
        raise NoAdministrator


def _another(number: int, *, by: User) -> User:
    """Somebody else, whom nobody changes until the transaction ends."""
    _administrators(by)
    if number == by.pk:
        raise Oneself
    return members().select_for_update().get(pk=number)


def _send_invitation(person: User, *, now: datetime) -> None:
    life = INVITATION_LIFE
    token = links.make(person, purpose=Link.Purpose.RECOVERY, now=now, life=life, identity_proven=True)
    notices.mailed(
        texts.STAFF_INVITED,
        to=person.email,
        name=person.get_full_name(),
        language=person.language,
        values={"username": person.username, "until": notices.when(now + life)},
        now=now,
        page=Page("choose_password", {"token": token}),
        about=("user", str(person.pk)),
    )


def _invited_just_now(person: User, *, by: User, now: datetime) -> bool:
    mine = Event.objects.about("user", str(person.pk)).filter(name="accounts.invited", actor=by)
    return mine.filter(at__gt=now - links.AT_ONCE).exists()


def _end_sessions(person: User) -> None:
    Session.objects.filter(person=person).delete()
    UserSession.objects.filter(user=person).delete()


def _record(what: str, person: User, *, by: User, now: datetime, **detail: str) -> None:
    record(f"accounts.{what}", now=now, actor_id=by.pk, about=("user", str(person.pk)), **detail)
