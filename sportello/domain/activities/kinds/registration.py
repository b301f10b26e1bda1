"""First access: who holds an invoice's web code gets a login, or adds the customer to the one he has.

An activity without a billing command, executed in the transaction that lets the person in.
"""

from dataclasses import dataclass, field
from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.db import IntegrityError, transaction

from sportello.domain.accounts import answers, changes, notices, recovery, texts, web_codes
from sportello.domain.accounts.changes import NameTaken
from sportello.domain.accounts.spelling import checked_username
from sportello.domain.accounts.web_codes import Claim, NotRecognised
from sportello.domain.activities.models import Activity, ActivityKind, Channel, Status, next_number
from sportello.domain.customers.models import Customer
from sportello.domain.journal.models import record
from sportello.domain.people.models import User


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLogin:
    """What a person chooses at his first access. ``question_key`` is one of the list, "" for his own words.

    ``saved_code_seed`` is random; the code to keep, where the recovery policy wants one, is the one of this seed.
    """

    username: str
    password: str = field(repr=False)
    email: str = ""
    question_key: str = ""
    own_words: str = field(default="", repr=False)
    answer: str = field(default="", repr=False)
    saved_code_seed: str = field(default="", repr=False)
    language: str = "it"


def register(claim: Claim, *, chosen: NewLogin, now: datetime) -> Activity:
    """Makes the login, all or nothing. The same again, as from a form sent twice, gives what the first time gave.

    Raises NotRecognised where the code has been used meanwhile, WrongName, NameTaken, WrongAddress, WeakAnswer, or
    ValidationError for a password that is too weak.
    """
    try:
        return _register(claim, chosen=chosen, now=now)
    except (NotRecognised, NameTaken):
        done = _done_before(claim, chosen)
        if done is None:
            raise
        return done


@transaction.atomic
def _register(claim: Claim, *, chosen: NewLogin, now: datetime) -> Activity:
    customer = Customer.objects.get(code=claim.customer_code)
    user = new_user(customer, chosen)
    activity = let_in(user, claim, customer=customer, now=now)
    asked = recovery.asks_of(user)
    if asked == "question":
        answers.set_question(
            user,
            key=chosen.question_key,
            own_words=chosen.own_words,
            answer=chosen.answer,
            known=[*changes.known_of(user), chosen.email],
            now=now,
        )
    if asked == "saved code":
        recovery.new_saved_code(user, seed=chosen.saved_code_seed, now=now)
    if chosen.email:
        changes.ask_for_proof(user, email=chosen.email, now=now)
    return activity


def _done_before(claim: Claim, chosen: NewLogin) -> Activity | None:
    """The registration that this very person has made with this code, by the name and password that he chooses now."""
    user = web_codes.used_by(claim)
    if user is None or user.username != checked_username(chosen.username) or not user.check_password(chosen.password):
        return None
    return _registration_of(user, claim)


def _registration_of(user: User, claim: Claim) -> Activity | None:
    made = Activity.objects.filter(kind=ActivityKind.REGISTRATION, customer_id=claim.customer_code, opened_by=user)
    return made.order_by("-opened_at", "-id").first()


def add_customer(claim: Claim, *, user: User, now: datetime) -> Activity:
    """Lets a person who has a login see a further customer; the same again gives what the first time gave.

    Raises NotRecognised.
    """
    try:
        with transaction.atomic():
            return let_in(user, claim, customer=Customer.objects.get(code=claim.customer_code), now=now)
    except NotRecognised:
        done = _registration_of(user, claim) if web_codes.used_by(claim) == user else None
        if done is None:
            raise
        return done


def person_of(customer: Customer, chosen: NewLogin) -> User:
    """Who the login will be; nothing is written."""
    return User(
        username=checked_username(chosen.username),
        first_name=customer.first_name,
        last_name=(customer.last_name or customer.company_name)[:150],
        email=chosen.email,
    )


def is_weak_answer(claim: Claim, chosen: NewLogin) -> bool:
    """Whether the answer would be refused; for telling it together with what else is wrong."""
    customer = Customer.objects.get(code=claim.customer_code)
    known = [chosen.username, chosen.email, chosen.own_words, *changes.known_of_customer(customer)]
    return answers.is_weak(chosen.answer, known=known)


def check_password(claim: Claim, chosen: NewLogin) -> None:
    """Raises ValidationError for a password that would be refused."""
    validate_password(chosen.password, person_of(Customer.objects.get(code=claim.customer_code), chosen))


def new_user(customer: Customer, chosen: NewLogin) -> User:
    person = person_of(customer, chosen)
    validate_password(chosen.password, person)
    try:
        with transaction.atomic():
            return User.objects.create_user(
                username=person.username,
                password=chosen.password,
                first_name=person.first_name,
                last_name=person.last_name,
                language=chosen.language,
            )
    except IntegrityError as error:
        raise NameTaken from error


def let_in(user: User, claim: Claim, *, customer: Customer, now: datetime) -> Activity:
    web_codes.use_up(claim, user=user, now=now)
    activity = Activity.objects.create(
        number=next_number(now),
        kind=ActivityKind.REGISTRATION,
        status=Status.EXECUTED,
        channel=Channel.PORTAL,
        customer=customer,
        opened_by=user,
        opened_at=now,
        executed_at=now,
    )
    record(
        "activities.registration_executed",
        now=now,
        actor_id=user.pk,
        about=("user", str(user.pk)),
        customer_code=customer.code,
        number=activity.number,
    )
    # In case it was not the holder who came.
    values = {"customer": customer.code, "when": notices.when(now)}
    notices.tell_customer(customer, texts.CUSTOMER_ADDED, now=now, values=values)
    return activity
