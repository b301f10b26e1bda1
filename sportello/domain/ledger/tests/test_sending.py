"""Each command goes out once where all is well, again where it must, in order, and never silently not at all."""

import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections, transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from sportello.billing.commands import Receipt
from sportello.billing.errors import BillingError, Conflict, ForeignRows, NotThere, Refused, Unavailable
from sportello.domain.ledger import outages, recording, sending
from sportello.domain.ledger.models import LedgerRow, Outage, State
from sportello.domain.ledger.sending import LEASE, claim, deliver, send, sweep
from sportello.domain.ledger.tests import cast
from sportello.domain.ledger.tests.cast import NOW, Clock, FakeBilling

pytestmark = pytest.mark.django_db

AWAY = Unavailable("no answer")


def test_it_is_sent_and_acknowledged_and_the_job_follows(billing: FakeBilling, clock: Clock) -> None:
    cast.reading()
    cast.run_jobs(clock)
    row = cast.row()
    assert (row.state, row.attempts, row.reference, row.duplicate) == ("acknowledged", 1, "R-K1", False)
    assert (row.sent_at, row.settled_at, row.taken_until) == (NOW, NOW, None)
    assert billing.done == [("K1", cast.submit_reading())]
    assert cast.follows() == [["C1"]]


def test_what_follows_nothing_defers_nothing(billing: FakeBilling, clock: Clock) -> None:
    cast.reading(follows="")
    cast.run_jobs(clock)
    assert (cast.row().state, cast.follows()) == ("acknowledged", [])


@pytest.mark.parametrize("feed", [False, True])
def test_what_was_done_is_read_anew_where_nothing_else_would_tell(
    billing: FakeBilling, clock: Clock, feed: bool
) -> None:
    billing.capabilities = replace(billing.capabilities, feed=feed)
    cast.reading()
    billing.before = [AWAY, Refused("no")]
    for _ in range(2):
        send("C1", clock=clock)
        clock.pass_(timedelta(minutes=1))
    assert cast.waiting("customers.refresh") == []
    cast.reading("K2")
    send("C1", clock=clock)
    asked = [{"customer_code": "C1", "asked_at": clock.now.isoformat()}]
    assert cast.waiting("customers.refresh") == ([] if feed else asked)


def test_once_is_enough(billing: FakeBilling, clock: Clock) -> None:
    cast.reading()
    for _ in range(3):
        send("C1", clock=clock)
    assert billing.asked == ["K1"]


def test_a_web_code_is_forgotten_once_billing_has_it(billing: FakeBilling, clock: Clock) -> None:
    cast.web_code()
    billing.before = [AWAY]
    send("C1", clock=clock)
    clock.pass_(timedelta(minutes=1))
    send("C1", clock=clock)
    assert billing.done[0][1].web_code == cast.CODE
    assert cast.row("W1").command == {"customer_code": "C1", "expires_on": "2027-05-23"}
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(ledger_ledgerrow::text, ' ') FROM ledger_ledgerrow")
        assert cast.CODE not in cursor.fetchone()[0]


# --- what billing answers ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "reason", "field"),
    [
        (
            Refused("Lettura inferiore\r\n alla precedente", field="values"),
            "Lettura inferiore alla precedente",
            "values",
        ),
        (Refused(""), recording.NO_REASON, ""),
        (Refused("\x00\x07 "), recording.NO_REASON, ""),
        (Refused("x" * 1000, field="y" * 100), "x" * 300, "y" * 60),
        (NotThere("meter", "M1"), "billing knows no meter with this code", "meter"),
        (Conflict("the meter has been removed"), "the meter has been removed", ""),
        (Conflict(), recording.NO_REASON, ""),
    ],
)
def test_a_refusal_is_kept_and_told(
    billing: FakeBilling, clock: Clock, error: BillingError, reason: str, field: str
) -> None:
    billing.before = [error]
    cast.reading()
    cast.run_jobs(clock)
    cast.pass_time(clock, seconds=120)
    row = cast.row()
    assert (row.state, row.reason, row.field) == ("refused", reason, field)
    assert row.settled_at == NOW
    assert billing.asked == ["K1"]
    assert cast.follows() == [["C1"]]


