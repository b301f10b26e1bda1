"""A forgotten password: a link or a letter's code, then what the policy asks besides, then a new password.

The question only ever subtracts access: it is shown to the link's holder alone, and a right answer without a link opens
nothing. OWASP ASVS 5.0 forbids secret questions (6.4.2); ``RECOVERY_POLICY=link`` does without.
"""

import hmac
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.db import transaction

from sportello.domain.accounts import answers, links, notices, texts
from sportello.domain.accounts.models import Link, SavedCode
from sportello.domain.journal.models import record
from sportello.domain.messages.links import Link as Page
from sportello.domain.people import printed_codes
from sportello.domain.people.models import User, normalise_username

WRONG_ANSWERS = 5
POST_LIFE = timedelta(days=30)
POST_PAUSE = timedelta(days=7)  # between two letters, which cost money and a walk


class WrongAnswer(Exception):
    """Not the answer or saved code; ``left`` tries remain before the link stops working."""

    def __init__(self, left: int) -> None:
        super().__init__("wrong answer")
        self.left = left


def find_user(identifier: str) -> User | None:
    """Who has this user name or proven address; compared to the letter, so that look-alikes find nobody.

    Asks the same whoever it finds. A person is written to at the address he has proven, never at what was typed.
    """
    typed = identifier.strip()
    if "\x00" in typed:
        return None
    named = User.objects.filter(username=normalise_username(typed), is_active=True).first()
    addressed = User.objects.filter(email=typed.lower(), is_active=True).exclude(email="").first()
    return named or addressed


@transaction.atomic
def begin(user: User, *, by_post: bool, now: datetime, operator_id: int | None = None, proof: str = "") -> bool:
    """Sends a link to the person's own address, or a code by post; says whether there was an address to send it to.

    With an operator, who says in ``proof`` how he made sure of the person, nothing more will be asked.
    """
    person = User.objects.locked(user.pk)
    by_mail = bool(person.email) and not by_post
    channel = Link.Channel.MAIL if by_mail else Link.Channel.POST
    if operator_id is None and is_under_way(person, channel=channel, now=now):
        return True
    proven = operator_id is not None
    sent = send_link(person, now=now, proven=proven) if by_mail else send_code(person, now=now, proven=proven)
    if not sent:
        return False
    detail = {"channel": channel.value} | ({"proof": proof} if proven else {})
    record("accounts.recovery_started", now=now, actor_id=operator_id, about=("user", str(person.pk)), **detail)
    return True


def is_under_way(user: User, *, channel: Link.Channel, now: datetime) -> bool:
    pause = links.AT_ONCE if channel == Link.Channel.MAIL else POST_PAUSE
    usable = Link.objects.usable(now).filter(user=user, purpose=Link.Purpose.RECOVERY, channel=channel)
    return usable.filter(made_at__gt=now - pause).exists()


def send_link(user: User, *, now: datetime, proven: bool) -> bool:
    """Writes a mail with a link; says whether his address is one."""
    purpose = Link.Purpose.RECOVERY
    token = links.make(user, purpose=purpose, now=now, life=links.RECOVERY_LIFE, identity_proven=proven)
    return notices.mailed(
        texts.RECOVERY_LINK,
        to=user.email,
        name=user.get_full_name(),
        language=user.language,
        values={"username": user.username},
        now=now,
        page=Page("choose_password", {"token": token}),
        about=("user", str(user.pk)),
    )


def send_code(user: User, *, now: datetime, proven: bool) -> bool:
    """Writes a letter with a code to the address billing knows; says whether there was one."""
    code, until = printed_codes.make(), now + POST_LIFE
    values = {
        "username": user.username,
        "code": printed_codes.shown(code),
        "until": notices.day(until),
        "page": Page("recovery_code").url,
    }
    if not notices.post(user, texts.RECOVERY_CODE, now=now, values=values):
        return False
    links.burn(user, purpose=Link.Purpose.RECOVERY, channel=Link.Channel.POST, now=now)
    Link.objects.create(
        user=user,
        purpose=Link.Purpose.RECOVERY,
        channel=Link.Channel.POST,
        digest=printed_codes.digest(code),
        made_at=now,
        expires_at=until,
        identity_proven=proven,
    )
    return True


def number_of(token: str) -> int:
    """The number of a mail's link, dead or alive; 0 where there never was one."""
    known = Link.objects.filter(digest=links.digest(token), purpose=Link.Purpose.RECOVERY)
    return known.values_list("pk", flat=True).first() or 0


def link_of_code(code: str, *, username: str, now: datetime) -> Link:
    """The usable recovery link of a letter's code, for the login it was sent for. Raises DeadLink, MistypedCode."""
    digests = printed_codes.digests(printed_codes.read(code))
    link = links.find(digests, purpose=Link.Purpose.RECOVERY, now=now)
    if link.user.username != normalise_username(username):
        raise links.DeadLink
    return link


