import csv
import os
import stat

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import OperationalError, connection

from sportello.domain.accounts import print_runs, web_codes
from sportello.domain.accounts.models import Link, WebCode
from sportello.domain.customers.models import Customer
from sportello.domain.files import cells
from sportello.domain.journal.models import Event
from sportello.domain.people.models import Role, User
from tests.factories import NOW, customer, user


def rows(path) -> list[list[str]]:
    with path.open(newline="") as file:
        return list(csv.reader(file))


def issue(path, *whom: str) -> None:
    call_command("web_codes", "issue", *whom, "--file", str(path))


def test_the_file_holds_codes_that_work(owner, tmp_path, capsys):
    customer("C2")
    issue(tmp_path / "run.csv", "--customer", "C1", "C2", "C1")
    (head, *lines) = rows(tmp_path / "run.csv")
    assert head == ["customer", "name", "address", "code", "valid_until"]
    assert [line[0] for line in lines] == ["C1", "C2"]
    for line in lines:
        assert web_codes.claim(code=line[3], identifier=line[0], now=NOW).customer_code == line[0]
    assert stat.S_IMODE(os.stat(tmp_path / "run.csv").st_mode) == 0o600
    said = capsys.readouterr().out
    assert "2 codes issued" in said
    assert lines[0][3] not in said
    assert Event.objects.get().detail == {"count": 2}
    assert os.listdir(tmp_path) == ["run.csv"]


def test_missing_are_those_with_neither_login_nor_code(owner, tmp_path, capsys):
    customer("C2")
    issue(tmp_path / "one.csv", "--customer", "C2")
    issue(tmp_path / "two.csv", "--missing")
    assert [line[0] for line in rows(tmp_path / "two.csv")[1:]] == ["C1"]
    issue(tmp_path / "three.csv", "--missing")
    assert "nothing to print" in capsys.readouterr().out
    assert not (tmp_path / "three.csv").exists()


def test_nothing_in_a_cell_runs(owner, tmp_path):
    for number, name in enumerate(
        ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", 'plain "quoted", with comma\nand line']
    ):
        customer(f"D{number}", kind="company", company_name=name)
    issue(tmp_path / "run.csv", "--missing")
    names = [line[1] for line in rows(tmp_path / "run.csv")[1:]]
    assert not any(name.startswith(cells.RUNS) for name in names)
    assert "'=1+1" in names
    assert 'plain "quoted", with comma\nand line' in names


@pytest.mark.parametrize("there", ["run.csv", "run.csv.partial"])
def test_a_file_is_not_written_over(owner, tmp_path, there):
    (tmp_path / there).write_text("an earlier run")
    with pytest.raises(CommandError, match="is there already"):
        issue(tmp_path / "run.csv", "--missing")
    assert (tmp_path / there).read_text() == "an earlier run"
    assert not WebCode.objects.exists()


@pytest.mark.parametrize("path", ["nowhere/run.csv", "."])
def test_without_a_file_no_code_is_issued(owner, tmp_path, path):
    with pytest.raises(CommandError):
        issue(tmp_path / path, "--missing")
    assert not WebCode.objects.exists()


def test_a_disk_that_fills_up_leaves_neither_file_nor_codes(owner, tmp_path, monkeypatch):
    (earlier,) = web_codes.issue(["C1"], now=NOW)

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CommandError, match="No space left"):
        issue(tmp_path / "run.csv", "--customer", "C1")
    assert os.listdir(tmp_path) == []
    assert web_codes.claim(code=earlier.code, identifier="C1", now=NOW)


@pytest.mark.django_db(transaction=True)
def test_a_commit_that_fails_leaves_no_file(owner, tmp_path, monkeypatch):
    def gone() -> None:
        raise OperationalError("the database went away")

    with monkeypatch.context() as patched:
        patched.setattr(connection, "commit", gone)
        with pytest.raises(OperationalError):
            print_runs.issue_to_file(["C1"], tmp_path / "run.csv", now=NOW)
    assert os.listdir(tmp_path) == []
    assert not WebCode.objects.exists()


def test_should_the_last_step_fail_no_code_is_lost(owner, tmp_path, monkeypatch):
    def broken(*_: object) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr("pathlib.Path.rename", broken)
        with pytest.raises(OSError, match="Input/output"):
            print_runs.issue_to_file(["C1"], tmp_path / "run.csv", now=NOW)
    (_, line) = rows(tmp_path / "run.csv.partial")
    assert web_codes.claim(code=line[3], identifier="C1", now=NOW)


def test_an_unknown_customer_is_told(owner, tmp_path):
    with pytest.raises(CommandError, match="C9"):
        issue(tmp_path / "run.csv", "--customer", "C1", "C9")
    assert not WebCode.objects.exists()


def test_many_at_once(db, tmp_path, django_assert_max_num_queries):
    Customer.objects.bulk_create(
        Customer(code=f"C{number:05}", kind="person", last_name="V") for number in range(2_500)
    )
    with django_assert_max_num_queries(45):
        issue(tmp_path / "run.csv", "--missing")
    lines = rows(tmp_path / "run.csv")[1:]
    assert len({line[3] for line in lines}) == 2_500


# --- a reset by an operator ------------------------------------------------------------------------------------------


@pytest.fixture
def bob(db) -> User:
    return user("bob", roles=[Role.BACK_OFFICE])


def start(*options: str, username: str = "alice", operator: str = "bob", proof: str = "identity card seen") -> None:
    call_command("recovery", "start", username, *options, "--operator", operator, "--proof", proof)


@pytest.mark.parametrize(("how", "kind"), [("--by-mail", "recovery_link"), ("--by-post", "recovery_code")])
def test_an_operator_starts_a_reset(alice, bob, written, how, kind):
    start(how)
    assert [each for each, _ in written()] == [kind]
    link = Link.objects.get()
    assert link.identity_proven
    event = Event.objects.get()
    assert (event.actor, event.about_key, event.detail["proof"]) == (bob, str(alice.pk), "identity card seen")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"username": "nobody"}, "no open login"),
        ({"operator": "carl"}, "no member of staff"),
        ({"operator": "nobody"}, "no open login"),
        ({"proof": " "}, "how identity was proven"),
        ({"proof": "x" * 201}, "how identity was proven"),
        ({"username": "bob"}, "Nobody makes sure of himself"),
        ({"username": "carl"}, "use --by-post"),
    ],
)
def test_what_cannot_be_is_told_and_nothing_is_sent(alice, bob, written, options, said):
    user("carl")
    with pytest.raises(CommandError, match=said):
        start("--by-mail", **options)
    assert written() == []
    assert not Event.objects.exists()


def test_without_any_address_it_is_told(alice, bob, written):
    user("carl")
    with pytest.raises(CommandError, match="no address"):
        start("--by-post", username="carl")
    assert written() == []
