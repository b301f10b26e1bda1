"""Alice, who sees customer C1, has proven her address and set a question; and what was written to whom."""

from collections.abc import Callable, Iterator

import pytest
import time_machine
from django.utils import translation

from sportello.domain.accounts import answers
from sportello.domain.customers.models import Customer
from sportello.domain.messages.composing import compose
from sportello.domain.messages.models import Message
from sportello.domain.people.models import User
from tests import factories

PASSWORD = "correct horse battery"
QUESTION = {"key": "first_teacher", "own_words": "", "answer": "Maestra Ines"}
ADDRESS = {
    "street": "Via Grandi",
    "street_number": "39",
    "postcode": "41033",
    "municipality": "Concordia sulla Secchia",
    "province": "MO",
}


@pytest.fixture(autouse=True)
def fixed_time() -> Iterator[None]:
    with time_machine.travel(factories.NOW, tick=False), translation.override("it"):
        yield


@pytest.fixture
def owner(db: None) -> Customer:
    return factories.customer(tax_code="VRDNNA80A41F257X", email="anna.verdi@example.it", **ADDRESS)


@pytest.fixture
def alice(owner: Customer) -> User:
    user = factories.user("alice", password=PASSWORD, email="alice@example.it")
    factories.access(user, owner)
    answers.set_question(user, **QUESTION, known=[], now=factories.NOW)
    return user


@pytest.fixture
def written() -> Callable[[], list[tuple[str, str]]]:
    """Kind and address of all that was written, in order; of letters, the first line."""
    return lambda: [(each.kind, each.address.splitlines()[0]) for each in Message.objects.order_by("pk")]


@pytest.fixture
def newest(settings) -> Callable[[str], str]:
    """The text of the newest message of a kind."""
    settings.SITE_URL = "https://sportello.example"

    def text(kind: str) -> str:
        return compose(Message.objects.filter(kind=kind).latest("pk")).text

    return text
