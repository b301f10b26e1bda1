"""``make bench``: runs the benches that NAME names (all by default) and writes var/bench.json."""

import json
import os
import sys
from importlib import import_module

BENCHES = ("templates", "starting", "ledger")


def main(names: list[str]) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sportello.settings")
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    import django
    from django.conf import settings

    django.setup()
    results: dict[str, dict[str, object]] = {}
    for name in names or BENCHES:
        if name not in BENCHES:
            sys.exit(f"no bench {name}; there are: {', '.join(BENCHES)}")
        results |= import_module(f"benchmarks.{name}").run()
    for name, result in results.items():
        print(f"{name:32} {result['value']:>10} {result['unit']:8} {result['target'] or ''}")
    path = settings.VAR_DIR / "bench.json"
    known = json.loads(path.read_text()) if path.exists() else {}
    path.write_text(json.dumps(known | results, indent=1) + "\n")
    return 0 if all(result["holds"] for result in results.values()) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
