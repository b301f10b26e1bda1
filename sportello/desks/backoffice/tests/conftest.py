"""Members of staff who have signed in, at 10:42 on the 24th of November 2026."""

from collections.abc import Callable, Iterator

import pytest
import time_machine
from django.test import Client

from sportello.domain.people.models import User
from tests import factories


@pytest.fixture(autouse=True)
def fixed_time() -> Iterator[None]:
    with time_machine.travel(factories.NOW, tick=False):
        yield


@pytest.fixture
def staff(db: None, settings) -> Callable[..., Client]:
    """A browser in which somebody with these roles has signed in; he reads English unless told otherwise."""
    settings.DEMO = True  # elsewhere a second factor would be asked for first

    def sign_in(name: str, *roles: str, language: str = "en") -> Client:
        user = User.objects.filter(username=name).first() or factories.user(name, roles=list(roles), last_name="Conti")
        client = Client(headers={"accept-language": language})
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def paolo(staff) -> Client:
    return staff("paolo", "back_office")


@pytest.fixture
def manager(staff) -> Client:
    return staff("elena", "manager")


@pytest.fixture
def ada(staff) -> Client:
    """The administrator."""
    return staff("ada", "administrator")
