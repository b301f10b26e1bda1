"""A real worker that does what waits for it, beside the tests."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from procrastinate.contrib.django import app


def run_worker() -> None:
    """Does all jobs that are due, and comes back."""
    elsewhere(_work)


def elsewhere(do: Callable[[], None]) -> None:
    """In a thread of its own: the browser's driver leaves an event loop in the tests', beside which no other can run."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(do).result()


def _work() -> None:
    with app.replace_connector(app.connector.get_worker_connector()) as running:
        running.run_worker(wait=False, install_signal_handlers=False, listen_notify=False, delete_jobs="successful")
