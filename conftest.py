"""What every test shares: how many examples to try, and that long tests run only when asked for."""

import os
from pathlib import Path

import pytest
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
