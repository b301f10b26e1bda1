"""What every test shares: how many examples to try, which tests run and where, and what is made cheap for them."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import TransactionTestCase
from hypothesis import settings as hypothesis

from sportello.domain.people.hashing import PortalArgon2Hasher
from tests.emptying import empty_databases, keep_what_is_there
from tests.made_once import copy_what_is_made

EXAMPLES = int(os.environ.get("HYPOTHESIS_EXAMPLES", "100"))
hypothesis.register_profile("sportello", max_examples=EXAMPLES, deadline=None, database=None)
hypothesis.load_profile("sportello")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--torture", action="store_true", help="run the long tests, and only those")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    torture = config.getoption("--torture")
    chosen = [item for item in items if bool(item.get_closest_marker("torture")) == torture]
    config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
    items[:] = chosen


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    from tests.sharing import Sharing

    return Sharing(config, log)


@pytest.fixture(scope="session")
def root() -> Path:
    return Path(__file__).resolve().parent


@pytest.fixture(autouse=True, scope="session")
def cheap_passwords(request: pytest.FixtureRequest) -> None:
    """Hundreds of tests sign somebody in; what that costs in earnest is asked for once, and where times are compared."""
    if not request.config.getoption("--torture"):
        PortalArgon2Hasher.memory_cost, PortalArgon2Hasher.time_cost = 64, 1


@pytest.fixture(autouse=True)
def nobody_was_told_to_wait() -> Iterator[None]:
    """What a process remembers of addresses outlives the database of a test."""
    yield
    from sportello.desks import limits

    limits.forget_everybody()


@pytest.fixture(autouse=True, scope="session")
def quick_emptying() -> None:
    TransactionTestCase._fixture_teardown = empty_databases


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None,
) -> None:
    """As Django's, but that of several processes one migrates and the others copy."""
    if run := os.environ.get("PYTEST_XDIST_TESTRUNUID"):
        copy_what_is_made(run)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """As Django's, and what migrating has written is there for every test."""
    with django_db_blocker.unblock():
        keep_what_is_there()
