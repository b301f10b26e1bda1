"""The readings and requests that are there when the demo begins."""

import pytest
from django.utils import timezone

from sportello.billing.loading import connector
from sportello.demo import asked, given, logins, preparing
from sportello.demo.company import build
from sportello.demo.filling import fill_embedded
from sportello.demo.protagonists import PROTAGONISTS
from sportello.domain.activities.kinds.self_reading.deciding import waiting
from sportello.domain.activities.models import OPEN, Activity, Remark, SelfReading, Side
from sportello.domain.customers.alignment import align
from sportello.domain.customers.models import InvoiceSubscription, MeterReading
from sportello.domain.messages.models import Message

EMBEDDED = "sportello.connectors.embedded.connector.EmbeddedBilling"


@pytest.mark.django_db(databases=["default", "billing"], transaction=True)
def test_one_waits_for_an_operator_one_is_refused_one_billed_and_one_under_way(settings):
    settings.BILLING_CONNECTOR = EMBEDDED
    today = timezone.localdate()
    fill_embedded(build(today=today, persons=0))
    align(billing=connector(EMBEDDED), now=timezone.now())
    preparing.write_rules()
    logins.make(PROTAGONISTS, now=timezone.now())
    for _ in range(2):  # a second start changes nothing
        given.give(today=today, clock=timezone.now)
        asked.ask(today=today, seed=7)
    requests_are_believable(today)
    found = {
        reading.supply_id: (reading.activity.status, reading.activity.attention, reading.validation)
        for reading in SelfReading.objects.select_related("activity")
    }
    assert found == {
        "UT700018001": ("executed", "", "valid"),
        "UT700010001": ("executed", "", "refused"),
        "UT700008001": ("new", "kept", ""),
        "UT700012001": ("new", "", ""),
    }
    billed = SelfReading.objects.get(supply="UT700018001")
    assert MeterReading.objects.get(pk=billed.reading_code).invoice_number == billed.invoice_number != ""
    (kept,) = waiting()
    assert kept.photo is not None
    assert kept.reasons == ["smaller"]


def requests_are_believable(today) -> None:
    """Of many kinds, in every state but on its way to billing, told once, nothing of it in the future."""
    requests = Activity.objects.exclude(kind="self_reading")
    assert requests.count() == len(asked.stories(seed=7))
    assert {each.status for each in requests} == {"new", "taken", "waiting", "executed", "refused", "cancelled"}
    assert len({each.kind for each in requests}) >= 9
    maria = requests.filter(opened_by__username="maria").order_by("opened_at")
    assert len({each.status for each in maria}) == 6
    assert [each.number for each in maria] == sorted(each.number for each in maria)
    late = maria.filter(status__in=OPEN, limit_on__lt=today).get()
    assert {remark.side for remark in late.remarks.all()} == {Side.STAFF, Side.CUSTOMER} and late.attachments.exists()
    assert requests.filter(status="executed", automatic=True).count() == 2 + 6
    chosen = InvoiceSubscription.objects.on()
    assert {(each.mode, each.supply_id is None) for each in chosen} == {("link", True), ("pdf", True), ("pdf", False)}
    proven = [[one.is_proven for one in each.recipients.all()] for each in chosen]
    assert [True] * 4 in proven and [False] in proven
    assert requests.filter(customer=None).count() == len(asked.VISITORS)
    assert requests.filter(opened_by__username="davide").count() > 30
    assert not requests.filter(opened_at__gte=timezone.now()) and not Remark.objects.filter(at__gte=timezone.now())
    received = Message.objects.filter(kind="request_received", address__contains="maria.guerzoni")
    assert received.count() == maria.count()
