"""What a person does to a row, by the command line and by the verbs behind it."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from procrastinate.contrib.django.models import ProcrastinateJob

from sportello.billing.errors import Refused, Unavailable
from sportello.domain.journal.models import Event
from sportello.domain.ledger import by_hand, jobs
from sportello.domain.ledger.by_hand import Forgotten, NoSuchRow, NotInThisState, Overtaken
from sportello.domain.ledger.models import LedgerRow, State
from sportello.domain.ledger.sending import claim
from sportello.domain.ledger.tests import cast
from sportello.domain.ledger.tests.cast import NOW, Clock, FakeBilling
from sportello.domain.ledger.writing import enqueue

pytestmark = pytest.mark.django_db


def put(state: str, key: str = "K1", **columns: Any) -> None:
    settled_at = NOW if state in ("acknowledged", "refused", "cancelled") else None
    LedgerRow.objects.filter(key=key).update(state=state, settled_at=settled_at, **columns)


def test_held_and_released(billing: FakeBilling, clock: Clock) -> None:
    cast.reading()
    by_hand.hold("K1", now=NOW, actor_id=None)
    cast.run_jobs(clock)
    assert (cast.row().state, billing.asked) == ("held", [])
    by_hand.release("K1", now=clock.now)
    cast.run_jobs(clock)
    assert (cast.row().state, billing.keys) == ("acknowledged", ["K1"])
    assert [
        (event.name, event.about_key, event.customer_code, event.detail["was"])
        for event in Event.objects.order_by("pk")
    ] == [
        ("ledger.held", "K1", "C1", "queued"),
        ("ledger.released", "K1", "C1", "held"),
    ]


def test_a_refused_one_is_sent_again_with_its_key(billing: FakeBilling, clock: Clock) -> None:
    billing.before = [Refused("no", field="values")]
    cast.reading()
    cast.run_jobs(clock)
    row = by_hand.replay("K1", now=clock.now)
    assert (row.state, row.reason, row.field, row.settled_at) == ("queued", "", "", None)
    cast.run_jobs(clock)
    assert (cast.row().state, billing.asked) == ("acknowledged", ["K1", "K1"])
    assert len(cast.follows()) == 3  # refused, replayed, acknowledged


def test_a_dead_one_has_all_its_tries_again(billing: FakeBilling, clock: Clock) -> None:
    billing.before = [KeyError()] * 6
    cast.reading()
    cast.pass_time(clock, seconds=600)
    assert cast.row().state == State.DEAD
    by_hand.replay("K1", now=clock.now)
    cast.pass_time(clock, seconds=600)
    assert cast.row().state == State.ACKNOWLEDGED


def test_one_that_waits_for_its_next_try_goes_at_once_when_replayed(billing: FakeBilling, clock: Clock) -> None:
    billing.before = [Unavailable("x", retry_after=60)]
    cast.reading()
    cast.run_jobs(clock)
    by_hand.hold("K1", now=clock.now)
    by_hand.release("K1", now=clock.now)
    cast.run_jobs(clock)
    assert cast.row().state == State.ACKNOWLEDGED


def test_what_is_given_up_lets_go_what_waited_for_it(billing: FakeBilling, clock: Clock) -> None:
    cast.reading("K1", about="A1")
    put("dead", attempts=4)
    cast.reading("K2", about="A1")
    cast.run_jobs(clock)
    assert billing.asked == []
    by_hand.give_up("K1", now=clock.now, why="entered by hand", actor_id=None)
    cast.run_jobs(clock)
    assert cast.states() == {"K1": "cancelled", "K2": "acknowledged"}
    assert Event.objects.get().detail == {"was": "dead", "tried": 4, "why": "entered by hand"}


VERBS: dict[str, tuple[Callable[..., LedgerRow], set[str]]] = {
    "hold": (by_hand.hold, {"queued"}),
    "release": (by_hand.release, {"held"}),
    "replay": (by_hand.replay, {"refused", "dead"}),
    "give_up": (by_hand.give_up, {"queued", "dead", "held"}),
}


@pytest.mark.parametrize("state", State.values)
@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_wants_its_state(verb: str, state: str) -> None:
    act, wanted = VERBS[verb]
    cast.reading()
    cast.lose_jobs()
    put(state)
    if state in wanted:
        act("K1", now=NOW)
        assert (Event.objects.count(), cast.waiting()) == (1, [{"customer_code": "C1"}])
        return
    with pytest.raises(NotInThisState) as error:
        act("K1", now=NOW)
    assert error.value.state == state
    assert (cast.row().state, Event.objects.count(), cast.waiting(), cast.follows()) == (state, 0, [], [])


@pytest.mark.parametrize("verb", VERBS)
def test_there_must_be_such_a_row(verb: str) -> None:
    with pytest.raises(NoSuchRow):
        VERBS[verb][0]("K9", now=NOW)


@pytest.mark.parametrize(("verb", "state"), [(verb, state) for verb in VERBS for state in VERBS[verb][1]])
def test_no_verb_touches_another_row(verb: str, state: str) -> None:
    cast.reading("K0", customer="C0")
    cast.reading("K1")
    LedgerRow.objects.update(state=state, settled_at=NOW if state == "refused" else None)
    cast.lose_jobs()
    another = LedgerRow.objects.values().get(key="K0")
    VERBS[verb][0]("K1", now=NOW)
    assert LedgerRow.objects.values().get(key="K0") == another
    assert cast.waiting() == [{"customer_code": "C1"}]


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.django_db(transaction=True)
def test_no_worker_comes_between_the_look_and_the_act(verb: str, monkeypatch: pytest.MonkeyPatch) -> None:
    cast.reading()
    put(next(iter(VERBS[verb][1])))
    seen: list[bool] = []
    look = by_hand._must_be
    monkeypatch.setattr(by_hand, "_must_be", lambda row, *states: (seen.append(cast.is_locked()), look(row, *states)))
    VERBS[verb][0]("K1", now=NOW)
    assert seen == [True]


def test_what_follows_nothing_has_nobody_told() -> None:
    cast.reading(follows="")
    by_hand.hold("K1", now=NOW)
    assert set(ProcrastinateJob.objects.values_list("task_name", flat=True)) == {jobs.SEND}


def test_rows_about_nothing_are_not_about_the_same() -> None:
    for key in ("K1", "K2"):
        enqueue(cast.submit_reading(), key=key, about=("", ""), follows="", now=NOW)
    put("refused")
    assert by_hand.replay("K1", now=NOW).state == State.QUEUED


@pytest.mark.parametrize("later", ["queued", "sent", "acknowledged", "dead", "held"])
@pytest.mark.parametrize(("verb", "state"), [("replay", "refused"), ("replay", "dead"), ("release", "held")])
def test_what_a_later_one_has_overtaken_is_not_sent_after_it(verb: str, state: str, later: str) -> None:
    cast.reading("K1", about="A1")
    cast.reading("K2", about="A1")
    put(state)
    put(later, "K2")
    with pytest.raises(Overtaken) as error:
        VERBS[verb][0]("K1", now=NOW)
    assert (error.value.key, cast.row().state) == ("K2", state)
    VERBS[verb][0]("K1", now=NOW, force=True)
    assert cast.row().state == State.QUEUED
    assert Event.objects.get().detail["forced"] is True


@pytest.mark.parametrize("later", ["refused", "cancelled"])
def test_a_later_one_that_came_to_nothing_does_not_count(later: str) -> None:
    cast.reading("K1", about="A1")
    cast.reading("K2", about="A1")
    put("refused")
    put(later, "K2")
    assert by_hand.replay("K1", now=NOW).state == State.QUEUED


def test_a_code_that_was_forgotten_is_not_sent_again(billing: FakeBilling, clock: Clock) -> None:
    billing.before = [Refused("no")]
    cast.web_code()
    cast.run_jobs(clock)
    with pytest.raises(Forgotten):
        by_hand.replay("W1", now=NOW)
    assert cast.row("W1").state == State.REFUSED


# --- the command line --------------------------------------------------------------------------------------------------


@pytest.fixture
def ledger(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    def call(*words: str) -> str:
        call_command("ledger", *words)
        return capsys.readouterr().out

    return call


def test_the_list_counts_and_shows_the_newest(ledger: Callable[..., str], billing: FakeBilling, clock: Clock) -> None:
    assert ledger("list") == "There is nothing.\n"
    billing.before = [Refused("Lettura inferiore alla precedente")]
    for number in range(3):
        cast.reading(f"K{number}", customer=f"C{number}")
    cast.run_jobs(clock)
    said = ledger("list")
    assert said.startswith("2 acknowledged, 1 refused\nK2  acknowledged  SubmitReading  C2  2026-11-24 10:42:00\n")
    assert "Lettura inferiore alla precedente" in said
    assert re.findall(r"^K\d", ledger("list", "--state", "refused"), re.M) == ["K0"]
    assert re.findall(r"^K\d", ledger("list", "--customer", "C1"), re.M) == ["K1"]


def test_the_list_says_that_billing_is_away(ledger: Callable[..., str], billing: FakeBilling, clock: Clock) -> None:
    billing.before = [Unavailable("x")] * 10
    cast.reading()
    cast.run_jobs(clock)
    assert "Billing has not answered since 2026-11-24 10:42:00, 1 times in a row." in ledger("list")


def test_one_row_is_shown_with_what_one_may_see(ledger: Callable[..., str], billing: FakeBilling, clock: Clock) -> None:
    cast.reading(replaces="K0", approved=True)
    cast.run_jobs(clock)
    said = ledger("show", "K1")
    for line in (
        "state: acknowledged",
        "about: activity A-K1",
        "billing's reference: R-K1",
        "  read_on: 2026-11-23",
        "  values: R-total 4711.250",
        "  replaces: K0",
        "  approved: True",
    ):
        assert f"  {line}\n" in said


def test_no_code_is_shown(ledger: Callable[..., str]) -> None:
    cast.web_code()
    said = ledger("show", "W1") + ledger("list")
    assert "expires_on: 2027-05-23" in said
    assert cast.CODE not in said


def test_a_row_of_another_version_is_shown_all_the_same(ledger: Callable[..., str]) -> None:
    cast.reading()
    for command in ({"values": [1, {"x": 2}], "read_on": {"a": 1}}, {}):
        LedgerRow.objects.update(command=command)
        assert "state: queued" in ledger("show", "K1")


def test_the_verbs_say_what_they_did(ledger: Callable[..., str]) -> None:
    cast.reading()
    assert "K1 is held" in ledger("hold", "K1")
    assert "K1 is let go" in ledger("release", "K1")
    put("dead", attempts=4)
    assert "K1 is sent again" in ledger("replay", "K1")
    assert "look whether billing has done it" in ledger("cancel", "K1", "--why", "entered by hand")
    assert [event.name for event in Event.objects.order_by("pk")] == [
        "ledger.held",
        "ledger.released",
        "ledger.replayed",
        "ledger.cancelled",
    ]


@pytest.mark.parametrize("verb", ["show", "hold", "release", "replay", "cancel"])
def test_a_key_that_nobody_has_is_told(ledger: Callable[..., str], verb: str) -> None:
    with pytest.raises(CommandError, match="No row has the key K9"):
        ledger(verb, "K9")


def test_what_cannot_be_is_told(ledger: Callable[..., str], billing: FakeBilling, clock: Clock) -> None:
    cast.reading("K1", about="A1")
    for state in State.values:
        put(state)
        if state != State.QUEUED:
            with pytest.raises(CommandError, match=r"Nothing was changed\. .+"):
                ledger("hold", "K1")
    put("queued")
    claim("C1", now=clock.now)
    with pytest.raises(CommandError, match="A worker has it in hand"):
        ledger("cancel", "K1")
    put("refused")
    cast.reading("K2", about="A1")
    with pytest.raises(CommandError, match="K2 is about the same and came later"):
        ledger("replay", "K1")
    assert "is sent again" in ledger("replay", "K1", "--force")
    cast.web_code()
    put("refused", "W1", command={})
    with pytest.raises(CommandError, match="issue a new one"):
        ledger("replay", "W1")
