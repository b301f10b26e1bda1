"""The two kinds of process that run Sportello: web and worker."""

import os
import sys
import threading
from pathlib import Path

from sportello import counters


def web(arguments: list[str]) -> None:
    """Becomes the web server; further arguments are the server's own."""
    environ = os.environ
    counters.begin(Path(environ.get("VAR_DIR") or Path(__file__).resolve().parent.parent / "var"))
    environ.setdefault("DATABASE_POOL", "4")
    environ.setdefault("MALLOC_ARENA_MAX", "2")  # or each thread keeps freed memory of its own
    options = {
        "--interface": "wsgi",
        "--host": environ.get("WEB_HOST", "127.0.0.1"),
        "--port": environ.get("PORT", "8000"),
        "--workers": environ.get("WEB_WORKERS", "2"),
        "--blocking-threads": environ.get("WEB_THREADS", "4"),
        "--blocking-threads-idle-timeout": "600",
        "--workers-kill-timeout": "30",
        "--log-level": "warning",
    }
    flat = [word for pair in options.items() for word in pair]
    flags = ["--respawn-failed-workers", "--no-ws"]
    server = [sys.executable, "-m", "sportello.webserver"]
    os.execv(sys.executable, [*server, *flat, *flags, *arguments, "sportello.wsgi:application"])  # noqa: S606


def worker(arguments: list[str]) -> None:
    """Runs jobs and follows billing's feed, where it has one, until it is told to stop."""
    import django

    django.setup()
    from django.conf import settings

    from sportello.billing.loading import connector
    from sportello.domain.customers.tasks import follow
    from sportello.working import work

    stop = threading.Event()
    follower = None
    billing = connector(settings.BILLING_CONNECTOR)
    if billing.capabilities.feed:
        # Killed in the middle of a batch it leaves nothing behind, so nobody has to wait for it for long.
        follower = threading.Thread(
            target=follow, kwargs={"billing": billing, "stop": stop}, name="follow", daemon=True
        )
        follower.start()
    try:
        work(stop)
    finally:
        stop.set()
        if follower:
            follower.join(timeout=5)
