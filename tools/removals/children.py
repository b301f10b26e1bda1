"""Runs something in a child of this process, which ends with it, and hears what came of it."""

import json
import os
import select
import signal
import time
from collections.abc import Callable

Outcome = dict[str, str]  # noticed, missed, broken, hangs or unfit: each with the test, or the reason


class Unfit(Exception):
    """This cannot be changed while it is loaded."""


def in_child(work: Callable[[], Outcome], patience: float) -> Outcome:
    """``patience`` in seconds; after that the child is ended."""
    ours, its = os.pipe()
    child = os.fork()
    if not child:
        os.close(ours)
        be_child(work, its)
    os.close(its)
    told = hear(ours, child, patience)
    if told is None:
        return {"hangs": f"not at an end after {patience:.0f} s"}
    outcome: Outcome = json.loads(told) if told else {"broken": "the child died"}
    return outcome


def be_child(work: Callable[[], Outcome], its: int) -> None:
    try:
        outcome = work()
    except Unfit as error:
        outcome = {"unfit": str(error)}
    except SyntaxError as error:
        outcome = {"broken": f"no longer Python: {error}"}
    except BaseException as error:
        outcome = {"broken": f"{type(error).__name__}: {error}"}
    os.write(its, json.dumps(outcome).encode())
    os._exit(0)


def hear(pipe: int, child: int, patience: float) -> bytes | None:
    """All that it says before it ends; None where that took too long."""
    told, until = b"", time.monotonic() + patience
    with os.fdopen(pipe, "rb", buffering=0) as stream:
        while (left := until - time.monotonic()) > 0:
            if select.select([stream], [], [], left)[0]:
                part = stream.read(65_536)
                if not part:
                    os.waitpid(child, 0)
                    return told
                told += part
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None