def test_what_billing_cannot_do_is_an_operators_work(billing: FakeBilling, clock: Clock) -> None:
    billing.capabilities = replace(billing.capabilities, commands=frozenset({"PublishWebCode"}))
    cast.reading()
    cast.run_jobs(clock)
    assert (cast.row().state, cast.row().reason) == ("refused", recording.NOT_OFFERED)
    assert billing.asked == []
    assert cast.follows() == [["C1"]]


@pytest.mark.parametrize(
    ("name", "command"), [("SendPigeon", {}), ("SubmitReading", {"customer_code": "C1"}), ("SubmitReading", [])]
)
def test_a_command_of_another_version_is_dead(billing: FakeBilling, clock: Clock, name: str, command: Any) -> None:
    billing.capabilities = replace(billing.capabilities, commands=frozenset({"SendPigeon", "SubmitReading"}))
    cast.reading("K1")
    LedgerRow.objects.update(name=name, command=command)
    cast.reading("K2")
    cast.run_jobs(clock)
    assert cast.states() == {"K1": "dead", "K2": "acknowledged"}
    assert "cannot be read" in cast.row().reason
    assert billing.asked == ["K2"]
    assert cast.follows() == [["C1"], ["C1"]]


@pytest.mark.parametrize("error", [ForeignRows("Rossi Maria"), KeyError("Rossi Maria"), BillingError("Rossi Maria")])
def test_what_nobody_had_foreseen_is_tried_a_few_times(billing: FakeBilling, clock: Clock, error: Exception) -> None:
    billing.before = [error] * 100
    cast.reading()
    cast.pass_time(clock, seconds=600)
    row = cast.row()
    assert (row.state, row.reason) == ("dead", type(error).__name__)
    assert billing.asked == ["K1"] * recording.MOST_ERRORS
    assert cast.follows() == [["C1"]]


def test_what_nobody_had_foreseen_may_pass(billing: FakeBilling, clock: Clock) -> None:
    billing.after = [RuntimeError()]
    cast.reading()
    cast.pass_time(clock, seconds=60)
    assert (cast.row().state, cast.row().duplicate, billing.keys) == ("acknowledged", True, ["K1"])


# --- billing away ------------------------------------------------------------------------------------------------------


def test_while_billing_is_away_nothing_dies_and_then_it_goes(billing: FakeBilling, clock: Clock) -> None:
    billing.before = [AWAY] * 10_000
    for number in range(8):
        cast.reading(f"K{number}", customer=f"C{number}")
    cast.pass_time(clock, seconds=1800)
    assert set(cast.states().values()) == {"queued"}
    assert 1800 / outages.LONGEST <= len(billing.asked) < 1800 / outages.LONGEST * 3  # and not 8 times as many
    assert len(set(billing.asked)) == 8  # each has its turn
    billing.before = []
    cast.pass_time(clock, seconds=60)
    assert set(cast.states().values()) == {"acknowledged"}
    assert sorted(billing.keys) == [f"K{number}" for number in range(8)]
    assert not Outage.objects.exists()


def test_after_few_failures_nothing_but_the_probe_goes(billing: FakeBilling, clock: Clock) -> None:
    billing.before = [AWAY] * 10_000
    for number in range(50):
        cast.reading(f"K{number}", customer=f"C{number}")
    cast.run_jobs(clock)
    assert len(billing.asked) == outages.FEW
    assert sweep(now=clock.now + timedelta(minutes=5)) == 0
    assert outages.is_on()


def test_one_success_lets_the_rest_go_at_once(billing: FakeBilling, clock: Clock) -> None:
    billing.before = [AWAY] * outages.FEW
    for number in range(50):
        cast.reading(f"K{number:02}", customer=f"C{number:02}")
    cast.run_jobs(clock)
    cast.pass_time(clock, seconds=5)
    assert len(billing.done) >= 50 - outages.FEW
    cast.pass_time(clock, seconds=55)
    assert len(billing.done) == 50


