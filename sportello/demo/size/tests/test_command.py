"""The command: it fills a server of its own and no other, and begins anew where it was cut off."""

import psycopg
import pytest

from sportello.demo.size import __main__ as command
from sportello.demo.size import making


@pytest.fixture(autouse=True)
def nobody_elses(monkeypatch, tmp_path):
    for name in ("DATABASE_URL", "BILLING_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("VAR_DIR", str(tmp_path))
    monkeypatch.setattr(command.postgres, "stop", lambda var: None)
    monkeypatch.setattr(command.postgres, "is_running", lambda var: False)
    monkeypatch.setattr(command, "begin", begun)
    monkeypatch.setattr(command, "settle", lambda var, url: None)
    monkeypatch.setattr(command, "fill", lambda url, customers, var: {"customers_customer": customers})


def begun(var) -> str:
    var.mkdir()
    (var / "postgres").touch()
    return "postgresql://nowhere"


def test_it_makes_them_once(tmp_path, capsys):
    assert command.main(["--customers", "600"]) == 0
    assert (tmp_path / "sized/600/made.json").exists()
    assert command.main(["--customers", "600"]) == 0
    assert "there already" in capsys.readouterr().out


def test_what_was_cut_off_is_begun_anew(tmp_path, monkeypatch, capsys):
    def cut_off(url, customers, var):
        (var / "half").touch()
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(command, "fill", cut_off)
        command.main(["--customers", "600"])
    assert not (tmp_path / "sized/600/made.json").exists()
    assert command.main(["--customers", "600"]) == 0
    assert "cut off" in capsys.readouterr().out
    assert not (tmp_path / "sized/600/half").exists()


def test_again_and_remove_throw_away_what_is_there(tmp_path):
    command.main(["--customers", "600"])
    (tmp_path / "sized/600/old").touch()
    command.main(["--customers", "600", "--again"])
    assert not (tmp_path / "sized/600/old").exists()
    command.main(["--customers", "600", "--remove"])
    assert not (tmp_path / "sized/600").exists()


def test_a_server_in_use_is_left_alone(monkeypatch):
    command.main(["--customers", "600"])
    monkeypatch.setattr(command.postgres, "is_running", lambda var: True)
    with pytest.raises(SystemExit, match="in use"):
        command.main(["--customers", "600", "--again"])


@pytest.mark.parametrize("name", ["DATABASE_URL", "BILLING_DATABASE_URL"])
def test_it_refuses_where_somebody_elses_database_is_named(monkeypatch, tmp_path, name):
    monkeypatch.setenv(name, "postgresql://production/sportello")
    with pytest.raises(SystemExit, match=name):
        command.main(["--customers", "600"])
    assert not (tmp_path / "sized").exists()


def test_it_refuses_without_room(monkeypatch, tmp_path):
    monkeypatch.setattr(command, "BYTES_EACH", 10**12)
    with pytest.raises(SystemExit, match="not enough"):
        command.main(["--customers", "600"])
    assert not (tmp_path / "sized/600").exists()


def test_fewer_than_the_demo_has_cannot_be(capsys):
    with pytest.raises(SystemExit):
        command.main(["--customers", "20"])
    assert "at least 508" in capsys.readouterr().err


@pytest.mark.django_db
def test_the_database_of_another_server_is_not_touched(tmp_path, sized_url):
    """The one of the tests stands for any other: its data are not under this folder."""
    with pytest.raises(making.ForeignDatabase):
        making.make(sized_url, customers=600, var=tmp_path, say=lambda text: None)
    with psycopg.connect(sized_url) as connection:
        assert connection.execute("SELECT count(*) FROM pg_namespace WHERE nspname = 'sized'").fetchone() == (0,)


@pytest.fixture
def sized_url() -> str:
    from sportello.demo.size.tests.conftest import url

    return url()
