"""The companies at size that ``python -m sportello size`` makes, and people of theirs who have signed in.

Making them is not part of any bench; it happens here where they are not there yet.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sportello import postgres
from sportello.demo.__main__ import COMPANY, CONNECTORS

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Sized:
    """A company with its server running. ``environ`` is what a process needs to work with it."""

    customers: int
    var: Path
    environ: dict[str, str]

    @property
    def postmaster(self) -> int:
        return int((self.var / "postgres" / "postmaster.pid").read_text().split()[0])


@dataclass(frozen=True, slots=True)
class Person:
    """A login: of whom its customer is a copy, the headers of its browser, and its pages by name."""

    original: str
    headers: dict[str, str]
    pages: dict[str, str]


@contextmanager
def sized(customers: int) -> Iterator[Sized]:
    """The company of so many customers; its server ends with this."""
    command = [sys.executable, "-m", "sportello", "size", "--customers", str(customers)]
    elsewhere = {name: value for name, value in os.environ.items() if not name.endswith("DATABASE_URL")}
    subprocess.run(command, env=elsewhere, cwd=ROOT, check=True)
    var = Path(os.environ.get("VAR_DIR", "var")).resolve() / "sized" / str(customers)
    ours = not postgres.is_running(var)
    url = postgres.start(var)
    environ = COMPANY | {
        "DEMO": "1",
        "BILLING_CONNECTOR": CONNECTORS["embedded"],
        "DJANGO_SETTINGS_MODULE": "sportello.settings",
        "LOG_LEVEL": "WARNING",
        "DATABASE_URL": url,
        "BILLING_DATABASE_URL": "",
    }
    try:
        # The code may be newer than the data.
        subprocess.run(
            [sys.executable, "-m", "sportello", "migrate", "--verbosity", "0"],
            env=os.environ | environ,
            cwd=ROOT,
            check=True,
        )
        yield Sized(customers, var, environ)
    finally:
        if ours:
            postgres.stop(var)


def people(company: Sized, originals: Sequence[int], copies: Sequence[int]) -> list[Person]:
    """The owners of these copies (odd numbers) of these of the crowd, by their places in it, signed in."""
    asked = json.dumps([list(originals), list(copies)])
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.visits", asked],
        env=os.environ | company.environ,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        check=True,
    )
    return [Person(**each) for each in json.loads(done.stdout)]
