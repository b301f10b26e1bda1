"""Every new invoice goes to each address once, whatever the mail server does; what has changed meanwhile does not go."""

from collections import Counter
from datetime import timedelta

import pytest

from sportello.domain.customers.models import Invoice, InvoiceRecipient, InvoiceSubscription
from sportello.domain.files.models import KeptFile
from sportello.domain.invoice_mail import gathering, lanes, nights, settling, undelivered
from sportello.domain.invoice_mail.models import Run, Sending, Timetable, WaitingInvoice
from sportello.domain.invoice_mail.tests import cast
from sportello.domain.journal.models import Event
from sportello.domain.messages.models import Message, State
from sportello.domain.messages.tests.cast import Clock
from sportello.domain.messages.tests.smtp import FakeServer
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock() -> Clock:
    return cast.clock()


def states() -> dict[str, str]:
    return dict(Sending.objects.values_list("address", "message__state"))


def test_each_address_gets_a_mail_of_its_own_with_the_pdf(server: FakeServer, clock: Clock) -> None:
    cast.subscriber("C1", "a@example.it", "b@example.it", "?c@example.it")
    cast.subscriber("C2", "d@example.it", mode="link", language="en")
    run = cast.begin(clock)
    assert cast.send(clock) == 3
    assert [mail["To"].addresses[0].addr_spec for mail in server.mails] == [
        "a@example.it",
        "b@example.it",
        "d@example.it",
    ]
    one, _, link = server.mails
    (file,) = one.iter_attachments()
    assert (file.get_content(), file.get_filename()) == (cast.PDF, "Fattura_F-C1-0.pdf")
    assert "121,40" in one.get_body(("plain",)).get_content()
    assert list(link.iter_attachments()) == []
    assert "/documents/by-link/" in link.get_body(("html",)).get_content()
    assert link["Subject"].startswith("Your invoice F-C2-0")
    assert server.connections == 1
    assert set(states().values()) == {State.SENT}
    run.refresh_from_db()
    assert (run.queued, run.sent, run.left) == (3, 3, 0)


def test_again_it_goes_nowhere(server: FakeServer, clock: Clock) -> None:
    cast.subscriber("C1", "a@example.it", invoices=2)
    for _ in range(3):
        cast.begin(clock)
        cast.send(clock)
        nights.look(now=clock())
        clock.pass_(timedelta(days=1))
    assert len(server.taken) == 2
    assert Run.objects.count() == 3


def test_old_invoices_go_to_nobody(server: FakeServer, clock: Clock) -> None:
    (invoice,) = cast.subscriber("C1", "a@example.it", "b@example.it")
    Invoice.objects.update(issued_on=factories.NOW.date() - timedelta(days=1))
    cast.keep_pdf(invoice.number)
    cast.begin(clock)
    assert not Sending.objects.exists() and not WaitingInvoice.objects.exists()
    Invoice.objects.update(issued_on=factories.NOW.date() + timedelta(days=1))
    cast.keep_pdf(invoice.number)
    InvoiceRecipient.objects.filter(address="b@example.it").update(verified_at=factories.NOW + timedelta(days=3))
    gathering.queue([invoice.number], run=Run.objects.get(), now=clock())
    assert set(states()) == {"a@example.it"}


def test_without_its_pdf_it_waits_and_says_why(server: FakeServer, clock: Clock, billing_pdf) -> None:
    (invoice,) = cast.subscriber("C1", "a@example.it")
    KeptFile.objects.all().delete()
    billing_pdf.content = None
    cast.begin(clock)
    (waiting,) = WaitingInvoice.objects.all()
    assert (waiting.invoice_id, waiting.why) == (invoice.number, "not_there")
    assert billing_pdf.asked == 1
    nights.look(now=clock())
    billing_pdf.content = cast.PDF
    clock.pass_(timedelta(days=1))
    cast.begin(clock)
    cast.send(clock)
    assert not WaitingInvoice.objects.exists()
    assert len(server.taken) == 1


def test_a_copy_of_ours_does_not_count_where_billing_makes_pdfs(server: FakeServer, clock: Clock, billing_pdf) -> None:
    cast.subscriber("C1", "a@example.it")
    for file in KeptFile.objects.all():
        file.version += "-1-it"
        file.save()
    billing_pdf.content = None
    cast.begin(clock)
    assert WaitingInvoice.objects.count() == 1