def link_numbered(number: int, *, now: datetime) -> Link:
    """The usable recovery link of this number. Looking at it uses nothing up. Raises DeadLink."""
    link = Link.objects.usable(now).filter(pk=number, purpose=Link.Purpose.RECOVERY).select_related("user").first()
    if link is None or not link.user.is_active:
        raise links.DeadLink
    return link


def asks_of(user: User) -> str:
    """What the policy wants of this person besides the link: "question", "saved code", or "" for nothing.

    Staff have no question: their second factor is asked at sign-in all the same.
    """
    if settings.RECOVERY_POLICY == "link" or user.is_staff:
        return ""
    return "question" if settings.RECOVERY_POLICY == "link+question" else "saved code"


def asked_by(link: Link) -> str:
    """What this link's form asks for: as the policy says, but nothing where an operator has made sure of the person."""
    return "" if link.identity_proven else asks_of(link.user)


def choose_password(link_id: int, *, proof: str, password: str, now: datetime) -> User:
    """Sets a new password through a link; every session ends, and the person is told at every address.

    Raises DeadLink, WrongAnswer, or ValidationError for a password that is too weak (nothing is used up then).
    """
    with transaction.atomic():
        # The person is read once the link is ours: who waited for it sees the password that was just set.
        link = Link.objects.select_for_update().filter(pk=link_id, purpose=Link.Purpose.RECOVERY).first()
        if link is None or not link.user.is_active:
            raise links.DeadLink
        if link.used_at and link.used_at > now - links.AT_ONCE and link.user.check_password(password):
            return link.user
        if link.used_at or link.burnt_at or link.expires_at <= now:
            raise links.DeadLink
        validate_password(password, link.user)
        if is_proof(link, proof):
            use(link, password=password, now=now)
            return link.user
        left = count_wrong_answer(link, proof, now=now)
    raise WrongAnswer(left)


def is_proof(link: Link, proof: str) -> bool:
    match asked_by(link):
        case "question":
            return answers.is_answer(link.user, proof)
        case "saved code":
            return SavedCode.objects.filter(user=link.user, digest__in=saved_digests(proof)).exists()
        case _:
            return True


def saved_digests(typed: str) -> list[str]:
    try:
        return printed_codes.digests(printed_codes.read(typed))
    except printed_codes.MistypedCode:
        return []


def use(link: Link, *, password: str, now: datetime) -> None:
    """Nothing survives it: no session, no other link, no address that waits for its proof."""
    user = User.objects.locked(link.user_id)
    link.used_at, link.last_wrong = now, ""
    link.save(update_fields=["used_at", "last_wrong"])
    links.burn_all(user, now=now)
    if asked_by(link) == "saved code":
        SavedCode.objects.filter(user=user).delete()
    # Sessions hold a hash of the password they were opened with: all of them end here.
    user.set_password(password)
    user.save(update_fields=["password"])
    record("accounts.password_recovered", now=now, about=("user", str(user.pk)))
    notices.tell(
        user, texts.PASSWORD_CHANGED, now=now, values={"when": notices.when(now)}, page=Page("forgot_password")
    )


def count_wrong_answer(link: Link, proof: str, *, now: datetime) -> int:
    """Tries left; with the last one the link stops working and the person is told. The same answer again counts once."""
    text = f"{link.digest}:{answers.normalise(proof)}"
    wrong = hmac.new(settings.SECRET_KEY.encode(), text.encode(), "sha256").hexdigest()
    if wrong != link.last_wrong:
        link.wrong_answers += 1
        link.last_wrong = wrong
    left = WRONG_ANSWERS - link.wrong_answers
    if left <= 0:
        link.burnt_at, link.last_wrong = now, ""
        notices.tell(
            link.user, texts.RECOVERY_BLOCKED, now=now, values={"when": notices.when(now)}, page=Page("forgot_password")
        )
        record("accounts.recovery_blocked", now=now, about=("user", str(link.user.pk)))
    link.save(update_fields=["wrong_answers", "burnt_at", "last_wrong"])
    return max(left, 0)


def new_saved_code(user: User, *, seed: str, now: datetime) -> str:
    """The code of a random ``seed`` becomes the one that the person keeps; the one before stops working.

    The seed gives the same code again for as long as somebody holds it, so that it can be shown without being kept.
    """
    code = printed_codes.derived(seed)
    SavedCode.objects.update_or_create(user=user, defaults={"digest": printed_codes.digest(code), "made_at": now})
    return code


def saved_code_of(user: User, *, seed: str) -> str:
    """The code of this seed, if it is still the one that the person keeps; else ""."""
    code = printed_codes.derived(seed)
    return code if SavedCode.objects.filter(user=user, digest__in=printed_codes.digests(code)).exists() else ""
