"""``make demo``: the whole product on one machine, with an invented company in it, until it is interrupted."""

import argparse
import fcntl
import os
import shutil
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType

from sportello import postgres
from sportello.demo import processes
from sportello.demo.processes import Child

CONNECTORS = {
    "embedded": "sportello.connectors.embedded.connector.EmbeddedBilling",
    "sap": "sportello.connectors.sap.connector.SapBilling",
}
COMPANY = {
    "COMPANY_NAME": "Concordia Energia",
    "COMPANY_EMERGENCY_NUMBERS": "gas=800 900 999;electricity=800 900 998",
    "COMPANY_CUSTOMER_SERVICE": "0535 000 100",
    "COMPANY_IBAN": "IT60X0542811101000000123456",
    "COMPANY_POSTAL_ACCOUNT": "12345670",
    "COMPANY_ADDRESS": "Via Grandi 1, 41033 Concordia sulla Secchia (MO)",
    "COMPANY_CREDITOR_ID": "IT15ZZZ0000000489520122",
}
# The embedded billing judges a reading a minute after it came, and bills it a minute later.
BILLING_WORKS = ("--every", "15", "--after", "60")


class Stopped(Exception):
    """Somebody wants us to end."""


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="sportello demo", description=__doc__)
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--billing", choices=sorted(CONNECTORS), default="embedded")
    parser.add_argument("--reset", action="store_true", help="throw the demo's data away and end")
    options = parser.parse_args(arguments)
    var = Path(os.environ.get("VAR_DIR", "var")).resolve()
    var.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    try:
        with only_one(var):
            if options.reset:
                return reset(var)
            return run(var, port=options.port, billing=options.billing)
    except Stopped:
        say("Stopped.")
        return 0


def _stop(signum: int, frame: FrameType | None) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Stopped


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201


@contextmanager
def only_one(var: Path) -> Iterator[None]:
    """Holds the demo's lock, which the kernel gives back whatever becomes of us."""
    with (var / "demo.lock").open("w") as lock:
        deadline = time.monotonic() + 10  # children of a killed demo may still be ending
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    sys.exit("Another demo is running from this folder.")
                time.sleep(0.2)
        yield


def reset(var: Path) -> int:
    """Only the embedded server's data: a database of one's own is one's own to empty."""
    if os.environ.get("DATABASE_URL"):
        sys.exit("DATABASE_URL is set: empty that database yourself.")
    postgres.stop(var)
    shutil.rmtree(var / "postgres", ignore_errors=True)
    (var / "cast.json").unlink(missing_ok=True)
    shutil.rmtree(var / "sap-mock" / "demo", ignore_errors=True)  # what SAP's mock was told
    say("The demo's data are gone; the next make demo begins anew.")
    return 0


def run(var: Path, *, port: int, billing: str) -> int:
    if not port_is_free(port):
        sys.exit(f"Port {port} is taken. Choose another: make demo PORT={port + 1}")
    with ExitStack() as stack:
        ours = database(var, billing=billing, stack=stack)
        processes.environment(
            COMPANY
            | {
                "DEMO": "1",
                "SITE_URL": f"http://localhost:{port}",
                "PORT": str(port),
                "BILLING_CONNECTOR": CONNECTORS[billing],
                "LOG_LEVEL": "WARNING",
                "DJANGO_SETTINGS_MODULE": "sportello.settings",
            }
        )
        from sportello.demo import preparing

        cast = preparing.prepare(billing=billing, var=var, say=say, stack=stack)
        others = [Child("worker", processes.own("worker"))]
        if billing == "embedded":
            others.append(Child("billing", processes.own("billing", "--skip-checks", "work", *BILLING_WORKS)))
        children = [Child("web", processes.own("web"))]
        children[0].start()
        try:
            wait_for(port, children)
            # What nobody waits for begins when the first page is there: together all would be slow.
            for child in others:
                child.start()
                children.append(child)
            announce(port, cast)
            keep_running(children, var if ours else None)
        finally:
            processes.stop(children)
    return 0


def database(var: Path, *, billing: str, stack: ExitStack) -> bool:
    """Sets DATABASE_URL where nobody else has: the embedded server's, which then stops with us. Says whether it is ours."""
    name = "sportello" if billing == "embedded" else f"sportello_{billing}"
    ours = not os.environ.get("DATABASE_URL")
    if ours:
        say("Starting the embedded PostgreSQL ...")
        os.environ["DATABASE_URL"] = postgres.start(var, database=name)
        stack.callback(postgres.stop, var)
    if billing == "embedded" and not os.environ.get("BILLING_DATABASE_URL"):
        postgres.make_database_beside(os.environ["DATABASE_URL"], suffix="_billing")
    return ours


def port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def wait_for(port: int, children: list[Child]) -> None:
    """Until the web server answers."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=2):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.05)
        for child in children:
            child.tend()
    sys.exit("The web server does not answer.")


def announce(port: int, cast: list[dict[str, object]]) -> None:
    say(
        f"\nSportello is at  http://localhost:{port}\nIts mails can be read at  http://localhost:{port}/demo/mailbox/\n"
    )
    width = max(len(str(entry["username"])) for entry in cast)
    for entry in cast:
        if entry["username"]:
            what = entry.get("about") or str(entry["role"]).replace("_", " ")
            say(f"  {entry['username']!s:{width}}  {entry['name']}: {what}")
    newcomers = [entry for entry in cast if not entry["username"]]
    if newcomers:
        say("\nNot here yet; first access with customer number and web code:\n")
    for entry in newcomers:
        say(f"  {entry['customer_number']}  {entry['web_code']}  {entry['name']}")
    say(f"\nEvery login's password:  {cast[0]['password']}")
    say(f"Every customer's answer to the secret question:  {cast[0].get('answer', '')}\nCtrl-C stops it.\n")


def keep_running(children: list[Child], var: Path | None) -> None:
    """Tends children, and the embedded server under ``var`` where it is ours, until somebody wants us to end."""
    while True:
        time.sleep(0.5)
        if var is not None and not postgres.is_running(var):
            postgres.restart(var)
            say("PostgreSQL had ended and was started again.")
        for child in children:
            if child.tend():
                say(f"{child.name} had ended and was started again.")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
