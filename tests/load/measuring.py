"""What a load took: figures by page, and the processor's time of each part of the house. Kept in var/load.json."""

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

import psutil

from benchmarks.serving import postgres_cpu
from tests.load.browser import Answer
from tests.load.house import ROOT, House
from tests.load.people import percentile


def cpu(home: House) -> dict[str, float]:
    """Seconds that each part has taken so far."""
    postmaster = int((home.cluster / "postgres" / "postmaster.pid").read_text().split()[0])
    taken = {"postgres": postgres_cpu(postmaster)}
    for part in (part for part in home.parts if part.poll() is None):
        name = "worker" if "worker" in part.args else "web"  # type: ignore[operator]
        processes = [psutil.Process(part.pid), *psutil.Process(part.pid).children(recursive=True)]
        taken[name] = taken.get(name, 0.0) + sum(sum(process.cpu_times()[:2]) for process in processes)
    return taken


def milliseconds(answers: Sequence[Answer]) -> dict[str, int]:
    return {f"p{round(share * 100)}": round(percentile(answers, share) * 1000) for share in (0.5, 0.95, 0.99)}


def figures(answers: Sequence[Answer], *, seconds: float) -> dict[str, Any]:
    by_name: defaultdict[str, list[Answer]] = defaultdict(list)
    for answer in answers:
        by_name[answer.name].append(answer)
    return {
        "answers": len(answers),
        "a second": round(len(answers) / seconds, 1),
        "milliseconds": milliseconds(answers),
        "statuses": dict(Counter(answer.status for answer in answers)),
        "pages": {name: {"answers": len(each), **milliseconds(each)} for name, each in sorted(by_name.items())},
    }


def keep(name: str, found: dict[str, Any]) -> None:
    print(f"\n{name}: {json.dumps(found)}")
    path = ROOT / "var" / "load.json"
    known = json.loads(path.read_text()) if path.exists() else {}
    path.write_text(json.dumps(known | {name: found}, indent=1) + "\n")
