"""``make bench``: runs the benches that NAME names (all by default) and writes var/bench.json."""

import json
import os
import subprocess
import sys
import tempfile
from importlib import import_module
from pathlib import Path

BENCHES = ("templates", "pages", "starting", "ledger", "alignment", "invoice_mail", "crm", "flat")


def main(names: list[str]) -> int:
    results: dict[str, dict[str, object]] = {}
    for name in names or BENCHES:
        if name not in BENCHES:
            sys.exit(f"no bench {name}; there are: {', '.join(BENCHES)}")
        results |= by_itself(name)
    for name, result in results.items():
        print(f"{name:32} {result['value']:>10} {result['unit']:8} {result['target'] or ''}")
    path = Path(os.environ.get("VAR_DIR", "var")) / "bench.json"
    known = json.loads(path.read_text()) if path.exists() else {}
    path.write_text(json.dumps(known | results, indent=1, ensure_ascii=False) + "\n")
    return 0 if all(result["holds"] for result in results.values()) else 1


def by_itself(name: str) -> dict[str, dict[str, object]]:
    """Runs one bench in a process of its own: each has a database of its own, and Django takes one for good."""
    with tempfile.NamedTemporaryFile("r", suffix=".json") as answer:
        subprocess.run([sys.executable, "-m", "benchmarks", "--into", answer.name, name], check=True)
        result: dict[str, dict[str, object]] = json.load(answer)
        return result


def run(path: str, name: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sportello.settings")
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    Path(path).write_text(json.dumps(import_module(f"benchmarks.{name}").run()))


if __name__ == "__main__":
    arguments = sys.argv[1:]
    sys.exit(run(*arguments[1:]) if arguments[:1] == ["--into"] else main(arguments))
