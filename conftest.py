"""What every test shares: how many examples to try, which tests run, and that no test leaves jobs to the next."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from hypothesis import settings as hypothesis

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


@pytest.fixture(scope="session")
def root() -> Path:
    return Path(__file__).resolve().parent


def commits(request: pytest.FixtureRequest) -> bool:
    """Whether this test really commits what it writes to our own database."""
    mark = request.node.get_closest_marker("django_db")
    marked = (
        mark is not None and mark.kwargs.get("transaction") and "default" in mark.kwargs.get("databases", ["default"])
    )
    return bool(marked) or "transactional_db" in request.fixturenames


@pytest.fixture(autouse=True)
def no_leftover_jobs(request: pytest.FixtureRequest) -> Iterator[None]:
    """The tables of jobs are not Django's own to empty between tests that commit, so they are emptied here."""
    yield
    if commits(request):
        with request.getfixturevalue("django_db_blocker").unblock(), connection.cursor() as cursor:
            cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_workers CASCADE")


@pytest.fixture(autouse=True)
def nobody_was_told_to_wait() -> Iterator[None]:
    """What a process remembers of addresses outlives the database of a test."""
    yield
    from sportello.desks import limits

    limits.forget_everybody()
