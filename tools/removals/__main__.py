"""`python -m tools.removals [--only WORD] [--group NAME] [--list]`: what was taken out, and which test noticed."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from fcntl import LOCK_EX, flock
from pathlib import Path
from typing import Any

from tools.removals.children import Outcome
from tools.removals.finding import Removal
from tools.removals.harmless import HARMLESS
from tools.removals.targets import GROUPS, all_removals

ROOT = Path(__file__).resolve().parents[2]
VAR = ROOT / "var" / "removals"
PLUGIN = "tools.removals.plugin"


def main() -> int:
    options = asked()
    groups = options.group or list(GROUPS)
    found = all_removals(ROOT, groups)
    stale = [key for key in HARMLESS if not options.group and key not in {removal.key for removal in found}]
    wanted = [each for each in found if all(word in f"{each.path} {each.where} {each.what}" for word in options.only)]
    tried = [removal for removal in wanted if removal.key not in HARMLESS]
    if options.survivors:
        last = last_time()
        tried = [removal for removal in tried if "noticed" not in last.get(" | ".join(removal.key), {})]
    if options.list:
        for removal in wanted:
            print(line_of(removal))
        return 0
    tests = options.tests or sorted({each for name in groups for each in GROUPS[name].tests})
    outcomes, red = with_database(tried, tests, workers=options.workers, seconds=options.seconds)
    return told(tried, outcomes, red, stale, harmless=[each for each in wanted if each.key in HARMLESS])


def asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.removals", description=__doc__)
    parser.add_argument(
        "--only", metavar="WORD", action="append", default=[], help="only where file, function or text has it"
    )
    parser.add_argument("--group", choices=list(GROUPS), action="append", help="only these")
    parser.add_argument("--survivors", action="store_true", help="only what was not noticed the last time")
    parser.add_argument("--list", action="store_true", help="say what would be taken out, and try nothing")
    parser.add_argument("--tests", metavar="PATH", action="append", help="only these tests, instead of the group's")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument(
        "--seconds",
        type=float,
        default=60,
        help="of tests, the nearest first, for one that nobody notices (60); 0: all",
    )
    return parser.parse_args()


def with_database(
    tried: Sequence[Removal], tests: Sequence[str], *, workers: int, seconds: float
) -> tuple[list[Outcome], dict[str, str]]:
    """As ``attempted``, in the project itself."""
    from tests import server  # starts a database unless there is one

    try:
        with alone():
            return attempted(ROOT, tried, tests, workers=workers, seconds=seconds)
    finally:
        server.pytest_unconfigure()


@contextmanager
def alone() -> Iterator[None]:
    """Waits for another one to end: two at once would use the same databases."""
    VAR.mkdir(parents=True, exist_ok=True)
    with (VAR / "running").open("w") as file:
        flock(file, LOCK_EX)
        yield


def attempted(
    root: Path, tried: Sequence[Removal], tests: Sequence[str], *, workers: int, seconds: float = 0
) -> tuple[list[Outcome], dict[str, str]]:
    """What came of each, and the tests that are red as things are, with the reason.

    ``seconds`` of tests are given to each that is not noticed, the nearest and cheapest first; 0 for all there are.
    """
    last = last_time()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tasks = [
            {"removal": asdict(each), "first": last.get(" | ".join(each.key), {}).get("noticed", "")} for each in tried
        ]
        (folder / "tasks.json").write_text(json.dumps(tasks))
        (folder / "seconds.json").write_text(json.dumps(seconds))
        processes = [started(root, folder, worker, workers, tests) for worker in range(workers)]
        try:
            wait(folder, processes, len(tried))
        finally:
            outcomes = results(folder, len(tried))
            last |= {" | ".join(tried[number].key): outcome for number, outcome in outcomes.items()}
            (VAR / "last.json").write_text(json.dumps(last, indent=0))
        return [outcomes[number] for number in range(len(tried))], red_in(folder)


def last_time() -> dict[str, Outcome]:
    """By the names of removals: the test that has noticed one is the first to be tried the next time."""
    file = VAR / "last.json"
    return json.loads(file.read_text()) if file.exists() else {}


def started(root: Path, folder: Path, worker: int, workers: int, tests: Sequence[str]) -> "subprocess.Popen[bytes]":
    VAR.mkdir(parents=True, exist_ok=True)
    start, question, rest = os.environ["DATABASE_URL"].partition("?")
    environ = {
        **os.environ,
        "DATABASE_URL": f"{start}_removals{worker}{question}{rest}",
        "REMOVALS": json.dumps([str(folder), worker, workers]),
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-m", "pytest", "-p", "no:randomly", "-p", PLUGIN, "--reuse-db", "--create-db", *tests]
    with (VAR / f"worker{worker}.log").open("wb") as log:
        return subprocess.Popen(command, cwd=root, env=environ, stdout=log, stderr=log)  # noqa: S603


def wait(folder: Path, processes: Sequence["subprocess.Popen[bytes]"], count: int) -> None:
    began, shown = time.monotonic(), time.monotonic()
    while any(process.poll() is None for process in processes):
        if any(process.poll() for process in processes):
            for process in processes:
                process.terminate()
        time.sleep(0.5)
        if time.monotonic() - shown > 30:
            shown = time.monotonic()
            done = len(list(folder.glob("result*.json")))
            print(f"{done} of {count} after {shown - began:.0f} s", file=sys.stderr, flush=True)
    if any(process.returncode for process in processes):
        raise SystemExit(f"a worker has failed: see {VAR}")


def results(folder: Path, count: int) -> dict[int, Outcome]:
    """As far as there are any."""
    files = {number: folder / f"result{number}.json" for number in range(count)}
    return {number: json.loads(file.read_text()) for number, file in files.items() if file.exists()}


def red_in(folder: Path) -> dict[str, str]:
    parts: list[dict[str, Any]] = [json.loads(file.read_text()) for file in folder.glob("tests*.json")]
    return {name: each["red"] for part in parts for name, each in part.items() if each["red"]}


def told(
    tried: Sequence[Removal],
    outcomes: Sequence[Outcome],
    red: Mapping[str, str],
    stale: Sequence[tuple[str, str, str]],
    *,
    harmless: Sequence[Removal],
) -> int:
    """Prints the table; 1 where something was not noticed, could not be tried, or the list of what is harmless is old."""
    for removal, outcome in sorted(zip(tried, outcomes, strict=True), key=lambda pair: (pair[0].path, pair[0].first)):
        print(f"{line_of(removal)}\n    {words_of(outcome)}")
    for removal in harmless:
        print(f"{line_of(removal)}\n    not tried: {HARMLESS[removal.key]}")
    for name, why in red.items():
        print(f"\nred as things are: {name}\n{why}")
    for key in stale:
        print(f"\nno longer there, though listed as harmless: {' | '.join(key)}")
    counts = Counter(next(iter(outcome)) for outcome in outcomes)
    noticed = counts["noticed"] + counts["hangs"]
    print(
        f"\n{len(tried)} removals, {noticed} noticed, {counts['missed']} not, {counts['broken']} could not be loaded;"
    )
    print(f"{len(harmless)} more are listed as harmless.")
    return int(noticed < len(tried) or bool(red) or bool(stale))


def line_of(removal: Removal) -> str:
    where = f" {removal.where}" if removal.where else ""
    return f"{removal.path}:{removal.first}{where}: {removal.what}"


def words_of(outcome: Outcome) -> str:
    if "noticed" in outcome:
        return f"noticed by {outcome['noticed']}"
    if "hangs" in outcome:
        return f"noticed by {outcome['hangs']}, {outcome['why']}"
    if "broken" in outcome:
        return f"COULD NOT BE LOADED: {outcome['broken']}"
    return f"NOT NOTICED: {outcome['missed']}"


if __name__ == "__main__":
    sys.exit(main())
