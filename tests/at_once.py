"""Runs the same thing several times at once, in threads with connections of their own."""

import threading
from collections.abc import Callable
from typing import TypeVar

from django.db import connection

T = TypeVar("T")


def at_once(times: int, do: Callable[[int], T]) -> list[T | Exception]:
    """What each call gave, or the exception it ended with, in the order of their numbers."""
    ready = threading.Barrier(times)
    results: list[T | Exception] = [RuntimeError("did not end")] * times

    def run(number: int) -> None:
        try:
            ready.wait(timeout=10)
            results[number] = do(number)
        except Exception as error:
            results[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return results
