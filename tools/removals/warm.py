"""A pytest that has everything loaded and its database made, and tries removals in children of its own.

It first runs its share of the tests, to see that they are green, how long each takes and which lines each reaches. Then, for
each removal, a child replaces the code of the functions in question and runs the tests that reach that place, cheapest first,
until one turns red. What cannot be changed in a loaded program is tried by ``cold``.
"""

import ast
import gc
import json
import os
import sys
import threading
import time
from bisect import bisect
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import Any

import pytest
from asgiref.sync import SyncToAsync
from django.db import connections

from sportello.prepared import Prepared
from tools.removals import databases
from tools.removals.children import Outcome, Say, Unfit, in_child, patience
from tools.removals.cold import Cold
from tools.removals.finding import Removal, without


@dataclass(slots=True)
class Exchange:
    """The folder by which the workers and who started them tell each other things; ``root`` is where the source is."""

    root: Path
    folder: Path
    worker: int
    workers: int

    def tasks(self) -> list[tuple[Removal, str]]:
        """Each with the test to be tried first, "" for none."""
        return [
            (Removal(**each["removal"]), each["first"]) for each in json.loads((self.folder / "tasks.json").read_text())
        ]

    def seconds(self) -> float:
        """Of tests, for a removal that none notices; 0 for no limit."""
        return float(json.loads((self.folder / "seconds.json").read_text()))

    def claim(self, number: int) -> bool:
        """Whether nobody else has taken this one."""
        try:
            os.close(os.open(self.folder / f"{number}.claimed", os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return False
        return True

    def tell(self, name: str, what: Any) -> None:
        part = self.folder / f".{name}"
        part.write_text(json.dumps(what))
        part.rename(self.folder / name)

    def of_all(self, name: str) -> list[Any]:
        """What every worker has told under this name; waits for the last."""
        files = [self.folder / f"{name}{worker}.json" for worker in range(self.workers)]
        while not all(file.exists() for file in files):
            time.sleep(0.2)
        return [json.loads(file.read_text()) for file in files]


@dataclass(slots=True)
class Reach:
    """Which lines of the files in question a test has run through."""

    files: frozenset[str]
    lines: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))

    def __call__(self, frame: FrameType, event: str, argument: Any) -> Any:
        if frame.f_code.co_filename not in self.files:
            return None
        self.lines[frame.f_code.co_filename].add(frame.f_lineno)
        return self.line

    def line(self, frame: FrameType, event: str, argument: Any) -> Any:
        if event == "line":
            self.lines[frame.f_code.co_filename].add(frame.f_lineno)
        return self.line


