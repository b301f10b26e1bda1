"""Whatever is sent about requests, by customers, visitors and operators, sent twice at once and from the history of the browser:
one effect, and the same reply."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client

from sportello.desks.limits import REQUESTS_OF_USER
from sportello.desks.website.tests import asking as visitor
from sportello.domain.activities import handling
from sportello.domain.activities.kinds.catalogue import KINDS, asked_for
from sportello.domain.activities.kinds.tests.samples import TAKES_EVERYTHING, data_for, furnished
from sportello.domain.activities.models import Activity, Remark
from sportello.domain.journal.models import Event
from sportello.domain.ledger.models import LedgerRow
from sportello.domain.messages.models import Message
from tests import asking as desk
from tests import factories
from tests.at_once import at_once

pytestmark = pytest.mark.django_db(transaction=True)
TIMES = [2, pytest.param(10, marks=pytest.mark.torture)]
Reply = tuple[int, str, str]


@pytest.fixture(autouse=True)
def at_noon(settings: Any) -> Iterator[None]:
    settings.BILLING_CONNECTOR = TAKES_EVERYTHING
    settings.DEMO = True  # operators without a second factor
    with time_machine.travel(factories.NOW):
        yield


def effects() -> list[int]:
    """What there is of everything that a request leaves."""
    return [model.objects.count() for model in (Activity, Remark, LedgerRow, Message)] + [
        Event.objects.filter(name__startswith="activities.").count()
    ]


def again_and_again(times: int, send: Callable[[], Any]) -> Reply:
    """Sends it so many times at once, and once more later. All get the same reply; the later ones have no effect."""

    def reply(_number: int = 0) -> Reply:
        response = send()
        notices = response.cookies.get("notices")
        said = notices.value.partition(":")[0] if notices else ""  # without the time of its signature
        return response.status_code, response.headers.get("Location", ""), said

    replies = at_once(times, reply)
    before = effects()
    assert [*replies, reply()] == [replies[0]] * (times + 1)
    assert effects() == before
    assert isinstance(replies[0], tuple) and replies[0][0] == 302, replies[0]
    return replies[0]


def browser_of(person: Any) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(person)
    client.get("/")
    return client


def sender(client: Client, path: str, data: dict[str, Any]) -> Callable[[], Any]:
    """Each press with cookies of its own: those of the page on which the button stands."""

    def send() -> Any:
        pressed = Client(headers={"accept-language": "en"})
        pressed.cookies = client.cookies.copy()
        pressed.cookies.pop("notices", None)
        return pressed.post(path, data)

    return send


# --- customers -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("times", TIMES)
def test_each_kind_is_asked_once(times: int) -> None:
    anna = furnished()
    client = browser_of(anna)
    for number, (code, kind) in enumerate(asked_for(), start=1):
        REQUESTS_OF_USER.forget(str(anna.pk))  # nobody asks so much in an hour
        data = data_for(anna, kind, once=f"once-{code}")
        again_and_again(times, sender(client, f"/requests/new/{code}/", data))
        assert (Activity.objects.count(), Activity.objects.filter(kind=code).count()) == (number, 1), code
        assert Message.objects.filter(kind="request_received").count() == number, code


@pytest.mark.parametrize("times", TIMES)
def test_what_is_said_reopened_and_cancelled_is_so_once(times: int) -> None:
    anna = furnished()
    client = browser_of(anna)
    client.post("/requests/new/information/", data_for(anna, KINDS["information"]))
    activity = Activity.objects.get()
    at = f"/requests/{activity.number}/"
    again_and_again(times, sender(client, f"{at}say/", {"text": "Ancora.", "once": "s"}))
    assert Remark.objects.count() == 1
    olga = factories.user("olga", roles=["back_office"])
    handling.execute(
        activity.number, seen=desk.now(activity.number).version, answer="Ecco.", by=olga, now=factories.NOW
    )
    again_and_again(times, sender(client, f"{at}reopen/", {"text": "No.", "once": "r"}))
    assert (Remark.objects.count(), desk.now(activity.number).round) == (2, 1)
    again_and_again(times, sender(client, f"{at}cancel/", {}))
    assert Event.objects.filter(name__endswith="_cancelled").count() == 1


@pytest.mark.parametrize("times", TIMES)
def test_invoices_by_mail_are_changed_for_who_calls_confirmed_and_ended_once(times: int) -> None:
    anna = furnished()
    giada = browser_of(factories.user("giada", roles=["call_center"]))
    typed = {"delivery": "pdf", "address_1": "new@example.it", "identified": "data", "once": "c"}
    again_and_again(times, sender(giada, "/staff/customers/C1/invoice-mail/", typed))
    mail = Message.objects.get(kind="prove_invoice_address")
    address = f"/confirm-invoice-address/{mail.link_arguments['token']}/"
    assert at_once(times, lambda _number: Client().post(address).status_code) == [200] * times
    assert (Remark.objects.count(), LedgerRow.objects.count()) == (1, 1)
    again_and_again(times, sender(browser_of(anna), "/invoice-mail/off/", {"customer": "C1", "once": "o"}))
    assert (Activity.objects.count(), LedgerRow.objects.count()) == (2, 2)


# --- visitors --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("times", TIMES)
def test_a_visitor_asks_and_writes_once(times: int) -> None:
    client = visitor.browser()
    again_and_again(times, sender(client, visitor.FORM, visitor.typed()))
    assert Activity.objects.count() == 1
    client.post(visitor.FORM, visitor.typed())  # this one gets the receipt's session
    again_and_again(times, sender(client, "/ask/request/", {"text": "Ancora.", "once": "s"}))
    assert (Activity.objects.count(), Remark.objects.count()) == (1, 1)


# --- operators -------------------------------------------------------------------------------------------------------

STATES: dict[str, dict[str, Any]] = {
    "give_back": {"status": "taken"},
    "retry": {"attention": "refused"},
    "by_hand": {"attention": "refused"},
    "reopen": {"status": "executed", "executed_at": factories.NOW},
}
FIELDS: dict[str, dict[str, Any]] = {
    "note": {"text": "Una"}, "answer": {"text": "Una"}, "ask": {"text": "Quale?"}, "execute": {"answer": "Fatto."},
    "by_hand": {"answer": "Fatto."}, "refuse": {"words": "No."}, "due": {"due_on": "2026-12-18", "why": "Serve."},
    "reopen": {"why": "Errore."}, "take": {}, "give_back": {}, "retry": {},
}  # fmt: skip
# Those that test_requests_at_once presses twice already are pressed ten times here.
PRESSED = [
    pytest.param(verb, times, marks=[pytest.mark.torture] if times > 2 else [])
    for times, verbs in ((2, ["give_back", "retry", "by_hand", "reopen", "due"]), (10, FIELDS))
    for verb in verbs
]


@pytest.mark.parametrize(("verb", "times"), PRESSED)
def test_an_operator_does_each_thing_once(
    verb: str, times: int, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    desk.with_addresses(monkeypatch, settings)
    olga = factories.user("olga", roles=["back_office"])
    desk.address(owner=olga, **STATES.get(verb, {}))
    client = browser_of(olga)
    data = {"verb": verb, **desk.carried(client), **FIELDS[verb]}
    again_and_again(times, sender(client, desk.WRITE if verb in ("note", "answer") else desk.DECIDE, data))
    assert LedgerRow.objects.count() == (1 if verb in ("execute", "retry") else 0)