def test_it_waits_as_long_as_billing_asks_for_but_not_longer_than_a_minute(billing: FakeBilling, clock: Clock) -> None:
    for asked_for, least in ((30.0, 30), (86_400.0, 60)):
        billing.before = [Unavailable("busy", retry_after=asked_for)]
        row = cast.reading(f"K{least}", customer=f"C{least}")
        begun = clock.now
        cast.run_jobs(clock)
        row.refresh_from_db()
        assert row.next_attempt_at - begun == timedelta(seconds=least)
        cast.pass_time(clock, seconds=61)
        assert cast.row(row.key).state == State.ACKNOWLEDGED


@pytest.mark.parametrize("failures", range(1, 40))
def test_pauses_grow_up_to_a_limit(failures: int) -> None:
    longest = min(2.0 ** (failures - 1), outages.LONGEST)
    assert longest / 2 <= outages.pause(failures).total_seconds() <= longest


def test_one_command_that_billing_never_answers_does_not_stop_the_others(billing: FakeBilling, clock: Clock) -> None:
    cast.reading("bad", customer="C0")
    real = billing.execute

    def execute(command: Any, *, key: str) -> Receipt:
        if key == "bad":
            billing.asked.append(key)
            raise AWAY
        return real(command, key=key)

    billing.execute = execute  # type: ignore[method-assign]
    cast.pass_time(clock, seconds=300)
    assert outages.is_on()
    for number in range(20):
        cast.reading(f"K{number}", customer=f"C{number + 1}")
        cast.pass_time(clock, seconds=30)
    cast.pass_time(clock, seconds=60)
    assert len(billing.done) == 20
    assert cast.row("bad").state == State.QUEUED
    assert billing.asked.count("bad") > 10


def test_a_probe_that_asks_billing_nothing_hands_on_to_the_next(billing: FakeBilling, clock: Clock) -> None:
    billing.before = [AWAY] * outages.FEW
    for number in range(6):
        cast.reading(f"K{number}", customer=f"C{number}")
    cast.run_jobs(clock)
    LedgerRow.objects.filter(key="K3").update(command={})
    billing.before = [ForeignRows()]
    cast.pass_time(clock, seconds=60)
    assert cast.row("K3").state == State.DEAD
    assert sorted(billing.keys) == ["K0", "K1", "K2", "K4", "K5"]


def test_an_outage_with_nothing_left_to_send_ends(billing: FakeBilling, clock: Clock) -> None:
    billing.before = [AWAY] * 10_000
    for number in range(3):
        cast.reading(f"K{number}", customer=f"C{number}")
    cast.run_jobs(clock)
    LedgerRow.objects.update(state=State.CANCELLED, settled_at=NOW)
    cast.pass_time(clock, seconds=60)
    assert not Outage.objects.exists()


@pytest.mark.parametrize("lost", ["", "ledger.probe"])
def test_a_probe_whose_job_is_lost_is_found_again(billing: FakeBilling, clock: Clock, lost: str) -> None:
    billing.before = [AWAY] * outages.FEW
    for number in range(6):
        cast.reading(f"K{number}", customer=f"C{number}")
    cast.run_jobs(clock)
    cast.lose_jobs(lost)
    cast.pass_time(clock, seconds=120)
    assert len(billing.done) == 6


def test_who_dies_while_he_probes_is_followed_by_another(billing: FakeBilling, clock: Clock) -> None:
    billing.before = [AWAY] * outages.FEW
    for number in range(6):
        cast.reading(f"K{number}", customer=f"C{number}")
    cast.run_jobs(clock)
    clock.pass_(timedelta(seconds=10))
    assert outages.take_probe(now=clock.now)
    assert outages.take_probe(now=clock.now) is None
    cast.lose_jobs()
    cast.pass_time(clock, seconds=240)
    assert len(billing.done) == 6


def test_only_failures_in_a_row_count(billing: FakeBilling, clock: Clock) -> None:
    for number in range(2 * outages.FEW):
        billing.before = [AWAY]
        cast.reading(f"bad{number}", customer=f"B{number}")
        cast.reading(f"good{number}", customer=f"G{number}")
        send(f"B{number}", clock=clock)
        assert Outage.objects.get().failures == 1
        send(f"G{number}", clock=clock)
        assert not Outage.objects.exists()


