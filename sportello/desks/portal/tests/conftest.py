"""A customer who has signed in and reads English, at 10:42 on the 24th of November 2026."""

from collections.abc import Callable, Iterator

import pytest
import time_machine
from django.test import Client

from sportello.desks.portal.tests.reading import Page
from sportello.domain.people.models import User
from tests import factories


@pytest.fixture(autouse=True)
def fixed_time() -> Iterator[None]:
    with time_machine.travel(factories.NOW, tick=False):
        yield


@pytest.fixture
def alice(db: None) -> User:
    factories.feed()
    return factories.user("alice")


@pytest.fixture
def browser(alice: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(alice)
    return client


@pytest.fixture
def visit(browser: Client) -> Callable[..., Page]:
    """Opens a page as Alice; what is not a page fails the test."""

    def open_page(address: str, **questions: object) -> Page:
        return Page(browser.get(address, questions))

    return open_page
