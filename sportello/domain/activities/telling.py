"""Tells whoever asked how his request stands: by mail where we have an address of his, by letter where it matters.

A visitor is written to only by an operator's answer, to the address he gave; before that nothing is sent anywhere.
"""

from contextlib import suppress
from datetime import datetime
from typing import Final

from django.utils import translation

from sportello.domain.accounts.notices import lines_of, mailed, posted
from sportello.domain.activities import texts
from sportello.domain.activities.models import HOUSE_KINDS, Activity, AnswerBy, SentBy, Visitor
from sportello.domain.customers.models import Customer, CustomerAccess
from sportello.domain.messages import addresses
from sportello.domain.messages.addresses import WrongAddress
from sportello.domain.messages.kinds import Kind
from sportello.domain.messages.links import Link
from sportello.domain.messages.writing import write_letter

ANSWER_POSTED: Final = "activities.answer_posted"  # the job that learns of it


def received(activity: Activity, *, now: datetime) -> None:
    """The receipt: number, day, and by when. Not to a visitor, whose address nobody has proven; he has it on the screen."""
    if activity.customer and activity.kind not in HOUSE_KINDS:
        has_term = activity.limit_on or activity.due_on
        _mailed(activity, activity.customer, texts.RECEIVED if has_term else texts.RECEIVED_WITHOUT_TERM, now=now)


def executed(activity: Activity, *, now: datetime) -> SentBy:
    """Of a question it is the answer that is told."""
    kind = texts.ANSWERED if activity.is_answered and activity.answer else texts.EXECUTED
    return tell(activity, kind, now=now, answer=activity.answer)


def refused(activity: Activity, *, now: datetime) -> SentBy:
    return tell(activity, texts.REFUSED, now=now, answer=activity.answer)


def asked(activity: Activity, *, text: str, now: datetime) -> SentBy:
    return tell(activity, texts.ASKED, now=now, answer=text)


def answered(activity: Activity, *, text: str, now: datetime) -> SentBy:
    return tell(activity, texts.ANSWERED, now=now, answer=text)


def tell(activity: Activity, kind: Kind, *, now: datetime, answer: str) -> SentBy:
    """Says by which way. A letter where there is no address for a mail, or where it is to be one; at the counter alone where
    there is none at all."""
    customer = activity.customer
    if activity.kind in HOUSE_KINDS:
        return SentBy.NOTHING
    if customer is None:
        return _tell_visitor(activity.visitor, kind, now=now, answer=answer)
    if activity.by_post and _posted(activity, customer, kind, now=now, answer=answer):
        return SentBy.LETTER
    if _mailed(activity, customer, kind, now=now, answer=answer):
        return SentBy.MAIL
    return SentBy.LETTER if _posted(activity, customer, kind, now=now, answer=answer) else SentBy.NOTHING


def _posted(activity: Activity, customer: Customer, kind: Kind, *, now: datetime, answer: str) -> bool:
    return posted(
        kind,
        customer=customer,
        name=customer.name,
        language=customer.language,
        values=_values(activity, customer.language, answer),
        now=now,
        about=("activity", activity.number),
        follows=ANSWER_POSTED,
    )


def _mailed(activity: Activity, customer: Customer, kind: Kind, *, now: datetime, answer: str = "") -> bool:
    to, name = _recipient(activity, customer)
    return bool(to) and mailed(
        kind,
        to=to,
        name=name,
        language=customer.language,
        values=_values(activity, customer.language, answer),
        now=now,
        page=Link("request", {"number": activity.number}),
        customer_code=customer.code,
        about=("activity", activity.number),
    )


def reached_by(activity: Activity) -> tuple[SentBy, str]:
    """By which way its customer is told of it besides the counter, and at which address where that is a mail."""
    customer = activity.of_customer
    to, _name = _recipient(activity, customer)
    with suppress(WrongAddress):
        return SentBy.MAIL, addresses.checked(to)
    return (SentBy.LETTER if customer.street else SentBy.NOTHING), ""


def mail_to(activity: Activity, to: str, kind: Kind, *, now: datetime, answer: str) -> bool:
    """To one address of its customer, whoever's it is."""
    customer = activity.of_customer
    return mailed(
        kind,
        to=to,
        name=customer.name,
        language=customer.language,
        values=_values(activity, customer.language, answer),
        now=now,
        page=Link("request", {"number": activity.number}),
        customer_code=customer.code,
        about=("activity", activity.number),
    )


def _recipient(activity: Activity, customer: Customer) -> tuple[str, str]:
    """The person who asked, as long as he may see the customer; else the customer himself."""
    person = activity.opened_by
    seen_by_him = CustomerAccess.objects.filter(user=person, customer=customer, ended_at=None)
    if person and person.email and person.is_active and seen_by_him.exists():
        return person.email, person.get_full_name()
    return customer.email or "", customer.name


def _tell_visitor(visitor: Visitor, kind: Kind, *, now: datetime, answer: str) -> SentBy:
    """By the way he chose; a telephone call is the operator's to make."""
    number = visitor.activity.number
    has_receipt = bool(visitor.receipt)
    kind = (texts.FOR_VISITORS if has_receipt else texts.FOR_WRITERS)[kind.name]
    page = Link("ask_status") if has_receipt else None
    values = _values(visitor.activity, visitor.language, answer)
    about = ("activity", number)
    if visitor.answer_by == AnswerBy.EMAIL:
        mail = mailed(
            kind,
            to=visitor.email,
            name=visitor.name,
            language=visitor.language,
            values=values,
            now=now,
            page=page,
            about=about,
        )
        return SentBy.MAIL if mail else SentBy.NOTHING
    if visitor.answer_by == AnswerBy.POST:
        write_letter(
            kind,
            lines=lines_of(visitor),
            name=visitor.name,
            language=visitor.language,
            values=values,
            now=now,
            link=page,
            about=about,
            follows=ANSWER_POSTED,
        )
        return SentBy.LETTER
    return SentBy.NOTHING


def people_of(customer: Customer) -> list[int]:
    """The keys of those who see this customer."""
    return list(CustomerAccess.objects.filter(customer=customer, ended_at=None).values_list("user_id", flat=True))


def kind_in_words(activity: Activity, language: str) -> str:
    with translation.override(language):
        return str(activity.get_kind_display())


def _values(activity: Activity, language: str, answer: str) -> dict[str, str]:
    by = activity.limit_on or activity.due_on
    due = f"{by:%d/%m/%Y}" if by else "–"
    return {"number": activity.number, "kind": kind_in_words(activity, language), "due": due, "answer": answer}