def test_a_probe_that_comes_too_early_comes_again(billing: FakeBilling, clock: Clock) -> None:
    billing.before = [AWAY] * outages.FEW
    for number in range(outages.FEW):
        cast.reading(f"K{number}", customer=f"C{number}")
    cast.run_jobs(clock)
    cast.lose_jobs()
    sending.probe(clock=clock)
    assert len(billing.asked) == outages.FEW
    (waiting,) = ProcrastinateJob.objects.filter(task_name="ledger.probe")
    assert waiting.scheduled_at == Outage.objects.get().probe_at > clock.now


def test_a_customer_with_many_rows_does_not_take_all_the_probes(billing: FakeBilling, clock: Clock) -> None:
    billing.before = [AWAY] * 10_000
    for number in range(5):
        cast.reading(f"K{number}", customer="C1")
    for number in range(5):
        cast.reading(f"L{number}", customer=f"C2-{number}")
    cast.pass_time(clock, seconds=900)
    assert set(billing.asked) == {"K0", "L0", "L1", "L2", "L3", "L4"}


# --- order -------------------------------------------------------------------------------------------------------------


def test_a_customers_rows_go_in_order_and_none_before_the_one_ahead(billing: FakeBilling, clock: Clock) -> None:
    billing.before = [AWAY, AWAY]
    for number in range(30):
        cast.reading(f"K{number:02}")
    cast.run_jobs(clock)
    assert set(billing.asked) == {"K00"}
    cast.pass_time(clock, seconds=20)
    assert billing.keys == [f"K{number:02}" for number in range(30)]
    assert billing.asked == ["K00", "K00", *billing.keys]


def test_another_customers_go_meanwhile(billing: FakeBilling, clock: Clock) -> None:
    billing.before = [AWAY]
    cast.reading("K1", customer="C1")
    cast.reading("K2", customer="C2")
    cast.run_jobs(clock)
    assert cast.states() == {"K1": "queued", "K2": "acknowledged"}


@pytest.mark.parametrize("error", [Refused("no"), Conflict("no")])
def test_a_refused_one_lets_the_next_go(billing: FakeBilling, clock: Clock, error: BillingError) -> None:
    billing.before = [error]
    cast.reading("K1", about="A1")
    cast.reading("K2", about="A1", replaces="K1")
    cast.run_jobs(clock)
    assert cast.states() == {"K1": "refused", "K2": "acknowledged"}


def test_one_that_a_worker_has_holds_up_the_next(billing: FakeBilling, clock: Clock) -> None:
    cast.reading("K1")
    cast.reading("K2")
    claim("C1", now=clock.now)
    assert claim("C1", now=clock.now) is None
    cast.run_jobs(clock)
    assert billing.asked == []


def test_one_that_may_have_gone_is_settled_before_an_earlier_one_let_go(billing: FakeBilling, clock: Clock) -> None:
    cast.reading("K1")
    LedgerRow.objects.update(state=State.HELD)
    cast.reading("K2")
    claim("C1", now=clock.now)
    LedgerRow.objects.filter(key="K1").update(state=State.QUEUED)
    cast.run_jobs(clock)
    assert billing.asked == []
    cast.pass_time(clock, seconds=200)
    assert billing.keys == ["K2", "K1"]


@pytest.mark.parametrize("state", ["dead", "held"])
def test_a_stopped_one_holds_up_its_own_kin_alone(billing: FakeBilling, clock: Clock, state: str) -> None:
    cast.reading("K1", about="A1")
    LedgerRow.objects.update(state=state)
    cast.reading("K2", about="A1")
    cast.reading("K3", replaces="K1")
    cast.reading("K4", replaces="K3")
    cast.reading("K5", about="A5")
    cast.reading("K6", customer="C2", about="A1")  # another customer's is another's
    cast.pass_time(clock, seconds=120)
    assert sorted(billing.keys) == ["K5", "K6"]
    assert cast.waiting() == []  # and no job runs in vain
    LedgerRow.objects.filter(key="K1").update(state=State.CANCELLED, settled_at=NOW)
    cast.pass_time(clock, seconds=120)
    assert sorted(billing.keys) == ["K2", "K3", "K4", "K5", "K6"]


def test_many_of_one_customer_let_others_have_their_turn(
    billing: FakeBilling, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "MOST_AT_ONCE", 2)
    for number in range(5):
        cast.reading(f"K{number}", customer="C1")
    cast.reading("L", customer="C2")
    cast.run_jobs(clock)
    assert billing.keys == ["K0", "K1", "L", "K2", "K3", "K4"]


