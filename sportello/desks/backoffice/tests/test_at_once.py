"""Two operators who decide in the same moment."""

import re

import pytest
from django.test import Client

from sportello.desks.backoffice.tests import waiting
from sportello.desks.backoffice.tests.test_rules import GOOD
from sportello.domain.activities.models import Activity, ReadingRules
from sportello.domain.journal.models import Event
from sportello.domain.ledger.models import LedgerRow
from tests import factories
from tests.at_once import at_once

PATH = "/staff/readings/A-26000001/"
DECISIONS = [
    {"decision": "accept"},
    {"decision": "correct", "value_R-total": "4664", "note": "The photo shows 4664."},
    {"decision": "refuse", "words": "Not this meter."},
]


def browser(name: str) -> Client:
    client = Client()
    client.force_login(factories.user(name, roles=["back_office"]))
    return client


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", range(3))
def test_one_decision_holds_and_the_others_are_told(settings, turn):
    settings.DEMO = True
    waiting.waiting()
    clients = [browser(f"operator-{number}") for number in range(4)]
    page = clients[0].get(PATH).content.decode()
    found = re.search(r'name="seen" value="(\w+)"', page)
    assert found

    def decide(number: int) -> int:
        return clients[number].post(f"{PATH}decide/", {"seen": found[1], **DECISIONS[(number + turn) % 3]}).status_code

    assert sorted(str(status) for status in at_once(4, decide)) == ["302", "409", "409", "409"]
    decisions = Event.objects.filter(name__in=["activities.self_reading_goes_on", "activities.self_reading_refused"])
    assert decisions.count() == 1
    refused = Activity.objects.get().status == "refused"
    assert LedgerRow.objects.count() == (0 if refused else 1)


@pytest.mark.django_db(transaction=True)
def test_a_double_click_is_one_decision(settings):
    settings.DEMO = True
    waiting.waiting()
    client = browser("operator")
    found = re.search(r'name="seen" value="(\w+)"', client.get(PATH).content.decode())
    assert found

    def accept(_number: int) -> int:
        return client.post(f"{PATH}decide/", {"seen": found[1], "decision": "accept"}).status_code

    assert at_once(2, accept) == [302, 302]
    assert LedgerRow.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_administrators_do_not_add_the_same_day(settings):
    settings.DEMO = True
    clients = []
    for name in ("ada", "olga"):
        client = Client(headers={"accept-language": "en"})
        client.force_login(factories.user(name, roles=["administrator"]))
        clients.append(client)

    def add(number: int) -> tuple[int, bool]:
        answer = clients[number].post("/staff/rules/readings/add/", GOOD)
        return answer.status_code, b"from this day already" in answer.content

    assert sorted(at_once(2, add)) == [(200, True), (302, False)]
    assert ReadingRules.objects.count() == 1
