"""The readings that are there when the demo begins."""

import pytest
from django.utils import timezone

from sportello.billing.loading import connector
from sportello.demo import given, logins, preparing
from sportello.demo.company import build
from sportello.demo.filling import fill_embedded
from sportello.demo.protagonists import PROTAGONISTS
from sportello.domain.activities.kinds.self_reading.deciding import waiting
from sportello.domain.activities.models import SelfReading
from sportello.domain.customers.alignment import align
from sportello.domain.customers.models import MeterReading

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
