"""Where guards are looked for, and which tests may notice that one is gone."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.removals.finding import Removal, removals_in


@dataclass(frozen=True, slots=True)
class Group:
    """``guards`` are files of which everything is taken out, ``rules`` those of which only who may come in, whose rows and
    how often. ``tests`` are where it must be noticed."""

    guards: Sequence[str]
    tests: Sequence[str]
    rules: Sequence[str] = ()


READING = "sportello/domain/activities/kinds/self_reading/"
GROUPS = {
    "access": Group(
        guards=[
            *(f"sportello/desks/{name}.py" for name in ("policies", "limits", "second_factor", "factors", "devices")),
            *(f"sportello/desks/{name}.py" for name in ("sessions", "session_store", "sign_in")),
            *(
                f"sportello/desks/website/{name}.py"
                for name in ("own_sessions", "second_factor", "second_factor_forms")
            ),
            "sportello/desks/documents/photos.py",
            "sportello/desks/documents/views.py",
            "sportello/domain/customers/models/reach.py",
        ],
        rules=["sportello/urls.py", "sportello/desks/**/*.py"],
        tests=["tests/test_access.py", "tests/test_sign_in.py", "tests/test_errors.py", "sportello/desks"],
    ),
    "ledger": Group(
        guards=["sportello/domain/ledger/*.py"],
        tests=[
            "sportello/domain/ledger",
            "sportello/domain/accounts",
            "sportello/domain/activities",
            "tests/test_ledger_faults.py",
            "tests/test_reading_chain.py",
        ],
    ),
    "readings": Group(
        guards=[
            *(READING + f"{name}.py" for name in ("judging", "expecting", "windows", "sheets", "forms", "upload")),
            *(READING + f"{name}.py" for name in ("submitting", "deciding", "settling", "drafts", "telling")),
            "sportello/domain/activities/models/*.py",
            "sportello/domain/activities/tasks.py",
            "sportello/connectors/embedded/reading_checks.py",
        ],
        tests=[
            "sportello/domain/activities",
            "sportello/connectors/embedded",
            "sportello/desks/portal",
            "sportello/desks/backoffice",
            "tests/test_reading_chain.py",
        ],
    ),
}


def files_of(root: Path, group: Group) -> Iterator[tuple[str, bool]]:
    """Each file once, and whether only rules are looked for in it."""
    seen: set[str] = set()
    for rules_only, patterns in ((False, group.guards), (True, group.rules)):
        for pattern in patterns:
            for file in sorted(root.glob(pattern)):
                path = str(file.relative_to(root))
                if "/tests/" not in path and path not in seen:
                    seen.add(path)
                    yield path, rules_only


def all_removals(root: Path, groups: Sequence[str]) -> list[Removal]:
    found: dict[tuple[str, str, str], Removal] = {}
    for name in groups:
        for path, rules_only in files_of(root, GROUPS[name]):
            for removal in removals_in(root, path, rules_only=rules_only):
                found.setdefault(removal.key, removal)
    return list(found.values())
