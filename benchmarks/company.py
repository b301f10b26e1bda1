"""The demo's company on an embedded server of its own, made at first use and kept: what pages are measured on."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sportello import postgres
from sportello.demo.__main__ import COMPANY, CONNECTORS, database


@dataclass(frozen=True, slots=True)
class Ground:
    """Where the data are. ``environ`` is what a server needs to stand on them."""

    var: Path
    environ: dict[str, str]

    @property
    def postmaster(self) -> int:
        return int((self.var / "postgres" / "postmaster.pid").read_text().split()[0])


@contextmanager
def ground(var: Path) -> Iterator[Ground]:
    """The company, ready to be asked by processes of their own; its server ends with this."""
    environ = COMPANY | {
        "DEMO": "1",
        "VAR_DIR": str(var),
        "BILLING_CONNECTOR": CONNECTORS["embedded"],
        "DJANGO_SETTINGS_MODULE": "sportello.settings",
        "LOG_LEVEL": "INFO",
    }
    with ExitStack() as stack:
        var.mkdir(parents=True, exist_ok=True)
        os.environ.pop("DATABASE_URL", None)
        database(var, billing="embedded", stack=stack)
        environ["DATABASE_URL"] = os.environ["DATABASE_URL"]
        os.environ.update(environ)
        from sportello.demo import preparing

        preparing.prepare(billing="embedded", var=var, say=print, stack=stack)
        analyse()
        if not (var / "static" / "staticfiles.json").exists():
            from django.core.management import call_command

            call_command("collectstatic", interactive=False, verbosity=0)
        yield Ground(var, environ)


def analyse() -> None:
    """Autovacuum would come within a minute; until it has, plans are guesses."""
    from django.db import connections

    for name in ("default", "billing"):
        with connections[name].cursor() as cursor:
            cursor.execute("ANALYZE")


def stop(var: Path) -> None:
    postgres.stop(var)