CHANGES = {
    "cancelled": (lambda: Invoice.objects.all().delete(), "cancelled"),
    "replaced": (lambda: Invoice.objects.update(amount="99.00"), "not there"),
    "replaced and its PDF made": (
        lambda: (Invoice.objects.update(amount="99.00"), cast.keep_pdf("F-C1-0")),
        "changed the invoice",
    ),
    "its PDF gone": (lambda: KeptFile.objects.all().delete(), "not there"),
    "ended": (lambda: InvoiceSubscription.objects.update(ended_at=cast.NIGHT), "who gets"),
    "another mode": (lambda: InvoiceSubscription.objects.update(mode="link"), "who gets"),
    "address gone": (lambda: InvoiceRecipient.objects.filter(address="a@example.it").delete(), "who gets"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_changes_between_queue_and_send_is_not_sent(change: str, server: FakeServer, clock: Clock) -> None:
    cast.subscriber("C1", "a@example.it")
    cast.begin(clock)
    do, why = CHANGES[change]
    do()
    cast.send(clock)
    assert server.taken == []
    message = Message.objects.get(lane=lanes.COMMON)
    assert message.state == State.WITHDRAWN and why in message.failure
    assert (Run.objects.get().withdrawn, Run.objects.get().left) == (1, 0)


def test_without_the_second_look_it_would_be_sent(server: FakeServer, clock: Clock, monkeypatch) -> None:
    from sportello.domain.invoice_mail import looking_again

    monkeypatch.setattr(looking_again, "_why_not", lambda *_, **__: "")
    cast.subscriber("C1", "a@example.it")
    cast.begin(clock)
    Invoice.objects.all().delete()
    cast.send(clock)
    assert len(server.taken) == 1


def test_what_was_replaced_goes_out_as_it_is_now(server: FakeServer, clock: Clock) -> None:
    cast.subscriber("C1", "a@example.it")
    cast.begin(clock)
    Invoice.objects.update(amount="99.00")
    cast.keep_pdf("F-C1-0")
    cast.send(clock)
    nights.look(now=clock())
    clock.pass_(timedelta(days=1))
    cast.begin(clock)
    cast.send(clock)
    (mail,) = server.mails
    assert "99,00" in mail.get_body(("plain",)).get_content()
    assert list(Sending.objects.order_by("repeat").values_list("repeat", "message__state")) == [
        (0, State.WITHDRAWN),
        (1, State.SENT),
    ]


@pytest.mark.parametrize(
    ("stage", "reply"), [("rcpt", "550 no such user"), ("content", "554 no"), ("rcpt", "451 later")]
)
def test_one_bad_address_never_holds_up_the_others(stage: str, reply: str, server: FakeServer, clock: Clock) -> None:
    server.replies_to["bad@example.it"] = {stage: reply}
    cast.subscriber("C1", "a@example.it", "bad@example.it", "c@example.it", "d@example.it")
    cast.begin(clock)
    cast.send(clock)
    assert Counter(states().values())[State.SENT] == 3
    assert len(server.taken) == 3
    wanted = State.QUEUED if reply.startswith("4") else State.REFUSED
    assert states()["bad@example.it"] == wanted
    assert server.connections == 1


def test_what_is_refused_is_in_the_journal_of_the_invoice_once(server: FakeServer, clock: Clock) -> None:
    server.replies_to["bad@example.it"] = {"rcpt": "550 5.1.1 <bad@example.it>: no such user Anna Verdi C1"}
    cast.subscriber("C1", "bad@example.it")
    cast.begin(clock)
    cast.send(clock)
    message = Message.objects.get(lane=lanes.COMMON)
    assert (message.state, message.failure_code) == (State.REFUSED, 550)
    assert "bad@" not in message.failure and "Verdi" not in message.failure
    for _ in range(2):
        settling.settle([message.pk], now=clock())
    (event,) = Event.objects.about("invoice", "F-C1-0").filter(name=undelivered.EVENT)
    assert event.detail["code"] == 550
    assert Run.objects.get().failed == 1


def test_stopped_it_rests_and_goes_on_where_it_was(server: FakeServer, clock: Clock) -> None:
    cast.subscriber("C1", "a@example.it", "b@example.it")
    cast.begin(clock)
    nights.stop(by_id=None, now=clock())
    with pytest.raises(nights.NothingToStop):
        nights.stop(by_id=None, now=clock())
    assert cast.send(clock) == 0
    nights.look(now=clock())
    assert Run.objects.get().ended_at is None
    nights.go_on(by_id=None, now=clock())
    with pytest.raises(nights.NothingToContinue):
        nights.go_on(by_id=None, now=clock())
    assert cast.send(clock) == 2
    nights.look(now=clock())
    assert Run.objects.get().ended_at == clock.now


def test_in_quiet_hours_nothing_goes(server: FakeServer, clock: Clock) -> None:
    cast.subscriber("C1", "a@example.it")
    cast.begin(clock)
    Timetable.objects.create(since=clock(), quiet_from="02:00", quiet_until="06:00")
    assert cast.send(clock) == 0
    clock.pass_(timedelta(hours=4))
    assert cast.send(clock) == 1


def test_a_bounded_domain_gets_no_more_than_it_takes_and_holds_up_nobody(server: FakeServer, clock: Clock) -> None:
    lanes.set_rate("Slow.example", per_minute=4, by_id=None, now=clock())
    for n in range(10):
        cast.subscriber(f"C{n}", f"c{n}@slow.example")
    cast.subscriber("D", "d@example.it")
    cast.begin(clock)
    cast.send(clock)
    assert len(server.taken) == 2  # one for the slow domain, whose bucket holds a quarter of a minute's
    sent = []
    for _ in range(4):
        clock.pass_(timedelta(seconds=15))
        sent.append(cast.send(clock))
    assert sent == [1, 1, 1, 1]
    clock.pass_(-timedelta(hours=1))
    assert cast.send(clock) == 0
    lanes.set_rate("slow.example", per_minute=None, by_id=None, now=clock())
    clock.pass_(timedelta(hours=2))
    assert cast.send(clock) == 5


def test_all_together_have_a_bound_too(server: FakeServer, clock: Clock) -> None:
    Timetable.objects.create(since=clock(), per_minute=8)
    cast.subscriber("C1", "a@example.it", "b@example.it", "c@example.it", invoices=2)
    cast.begin(clock)
    assert cast.send(clock) == 2
    clock.pass_(timedelta(minutes=1))
    assert cast.send(clock) == 2


def test_administrators_are_told_once(server: FakeServer, clock: Clock) -> None:
    factories.user("boss", roles=["administrator"], email="boss@example.it", language="it")
    factories.user("gone", roles=["administrator"], email="gone@example.it", is_active=False)
    cast.subscriber("C1", "a@example.it")
    cast.begin(clock)
    cast.send(clock)
    for _ in range(2):
        nights.look(now=clock())
    (summary,) = Message.objects.filter(kind="invoice_run_summary")
    assert summary.address == "boss@example.it"
    assert summary.subject == "Fatture via e-mail, notte del 25/11/2026: inviate 1 su 1"