class Warm:
    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.root = exchange.root
        self.red: str | None = None
        self.live: dict[tuple[str, str, int], list[FunctionType]] = {}
        self.kept: list[Any] = []
        self.trusted: set[str] = set()  # tests that have passed here without a removal
        self.fickle: set[str] = set()  # and those that have not

    # --- the tests as they are ---------------------------------------------------------------------------------------

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self.session = session
        self.items = {item.nodeid: item for item in session.items}
        tasks = self.exchange.tasks()
        self.seconds = self.exchange.seconds()
        files = frozenset(str(self.root / removal.path) for removal, _ in tasks)
        self.exchange.tell(f"tests{self.exchange.worker}.json", self.try_out(files))
        self.tests = Tests.of(self.root, self.exchange.of_all("tests"))
        self.has_databases = any("django_db_setup" in getattr(item, "fixturenames", ()) for item in session.items)
        self.live, self.kept = live_functions(files), kept_answers(files)
        with Cold(self.root) as self.cold:
            for number, (removal, first) in enumerate(tasks):
                if self.exchange.claim(number):
                    self.exchange.tell(f"result{number}.json", self.outcome_of(removal, first))
        session.testsfailed = 0  # which ones are red has been told
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and self.red is None:
            self.red = f"{report.when}: {report.longreprtext[-2000:]}"

    def try_out(self, files: frozenset[str]) -> dict[str, Any]:
        """Runs this worker's share of the tests, looking which lines they reach."""
        told: dict[str, Any] = {}
        kept = kept_answers(files)
        for item in self.session.items[self.exchange.worker :: self.exchange.workers]:
            reach = Reach(files)
            forget(kept)
            began = time.perf_counter()
            threading.settrace(reach)
            sys.settrace(reach)
            red = self.run(item)
            sys.settrace(None)
            threading.settrace(None)
            lines = {str(Path(file).relative_to(self.root)): sorted(reach.lines[file]) for file in reach.lines}
            told[item.nodeid] = {"took": time.perf_counter() - began, "red": red, "lines": lines}
        return told

    def run(self, item: pytest.Item) -> str | None:
        """Why it is red, None for green. What belongs to the whole session stays set up."""
        self.red = None
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=self.session)
        return self.red

    # --- with something taken out ------------------------------------------------------------------------------------

    def outcome_of(self, removal: Removal, first: str) -> Outcome:
        while True:
            reaching = sorted(self.tests.that_may_notice(removal), key=lambda name: name != first)
            names = self.within_seconds([name for name in reaching if name not in self.fickle])
            if not names:
                red = f"only tests reach it that are red by themselves: {', '.join(reaching)}"
                return {"missed": red if reaching else "no test reaches it"}
            outcome = self.attempt(removal, names)
            test = outcome.get("noticed") or outcome.get("hangs")
            if test is None or self.passes_alone(removal, test):
                return outcome
            self.fickle.add(test)

    def within_seconds(self, names: Sequence[str]) -> Sequence[str]:
        """The first of them, one at least, as far as the time goes."""
        together = list(accumulate(self.tests.took[name] for name in names))
        return names[: max(1, bisect(together, self.seconds))] if self.seconds else names

    def attempt(self, removal: Removal, names: Sequence[str]) -> Outcome:
        if removal.constraint:
            with databases.dropped(removal):
                return self.in_child(lambda: None, names)
        if not removal.live:
            self.clean()
            return self.cold.attempt(removal, self.took(names))
        outcome = self.in_child(lambda: self.change(removal), names)
        return self.cold.attempt(removal, self.took(names)) if "unfit" in outcome else outcome

    def clean(self) -> None:
        """Nobody is at work in the databases, and nothing is left in them."""
        connections.close_all()
        if self.has_databases:
            databases.clean()

    def passes_alone(self, removal: Removal, test: str) -> bool:
        """Whether the test is green in the same way of running it, once nothing is taken out."""
        if test not in self.trusted and "missed" in self.in_child(lambda: None, [test]):
            self.trusted.add(test)
        return test in self.trusted

    def change(self, removal: Removal) -> None:
        """Gives the loaded functions their new code. Raises Unfit where that is not possible."""
        changed = False
        for code in codes_in(without(self.root, removal)):
            alike = self.live.get(key_of(code), [])
            if len({function.__code__ for function in alike}) > 1:
                raise Unfit("several functions on one line")
            for function in alike:
                if function.__code__ != code:
                    renew(function, code)
                    changed = True
        if not changed:
            raise Unfit("nothing that is loaded changes")
        forget(self.kept)

    def in_child(self, change: Callable[[], None], names: Sequence[str]) -> Outcome:
        self.clean()
        return in_child(lambda say: self.red_among(change, names, say))

    def red_among(self, change: Callable[[], None], names: Sequence[str], say: Say) -> Outcome:
        change()
        # Threads do not come along into a child; who waits for one would wait for ever.
        SyncToAsync.single_thread_executor = ThreadPoolExecutor(max_workers=1)
        for name in names:
            say((name, patience(self.tests.took[name])))
            if self.run(self.items[name]) is not None:
                return {"noticed": name, "why": (self.red or "")[-300:]}
        return {"missed": f"{len(names)} tests reach it"}

    def took(self, names: Sequence[str]) -> dict[str, float]:
        return {name: self.tests.took[name] for name in names}


