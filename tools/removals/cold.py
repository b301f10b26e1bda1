"""Tries removals that count when a module is loaded: decorators, constants, declarations.

A process that has loaded only other people's libraries makes a child for each, in which the module without that part is what
gets imported. It answers on its standard output, a line for a line: `python -m tools.removals.cold`.
"""

import importlib
import importlib.abc
import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict
from functools import partial
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import CodeType, ModuleType
from typing import IO, Any, cast

from tools.removals.children import Outcome, Say, in_child, patience
from tools.removals.finding import Removal, without

# What takes long to load and changes with none of our modules; no plugins of pytest, which loads those in its own way.
LIBRARIES = (
    "_pytest.assertion.rewrite", "psycopg", "psycopg_pool", "django.core.handlers.wsgi", "django.test.client", "django.forms",
    "django.db.models", "django.contrib.postgres.fields", "django.db.backends.postgresql.base", "django.views.i18n", "jinja2",
    "structlog", "cryptography.fernet", "cryptography.hazmat.primitives.kdf.hkdf", "fido2.server", "procrastinate", "argon2",
    "openpyxl", "PIL.Image", "babel.dates", "lxml.etree", "httpx",
)  # fmt: skip


class Cold:
    """The other process, from here."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def __enter__(self) -> "Cold":
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tools.removals.cold"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=self.root,
            text=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        self.process.communicate()

    def attempt(self, removal: Removal | None, took: Mapping[str, float]) -> Outcome:
        """What comes of these tests, cheapest first, without that part; ``None`` for nothing taken out."""
        stdin, stdout = cast(IO[str], self.process.stdin), cast(IO[str], self.process.stdout)
        stdin.write(json.dumps({"removal": asdict(removal) if removal else None, "took": took}) + "\n")
        stdin.flush()
        answer: Outcome = json.loads(stdout.readline())
        return answer


class Without(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Loads one module as it is without something."""

    def __init__(self, name: str, code: CodeType) -> None:
        self.name = name
        self.code = code

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> ModuleSpec | None:
        if fullname != self.name:
            return None
        return importlib.util.spec_from_file_location(fullname, self.code.co_filename, loader=self)

    def create_module(self, spec: ModuleSpec) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        exec(self.code, vars(module))  # noqa: S102 (our own source)


def module_of(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def attempt(removal: Removal | None, took: Mapping[str, float], say: Say) -> Outcome:
    """In a child: loads everything and runs the tests."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    os.dup2(1, 2)
    if removal is not None:
        code = without(Path.cwd(), removal)  # first of all: what is no longer Python is no test's merit
        sys.meta_path.insert(0, Without(module_of(removal.path), code))
        if wrong := what_breaks(module_of(removal.path)):
            return {"broken": wrong}
    return run(took, say)


def what_breaks(module: str) -> str:
    """Why the site cannot even be loaded; "" where it can."""
    import django

    try:
        django.setup()
        importlib.import_module(module)
        importlib.import_module("sportello.urls")
    except Exception as error:
        return f"cannot be loaded: {type(error).__name__}: {error}"
    return ""


def run(took: Mapping[str, float], say: Say) -> Outcome:
    import pytest
    from django.db.backends.base.creation import BaseDatabaseCreation

    BaseDatabaseCreation.create_test_db = as_it_is  # type: ignore[assignment]
    chooser = Chooser(took, say)
    files = list(dict.fromkeys(name.partition("::")[0] for name in took))
    status = pytest.main(["-x", "-q", "--reuse-db", "-p", "no:randomly", *files], plugins=[chooser])
    if chooser.noticed:
        return {"noticed": chooser.noticed, "why": chooser.why}
    if status != pytest.ExitCode.OK:
        return {"broken": f"the tests cannot be collected: {chooser.why}"}
    return {"missed": f"{len(took)} tests have to do with it"}


def as_it_is(creation: Any, *_: Any, **__: Any) -> str:
    """The test database has been made before, by a process that had nothing taken out."""
    name: str = creation._get_test_db_name()
    creation.connection.close()
    creation.connection.settings_dict["NAME"] = name
    return name


class Chooser:
    def __init__(self, took: Mapping[str, float], say: Say) -> None:
        self.took = took
        self.say = say
        self.order = {name: place for place, name in enumerate(took)}
        self.noticed = ""
        self.why = ""

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        items[:] = sorted(
            (item for item in items if item.nodeid in self.order), key=lambda item: self.order[item.nodeid]
        )

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self.say((nodeid, patience(self.took[nodeid])))

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed:
            self.why = self.why or str(report.longrepr)[-300:]

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.failed and not self.noticed:
            self.noticed, self.why = report.nodeid, report.longreprtext[-300:]


def main() -> None:
    for library in LIBRARIES:
        try:
            importlib.import_module(library)
        except ImportError:
            continue  # not every installation has them all
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sportello.settings")
    for line in sys.stdin:
        task = json.loads(line)
        removal = Removal(**task["removal"]) if task["removal"] else None
        outcome = in_child(partial(attempt, removal, task["took"]))
        print(json.dumps(outcome), flush=True)


if __name__ == "__main__":
    main()
