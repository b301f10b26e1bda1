"""Anna, a customer with a bill in her hand, and Alice, who has a login; both read English."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.test import Client
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from sportello.domain.accounts import answers, tasks, web_codes
from sportello.domain.customers.models import Customer
from sportello.domain.messages.composing import compose
from sportello.domain.messages.models import Message
from sportello.domain.people import printed_codes
from sportello.domain.people.models import User
from tests import factories

PASSWORD = "correct horse battery"
NEW = "a brand new password"
ANSWER = "Maestra Ines"
TAX_CODE = "VRDNNA80A41F257X"
JOBS = {"accounts.start_recovery": tasks.start_recovery, "accounts.send_web_code": tasks.send_web_code}


@pytest.fixture
def visitor() -> Client:
    return Client(headers={"accept-language": "en"})


@pytest.fixture
def anna(db: None) -> Customer:
    return factories.customer(
        "C1", tax_code=TAX_CODE, email="anna.verdi@example.it", street="Via Grandi", street_number="39",
        postcode="41033", municipality="Concordia", province="MO",
    )  # fmt: skip


@pytest.fixture
def code(anna: Customer) -> str:
    """As it is printed on the bill."""
    return printed_codes.shown(web_codes.issue(["C1"], now=timezone.now())[0].code)


@pytest.fixture
def alice(anna: Customer) -> User:
    user = factories.user("alice", password=PASSWORD, email="alice@example.it", language="en")
    factories.access(user, anna)
    answers.set_question(user, key="first_teacher", own_words="", answer=ANSWER, known=[], now=timezone.now())
    return user


def work() -> None:
    """What a worker does with the jobs that wait, all but sending."""
    for job in ProcrastinateJob.objects.filter(task_name__in=JOBS).order_by("pk"):
        JOBS[job.task_name](**job.args)


def texts() -> list[tuple[str, str]]:
    return [(each.kind, compose(each).text) for each in Message.objects.order_by("pk")]


@dataclass
class Post:
    """What was written, to be read as its recipient does."""

    def link(self, page: str) -> str:
        return re.findall(rf"/{page}/[\w-]+/", " ".join(text for _, text in texts()))[-1]

    def code(self) -> str:
        return re.findall(r"\w{4}-\w{4}-\w{4}-\w", " ".join(text for _, text in texts()))[-1]

    def kinds(self) -> list[str]:
        return [kind for kind, _ in texts()]


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
def registering(visitor: Client, code: str) -> Callable[..., Client]:
    """Goes through the first two steps."""

    def go(username: str = "anna.verdi", email: str = "") -> Client:
        visitor.post("/first-access/", {"code": code, "identifier": "C1"})
        visitor.post("/first-access/details/", {"username": username, "email": email})
        return visitor

    return go
