"""Runs something in a child of this process, which ends with it, and hears what came of it."""

import ctypes
import json
import os
import select
import signal
from collections.abc import Callable
from typing import Any

Outcome = dict[str, str]  # noticed or hangs with the test; missed, broken or unfit with the reason
Say = Callable[[tuple[str, float]], None]


END_WITH_PARENT = 1  # PR_SET_PDEATHSIG, of Linux
START = 120.0  # seconds until the first test


def patience(took: float) -> float:
    """Seconds for a test that usually takes so long; the machine may be busy."""
    return 30 + 10 * took


class Unfit(Exception):
    """This cannot be changed while it is loaded."""


def in_child(work: Callable[[Say], Outcome]) -> Outcome:
    """``work`` is given what it calls before each test, with the seconds that this one may take."""
    ours, its = os.pipe()
    child = os.fork()
    if not child:
        ctypes.CDLL(None).prctl(END_WITH_PARENT, signal.SIGKILL)
        os.close(ours)
        be_child(work, its)
    os.close(its)
    return hear(ours, child)


def be_child(work: Callable[[Say], Outcome], its: int) -> None:
    def say(what: Any) -> None:
        os.write(its, json.dumps(what).encode() + b"\n")

    try:
        outcome = work(say)
    except Unfit as error:
        outcome = {"unfit": str(error)}
    except SyntaxError as error:
        outcome = {"broken": f"no longer Python: {error}"}
    except BaseException as error:
        outcome = {"broken": f"{type(error).__name__}: {error}"}
    say(outcome)
    os._exit(0)


def hear(pipe: int, child: int) -> Outcome:
    """Its last line, or why there is none."""
    test, seconds, said = "", START, b""
    with os.fdopen(pipe, "rb", buffering=0) as stream:
        while select.select([stream], [], [], seconds)[0]:
            part = stream.read(65_536)
            if not part:
                os.waitpid(child, 0)
                return {"broken": "the child died"}
            said += part
            while b"\n" in said:
                line, _, said = said.partition(b"\n")
                told = json.loads(line)
                if isinstance(told, dict):
                    os.waitpid(child, 0)
                    return told
                test, seconds = told
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return {"hangs": test, "why": f"not at its end after {seconds:.0f} s"} if test else {"broken": "it does not begin"}
