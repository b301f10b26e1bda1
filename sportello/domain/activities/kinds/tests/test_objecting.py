"""Who is told that his data change and has not asked for it says so with one press, before and after it is done."""

import pytest
from django.urls import reverse

from sportello.domain.activities import following, handling, protecting
from sportello.domain.activities.kinds import direct_debit_revocation, personal_data
from sportello.domain.activities.kinds.tests.filling import opened
from sportello.domain.activities.models import Activity, Attention, Status
from sportello.domain.customers.models import Customer
from sportello.domain.ledger.models import LedgerRow, State
from sportello.domain.messages.composing import compose
from sportello.domain.messages.models import Message
from sportello.domain.people.models import Role
from tests.factories import NOW, account, user

pytestmark = pytest.mark.django_db


def tokens() -> list[str]:
    told = Message.objects.filter(kind="request_changes_data").order_by("pk")
    return [str(each.link_arguments["token"]) for each in told]


def billing_has_done_it() -> None:
    LedgerRow.objects.update(state=State.ACKNOWLEDGED, attempts=1, settled_at=NOW)


def test_a_message_says_what_changes_and_not_to_what(mario):
    opened(mario, personal_data.KIND, email="nuova@example.it", phone="0535 9876", tax_code="RSSMRA80A01H501U")
    for message in Message.objects.filter(kind="request_changes_data"):
        said = compose(message).text
        assert "Codice fiscale, Telefono, E-mail" in said
        assert not [each for each in ("nuova@example.it", "9876", "H501U") if each in said.replace(message.address, "")]
    assert len(set(tokens())) == len(tokens()) == 3


def test_before_billing_has_it_one_press_stops_it(mario, client):
    opened(mario, personal_data.KIND, phone="0535 9876")
    where = reverse("stop_request", args=[tokens()[0]])
    assert "It was not me" in client.get(where, headers={"accept-language": "en"}).content.decode()
    for _ in range(2):
        assert "is stopped" in client.post(where, headers={"accept-language": "en"}).content.decode()
    activity = Activity.objects.get()
    assert (activity.status, activity.attention) == (Status.CANCELLED, Attention.STOPPED)
    assert LedgerRow.objects.get().state == State.CANCELLED


@pytest.mark.parametrize("done_before", [True, False])
def test_after_it_an_operator_looks_at_it(mario, client, done_before):
    activity = opened(mario, personal_data.KIND, phone="0535 9876")
    if done_before:
        billing_has_done_it()
        following.follow(["C1"], now=NOW)
    else:
        LedgerRow.objects.update(state=State.SENT, attempts=1, sent_at=NOW)  # a worker has it in hand
    where = reverse("stop_request", args=[tokens()[1]])
    for _ in range(2):
        assert "Thank you" in client.post(where, headers={"accept-language": "en"}).content.decode()
    if not done_before:
        billing_has_done_it()
        following.follow(["C1"], now=NOW)
    activity = Activity.objects.for_the_desk().open().get()
    assert (activity.status, activity.attention) == (Status.EXECUTED, Attention.STOPPED)
    assert activity.before == {"phone": "+390535000123"}
    told = Message.objects.filter(kind="request_objected").values_list("address", flat=True)
    assert sorted(told) == ["casa@example.it", "mario@example.it"]
    olga = user("olga", roles=[Role.BACK_OFFICE])
    activity = handling.note(
        activity.number, seen=activity.version, text="Sentito", files=(), by=olga, now=NOW, once="n"
    )
    assert Activity.objects.for_the_desk().open().exists()
    handling.made_sure(activity.number, seen=activity.version, by=olga, now=NOW)
    assert not Activity.objects.for_the_desk().open().exists()
    assert protecting.found(tokens()[1], now=NOW).used_at  # and says so, whoever opens it again


def objected(mario) -> Activity:
    opened(mario, personal_data.KIND, phone="0535 9876")
    billing_has_done_it()
    following.follow(["C1"], now=NOW)
    protecting.stop(tokens()[0], now=NOW)
    return Activity.objects.get()


def test_whom_it_is_about_cannot_lift_an_objection_by_opening_the_request_again(mario):
    number = objected(mario).number
    handling.reopen(number, text="Tutto bene", files=(), by=mario, now=NOW, once="r")
    activity = Activity.objects.get()
    assert (activity.status, activity.attention) == (Status.TAKEN, Attention.STOPPED)
    handling.cancel(number, by=mario, now=NOW)
    assert Activity.objects.get().attention == Attention.STOPPED


def test_an_objection_outlives_that_an_operator_takes_it_and_that_billing_does_it_for_him(mario):
    opened(mario, personal_data.KIND, tax_code="RSSMRA80A01H501U")
    olga = user("olga", roles=[Role.BACK_OFFICE])
    activity = Activity.objects.get()
    handling.execute(activity.number, seen=activity.version, answer="Fatto", by=olga, now=NOW)
    LedgerRow.objects.update(state=State.SENT, attempts=1, sent_at=NOW)
    protecting.stop(tokens()[0], now=NOW)
    activity = Activity.objects.get()
    activity = handling.give_back(activity.number, seen=activity.version, by=olga, now=NOW)
    handling.take(activity.number, seen=activity.version, by=olga, now=NOW)
    billing_has_done_it()
    following.follow(["C1"], now=NOW)
    activity = Activity.objects.get()
    assert (activity.status, activity.attention, activity.owner) == (Status.EXECUTED, Attention.STOPPED, olga)


def test_a_revocation_is_told_to_every_address_once_and_can_be_stopped(mario, client):
    owner = Customer.objects.get(code="C1")
    mine = owner.billing_accounts.first() or account(owner)
    mine.payment_method = "direct_debit"
    mine.save()
    opened(mario, direct_debit_revocation.KIND, account=mine.code, agreed="on", reason="")
    told = Message.objects.filter(kind="request_revokes_debit").order_by("address")
    assert [each.address for each in told] == ["casa@example.it", "mario@example.it"]
    assert "addebitate sul conto" in compose(told[0]).text
    where = reverse("stop_request", args=[str(told[0].link_arguments["token"])])
    page = client.post(where, headers={"accept-language": "en"}).content.decode()
    assert "is stopped" in page and "paid as before" in page
    assert Activity.objects.get().attention == Attention.STOPPED