# --- workers that die, and those that are late -------------------------------------------------------------------------


def test_a_row_whose_worker_died_is_sent_again_with_the_same_key(billing: FakeBilling, clock: Clock) -> None:
    cast.reading()
    row = claim("C1", now=clock.now)
    billing.execute(cast.submit_reading(), key=row.key)
    cast.lose_jobs()
    cast.pass_time(clock, seconds=60)
    assert cast.row().state == State.SENT
    cast.pass_time(clock, seconds=60)
    assert (cast.row().state, cast.row().duplicate, cast.row().attempts) == ("acknowledged", True, 2)
    assert billing.keys == ["K1"]


def test_a_late_acknowledgement_counts_while_the_row_is_open(billing: FakeBilling, clock: Clock) -> None:
    cast.reading()
    slow = claim("C1", now=clock.now)
    clock.pass_(LEASE)
    quick = claim("C1", now=clock.now)
    recording.acknowledged(slow, Receipt(reference="slow"), now=clock.now)
    recording.unavailable(quick, retry_after=None, now=clock.now)
    recording.failed(quick, error="KeyError", now=clock.now)
    recording.refused(quick, reason="no", now=clock.now)
    recording.dead(quick, reason="no")
    recording.acknowledged(quick, Receipt(reference="quick", duplicate=True), now=clock.now)
    assert (cast.row().state, cast.row().reference, cast.row().reason) == ("acknowledged", "slow", "")
    assert cast.follows() == [["C1"]]


@pytest.mark.parametrize("late", ["acknowledged", "refused", "unavailable", "failed", "dead"])
@pytest.mark.parametrize("first", ["acknowledged", "refused"])
def test_the_answer_of_who_took_it_over_stands(billing: FakeBilling, clock: Clock, first: str, late: str) -> None:
    cast.reading()
    slow = claim("C1", now=clock.now)
    clock.pass_(LEASE)
    quick = claim("C1", now=clock.now)
    _record(first, quick, clock)
    settled = LedgerRow.objects.values().get()
    clock.pass_(timedelta(seconds=1))
    _record(late, slow, clock)
    assert LedgerRow.objects.values().get() == settled
    assert cast.follows() == [["C1"]]


def test_what_has_been_cancelled_meanwhile_stays_so(billing: FakeBilling, clock: Clock) -> None:
    cast.reading()
    slow = claim("C1", now=clock.now)
    LedgerRow.objects.update(state="cancelled", settled_at=clock.now)
    _record("acknowledged", slow, clock)
    assert cast.row().state == "cancelled"
    assert cast.follows() == []


@pytest.mark.parametrize("late", ["refused", "unavailable", "failed", "dead"])
def test_who_is_late_does_not_take_the_row_from_who_has_it(billing: FakeBilling, clock: Clock, late: str) -> None:
    cast.reading()
    slow = claim("C1", now=clock.now)
    clock.pass_(LEASE)
    claim("C1", now=clock.now)
    taken = LedgerRow.objects.values().get()
    _record(late, slow, clock)
    assert LedgerRow.objects.values().get() == taken
    assert cast.follows() == []


def _record(what: str, row: LedgerRow, clock: Clock) -> None:
    if what == "acknowledged":
        recording.acknowledged(row, Receipt(reference=f"of attempt {row.attempts}"), now=clock.now)
    elif what == "refused":
        recording.refused(row, reason=f"of attempt {row.attempts}", now=clock.now)
    elif what == "unavailable":
        recording.unavailable(row, retry_after=None, now=clock.now)
    elif what == "failed":
        recording.failed(row, error="KeyError", now=clock.now)
    else:
        recording.dead(row, reason="x")


def test_a_slow_billing_whose_worker_lost_its_lease_does_it_once(billing: FakeBilling, clock: Clock) -> None:
    cast.reading()

    def long_time() -> None:
        billing.meanwhile = lambda: None
        clock.pass_(LEASE)
        sweep(now=clock.now)
        cast.run_jobs(clock)

    billing.meanwhile = long_time
    send("C1", clock=clock)
    assert (billing.asked, billing.keys) == (["K1", "K1"], ["K1"])
    assert cast.follows() == [["C1"]]
    billing.knows_keys = False  # and with a billing that does not know keys, the test would notice
    cast.reading("K2")
    billing.meanwhile = long_time
    send("C1", clock=clock)
    assert billing.keys == ["K1", "K2", "K2"]