def renew(function: FunctionType, code: CodeType) -> None:
    try:
        function.__code__ = code
    except ValueError as error:
        raise Unfit("it closes over other names") from error


@dataclass(slots=True)
class Tests:
    """Of all workers' tests that are green: how long each takes, and what it reaches."""

    root: Path
    took: dict[str, float]
    by_line: dict[tuple[str, int], set[str]]
    by_file: dict[str, set[str]]
    uses: dict[str, set[tuple[str, int]]]  # of a name, in the files in question

    @classmethod
    def of(cls, root: Path, told: Sequence[dict[str, Any]]) -> "Tests":
        tests = cls(root, {}, defaultdict(set), defaultdict(set), defaultdict(set))
        for name, each in ((name, each) for part in told for name, each in part.items() if each["red"] is None):
            tests.took[name] = each["took"]
            for path, lines in each["lines"].items():
                tests.by_file[path].add(name)
                for line in lines:
                    tests.by_line[path, line].add(name)
        for path in tests.by_file:
            for used, line in names_used(root / path):
                tests.uses[used].add((path, line))
        return tests

    def that_may_notice(self, removal: Removal) -> list[str]:
        """Those that reach it, first the room's own, of them the cheapest.

        What is made when its module is loaded is reached by whoever uses it by name, and concerns all of the room and of
        the file; a policy concerns the tests of access too, which are also about who does not get that far.
        """
        lines = [(removal.path, line) for line in range(removal.first, removal.last + 1)]
        if not removal.live:
            lines += [place for name in removal.names for place in self.uses[name]]
        reaching = set().union(*(self.by_line[place] for place in lines))
        room = room_of(self.root, removal.path)
        ranks = {name: 0 if name.startswith(room) else 1 for name in reaching}
        if not removal.live:
            ranks |= {name: 0 for name in self.took if removal.policy and name.startswith("tests/test_access")}
            others = {name for name in self.took if name.startswith(room)} | self.by_file[removal.path]
            ranks = dict.fromkeys(others, 2) | ranks
        return sorted(ranks, key=lambda name: (ranks[name], self.took[name]))


def names_used(file: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield node.id, node.lineno
        elif isinstance(node, ast.Attribute):
            yield node.attr, node.lineno


def room_of(root: Path, path: str) -> str:
    """The nearest folder around a file that has tests of its own, with a slash at its end; "" for none."""
    folders = [folder for folder in Path(path).parents if (root / folder / "tests").is_dir() and folder.parts]
    return f"{folders[0]}/" if folders else ""


def codes_in(code: CodeType) -> Iterator[CodeType]:
    """Every function's, however deep."""
    for part in code.co_consts:
        if isinstance(part, CodeType):
            yield part
            yield from codes_in(part)


def key_of(code: CodeType) -> tuple[str, str, int]:
    return code.co_filename, code.co_qualname, code.co_firstlineno


def live_functions(files: frozenset[str]) -> dict[tuple[str, str, int], list[FunctionType]]:
    found: dict[tuple[str, str, int], list[FunctionType]] = defaultdict(list)
    for each in gc.get_objects():
        if type(each) is FunctionType and each.__code__.co_filename in files:
            found[key_of(each.__code__)].append(each)
    return found


def kept_answers(files: frozenset[str]) -> list[Any]:
    """Functions that keep their answers, and would give them though their code is another now."""
    wrappers: list[Any] = [each for each in gc.get_objects() if type(each) is type(lru_cache(key_of))]
    codes = ((each, getattr(each.__wrapped__, "__code__", None)) for each in wrappers)
    return [each for each, code in codes if code is not None and code.co_filename in files]


def forget(kept: list[Any]) -> None:
    for each in kept:
        each.cache_clear()
    Prepared.forget()
