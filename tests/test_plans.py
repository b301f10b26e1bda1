"""No page and no job reads a whole big table, at a size where PostgreSQL would rather not either."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from sportello import postgres

CUSTOMERS = 20_000
INDEX = "CREATE INDEX invoice_of_customer ON customers_invoice (customer_code, issued_on DESC, number DESC)"

pytestmark = [pytest.mark.torture, pytest.mark.timeout(1_200), pytest.mark.xdist_group("size")]


def environ() -> dict[str, str]:
    """Without the database of the tests."""
    return {name: value for name, value in os.environ.items() if not name.endswith("DATABASE_URL")}


def run(root: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *command], cwd=root, env=environ(), capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def server(root: Path) -> Iterator[str]:
    made = run(root, "sportello", "size", "--customers", str(CUSTOMERS))
    assert made.returncode == 0, made.stdout + made.stderr
    var = Path(os.environ.get("VAR_DIR", root / "var")).resolve() / "sized" / str(CUSTOMERS)
    yield postgres.start(var)
    postgres.stop(var)


@pytest.fixture
def review(root: Path, server: str) -> Callable[[], subprocess.CompletedProcess[str]]:
    def reviewed() -> subprocess.CompletedProcess[str]:
        return run(root, "tools.plans", "--customers", str(CUSTOMERS))

    return reviewed


def test_nothing_reads_a_whole_big_table(review):
    found = review()
    assert found.returncode == 0, found.stdout + found.stderr


def test_an_index_that_is_missing_is_found(review, server):
    """The same with the guard off: it would not find nothing."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("DROP INDEX invoice_of_customer")
        try:
            found = review()
        finally:
            connection.execute(INDEX)
    assert found.returncode == 1
    assert "WHOLE customers_invoice" in found.stdout, found.stdout + found.stderr
