"""What people change of their own access; each change is in the journal and told to every address.

The same wish again, as from a form sent twice, changes nothing and is told to nobody.
"""

from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.db import IntegrityError, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from sportello.domain.accounts import answers, links, notices, recovery, texts
from sportello.domain.accounts.models import FormerEmail, Link
from sportello.domain.accounts.spelling import checked_email, checked_username
from sportello.domain.customers.models import Customer
from sportello.domain.journal.models import record
from sportello.domain.messages.links import Link as Page
from sportello.domain.messages.writing import write
from sportello.domain.people.models import User

FORMER = notices.FORMER_FOR


class NameTaken(Exception):
    """Another login has this user name."""


class AddressTaken(Exception):
    """Another login has proven this address."""


def known_of(user: User) -> list[str | None]:
    """What others may know of a person: not fit for an answer."""
    known: list[str | None] = [user.username, user.first_name, user.last_name, user.get_full_name(), user.email]
    for customer in Customer.objects.within_reach_of(user):
        known += known_of_customer(customer)
    return known


def known_of_customer(customer: Customer) -> list[str | None]:
    """What stands on a customer's bills, or is known to who knows him."""
    known = [
        customer.code,
        customer.first_name,
        customer.last_name,
        customer.name,
        customer.tax_code,
        customer.vat_number,
        customer.municipality,
        customer.street,
        customer.short_address,
        customer.phone,
        customer.email,
    ]
    if customer.birth_date:
        known += [f"{customer.birth_date:{pattern}}" for pattern in ("%Y", "%d%m%Y", "%d%m%y", "%Y%m%d")]
    for supply in customer.supplies.values_list("point_code", "municipality", "street"):
        known += supply
    return known


@transaction.atomic
def change_password(user: User, *, password: str, now: datetime) -> None:
    """Raises ValidationError for a password that is too weak. The caller keeps his own session alive."""
    validate_password(password, user)
    present = User.objects.locked(user.pk)
    if not present.check_password(password):
        present.set_password(password)
        present.save(update_fields=["password"])
        links.burn_all(present, now=now)
        record("accounts.password_changed", now=now, actor_id=user.pk, about=("user", str(user.pk)))
        notices.tell(
            present, texts.PASSWORD_CHANGED, now=now, values={"when": notices.when(now)}, page=Page("forgot_password")
        )
    user.password = present.password


@transaction.atomic
def change_username(user: User, *, username: str, now: datetime) -> None:
    """Raises WrongName, NameTaken."""
    name = checked_username(username)
    present = User.objects.locked(user.pk)
    if present.username == name:
        return
    present.username = name
    try:
        with transaction.atomic():
            present.save(update_fields=["username"])
    except IntegrityError as error:
        raise NameTaken from error
    _changed(present, "username", now=now)


@transaction.atomic
def change_question(user: User, *, key: str, own_words: str, answer: str, now: datetime) -> None:
    """Raises WeakAnswer."""
    present = User.objects.locked(user.pk)
    if answers.is_set(present, key=key, own_words=own_words, answer=answer):
        return
    answers.set_question(present, key=key, own_words=own_words, answer=answer, known=known_of(present), now=now)
    _changed(present, "question", now=now)


@transaction.atomic
def change_saved_code(user: User, *, seed: str, now: datetime) -> str:
    """The code of a random ``seed``, to be shown this once; the one before stops working."""
    present = User.objects.locked(user.pk)
    code = recovery.saved_code_of(present, seed=seed)
    if not code:
        code = recovery.new_saved_code(present, seed=seed, now=now)
        _changed(present, "saved_code", now=now)
    return code


@transaction.atomic
def ask_for_proof(user: User, *, email: str, now: datetime) -> None:
    """Writes to a new address, which becomes the person's only when he opens the link in it. Raises WrongAddress."""
    address = checked_email(email)
    present = User.objects.locked(user.pk)
    if links.just_made(present, purpose=Link.Purpose.EMAIL, channel=Link.Channel.MAIL, email=address, now=now):
        return
    token = links.make(present, purpose=Link.Purpose.EMAIL, now=now, life=links.EMAIL_LIFE, email=address)
    write(
        texts.PROVE_EMAIL,
        to=address,
        name=present.get_full_name(),
        language=present.language,
        values={"username": present.username},
        now=now,
        link=Page("prove_email", {"token": token}),
        about=("user", str(user.pk)),
    )
    record("accounts.email_asked", now=now, actor_id=user.pk, about=("user", str(user.pk)))


def awaiting_proof(user: User, *, now: datetime) -> str:
    """The address that has been written to and not been proven yet, "" where there is none."""
    asked = Link.objects.usable(now).filter(user=user, purpose=Link.Purpose.EMAIL).order_by("-made_at")
    return asked.values_list("email", flat=True).first() or ""


def link_of_proof(token: str, *, now: datetime) -> Link:
    """The usable link of a mail that asks for proof. Looking at it uses nothing up. Raises DeadLink."""
    return links.find([links.digest(token)], purpose=Link.Purpose.EMAIL, now=now)


@transaction.atomic
def prove_email(token: str, *, now: datetime) -> User:
    """Takes the address of a link as the person's; old and new address are told. Raises DeadLink, AddressTaken."""
    known = Link.objects.filter(digest=links.digest(token), purpose=Link.Purpose.EMAIL)
    link = known.select_for_update().first()
    if link is None or not link.user.is_active:
        raise links.DeadLink
    user = User.objects.locked(link.user_id)
    if link.used_at and link.used_at > now - links.AT_ONCE and user.email == link.email:
        return user
    if link.used_at or link.burnt_at or link.expires_at <= now:
        raise links.DeadLink
    _take_email(user, link.email, now=now)
    link.used_at = now
    link.save(update_fields=["used_at"])
    return user


@transaction.atomic
def remove_email(user: User, *, now: datetime) -> None:
    """From then on letters are written instead; the address is told, for thirty days of later changes too."""
    present = User.objects.locked(user.pk)
    links.burn(present, purpose=Link.Purpose.EMAIL, now=now)
    if present.email:
        _take_email(present, "", now=now)


def _take_email(user: User, email: str, *, now: datetime) -> None:
    if user.email == email:
        return
    if user.email:
        FormerEmail.objects.create(user=user, email=user.email, until=now + FORMER)
    user.email = email
    try:
        with transaction.atomic():
            user.save(update_fields=["email"])
    except IntegrityError as error:
        raise AddressTaken from error
    # What went to the old address must not open the login of who has left it.
    links.burn(user, purpose=Link.Purpose.RECOVERY, channel=Link.Channel.MAIL, now=now)
    _changed(user, "email", now=now)


def _changed(user: User, what: str, *, now: datetime) -> None:
    record(f"accounts.{what}_changed", now=now, actor_id=user.pk, about=("user", str(user.pk)))
    with translation.override(user.language):
        words = {
            "username": _("the user name"),
            "question": _("the secret question"),
            "saved_code": _("the saved code"),
            "email": _("the e-mail address"),
        }[what]
    notices.tell(
        user,
        texts.ACCESS_CHANGED,
        now=now,
        values={"when": notices.when(now), "what": words},
        page=Page("forgot_password"),
    )