def test_one_that_kills_every_worker_is_given_up(billing: FakeBilling, clock: Clock) -> None:
    cast.reading()
    for _ in range(recording.MOST_ERRORS + 1):
        assert claim("C1", now=clock.now) is not None
        clock.pass_(LEASE)
    send("C1", clock=clock)
    assert (cast.row().state, cast.row().reason) == ("dead", "given up after several crashes")
    assert billing.asked == []


@pytest.mark.django_db(transaction=True)
def test_a_row_that_is_settled_while_another_wants_it_stays_settled(billing: FakeBilling, clock: Clock) -> None:
    """Who has seen it wait, and gets at it only once its worker has written down the answer, leaves it alone."""
    cast.reading()
    slow = claim("C1", now=clock.now)
    assert slow is not None
    clock.pass_(LEASE)
    claimed: list[LedgerRow | None] = []

    def take() -> None:
        try:
            claimed.append(claim("C1", now=clock.now))
        finally:
            connections.close_all()

    with transaction.atomic():
        recording.acknowledged(slow, Receipt(), now=clock.now)
        thread = threading.Thread(target=take)
        thread.start()
        thread.join(0.5)
        assert thread.is_alive()  # it has seen the row waiting, and waits for us
    thread.join(20)
    assert claimed == [None]
    assert (cast.row().state, cast.row().attempts) == ("acknowledged", 1)


# --- the sweep ---------------------------------------------------------------------------------------------------------


def test_lost_jobs_are_deferred_anew_and_others_are_not_touched(billing: FakeBilling, clock: Clock) -> None:
    for number in range(4):
        cast.reading(f"K{number}", customer=f"C{number}")
    LedgerRow.objects.filter(key="K1").update(next_attempt_at=NOW + timedelta(hours=1))
    claim("C2", now=clock.now)
    cast.lose_jobs()
    cast.reading("K9", customer="C9")
    assert sweep(now=clock.now) == 2
    assert sorted(job["customer_code"] for job in cast.waiting()) == ["C0", "C3", "C9"]
    assert sweep(now=clock.now) == 0
    assert sweep(now=clock.now + LEASE) == 1


def test_more_than_one_sweep_can_take_are_taken_by_the_next(
    billing: FakeBilling, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "MOST_SWEPT", 3)
    for number in range(8):
        cast.reading(f"K{number}", customer=f"C{number}")
    cast.lose_jobs()
    assert sweep(now=clock.now) == 3
    cast.run_jobs(clock)
    assert len(billing.done) == 8


# --- what is seen of it ------------------------------------------------------------------------------------------------


def test_logs_and_jobs_hold_no_values_and_no_codes(billing: FakeBilling, clock: Clock, caplog: Any) -> None:
    caplog.set_level("DEBUG")
    said = f"{cast.VALUE} {cast.CODE} Rossi"
    billing.before = [Unavailable(said), Refused(said), NotThere(said, said), Conflict(said)]
    billing.before += [ForeignRows(said)] * 3
    billing.after = [KeyError(said)]
    for number in range(8):
        cast.reading(f"K{number}", customer=f"C{number}")
        cast.web_code(f"W{number}", customer=f"C{number}")
    cast.pass_time(clock, seconds=300)
    for word in ("acknowledged", "refused", "billing_away", "not_sent"):
        assert word in caplog.text
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(args::text, ' ') FROM procrastinate_jobs")
        everything = caplog.text + cursor.fetchone()[0]
    for canary in (str(cast.VALUE), cast.CODE, "Rossi"):
        assert canary not in everything


def test_billing_is_never_called_inside_a_transaction(billing: FakeBilling, clock: Clock) -> None:
    depth = len(connection.savepoint_ids)
    seen: list[int] = []
    billing.meanwhile = lambda: seen.append(len(connection.savepoint_ids))
    cast.reading()
    row = claim("C1", now=clock.now)
    deliver(row, clock=clock)
    assert seen == [depth]
