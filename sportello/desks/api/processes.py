"""What the web processes of this server take, from what the kernel tells of them."""

import os
from collections.abc import Sequence
from pathlib import Path

PROC = Path("/proc")


def memory(processes: Sequence[int]) -> list[int]:
    """Bytes of each of these that still runs as one of ours; what several share is counted in parts (PSS)."""
    return [_shared_out(process) for process in processes if _is_ours(process)]


def _is_ours(process: int) -> bool:
    """Whether it has the same parent: a number may have become another's."""
    try:
        after_name = (PROC / str(process) / "stat").read_text().rpartition(")")[2]
    except OSError:
        return False  # ended, or no Linux
    return int(after_name.split()[1]) == os.getppid()


def _shared_out(process: int) -> int:
    try:
        lines = (PROC / str(process) / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0  # ended just now
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
