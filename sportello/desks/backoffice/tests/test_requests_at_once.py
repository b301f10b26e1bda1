"""Operators who do something to the same request in the same moment."""

import pytest
from django.test import Client

from sportello.domain.activities.models import Activity, Remark
from sportello.domain.invoice_mail import undelivered
from sportello.domain.invoice_mail.models import Sending
from sportello.domain.invoice_mail.tests import posting
from sportello.domain.journal.models import Event
from sportello.domain.ledger.models import LedgerRow
from sportello.domain.messages.models import Message
from tests import asking, factories
from tests.at_once import at_once

VERBS = [("execute", {"answer": "Fatto."}), ("refuse", {"words": "No."}), ("take", {}), ("ask", {"text": "Quale?"})]


def browser(name: str) -> Client:
    client = Client()
    client.force_login(factories.user(name, roles=["back_office"]))
    return client


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", range(2))
def test_one_of_four_is_first_and_the_others_are_told(settings, turn):
    settings.DEMO = True
    asking.asked()
    clients = [browser(f"operator-{number}") for number in range(4)]
    hidden = asking.carried(clients[0])

    def act(number: int) -> int:
        verb, fields = VERBS[(number + turn) % 4]
        return clients[number].post(asking.DECIDE, {"verb": verb, **hidden, **fields}).status_code

    assert sorted(str(status) for status in at_once(4, act)) == ["302", "409", "409", "409"]
    activity = Activity.objects.get()
    assert Message.objects.count() == (0 if activity.status == "taken" else 1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("verb", "fields"), [*VERBS, ("note", {"text": "Una"}), ("answer", {"text": "Una"})])
def test_a_double_click_is_one_act(settings, verb, fields):
    settings.DEMO = True
    asking.asked()
    client = browser("operator")
    hidden = asking.carried(client)
    where = asking.WRITE if verb in ("note", "answer") else asking.DECIDE
    answers = at_once(2, lambda _number: client.post(where, {"verb": verb, **hidden, **fields}).status_code)
    assert answers == [302, 302]
    assert Message.objects.count() <= 1 and Remark.objects.count() <= 1
    assert Event.objects.filter(name__startswith="activities.").count() == (2 if verb == "ask" else 1)


@pytest.mark.django_db(transaction=True)
def test_a_double_click_is_one_command(settings, monkeypatch):
    settings.DEMO = True
    asking.with_addresses(monkeypatch, settings)
    asking.address()
    client = browser("operator")
    sent = {"verb": "execute", "answer": "Fatto.", **asking.carried(client)}
    assert at_once(2, lambda _number: client.post(asking.DECIDE, sent).status_code) == [302, 302]
    assert LedgerRow.objects.count() == 1


@pytest.mark.torture
@pytest.mark.django_db(transaction=True)
def test_in_two_hundred_turns_nothing_is_lost_and_no_move_is_against_the_rules(settings):
    """Two operators with the same page before them, each pair of verbs in turn: one is done whole, the other not at all."""
    settings.DEMO = True
    clients = [browser("operator-0"), browser("operator-1")]
    verbs = [
        *VERBS,
        ("answer", {"text": "Una"}),
        ("note", {"text": "Una"}),
        ("due", {"due_on": "2026-12-24", "why": "x"}),
    ]
    for turn in range(200):
        number = f"A-27{turn:06}"
        asking.asked(number, "C1")
        path = f"{asking.LIST}{number}/"
        hidden = [asking.carried(client, path) for client in clients]
        chosen = [verbs[turn % len(verbs)], verbs[turn // len(verbs) % len(verbs)]]

        def act(who: int, chosen=chosen, hidden=hidden, path=path) -> int:
            verb, fields = chosen[who]
            where = path + ("write/" if verb in ("note", "answer") else "decide/")
            return clients[who].post(where, {"verb": verb, **hidden[who], **fields}).status_code

        assert sorted(map(str, at_once(2, act))) == ["302", "409"], chosen
        activity = Activity.objects.get(number=number)
        events = Event.objects.about("activity", number).filter(name__startswith="activities.")
        assert activity.version == events.count() <= 2, chosen
        assert Message.objects.about("activity", number).count() <= 1
        assert Remark.objects.filter(activity=activity).count() <= 1


@pytest.mark.django_db(transaction=True)
def test_ten_presses_send_an_invoice_again_once_and_one_bounce_ten_times_is_one_request(settings):
    settings.DEMO = True
    (sending,) = posting.posted(posting.invoice("C1", "a@example.it"))
    done = at_once(
        10, lambda _number: undelivered.bounced(sending.message_id, failed=True, why="5.1.1", now=posting.NOW)
    )
    assert done.count(True) == 1 and done.count(False) == 9 and Activity.objects.count() == 1
    clients = [browser(f"operator-{number}") for number in range(10)]
    where, press = "/staff/invoices/F-C1/resend/", {"seen": sending.pk, "to": ""}
    assert at_once(10, lambda number: clients[number].post(where, press).status_code) == [302] * 10
    assert Sending.objects.filter(by_hand=True).count() == 1
