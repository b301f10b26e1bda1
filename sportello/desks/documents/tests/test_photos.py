"""The photo of a meter: who may see it, and how it is sent."""

import pytest
from django.test import Client

from sportello.domain.activities.models import Activity, SelfReading
from sportello.domain.files.models import KeptFile
from sportello.domain.journal.models import Event
from tests import factories

PHOTO = b"\xff\xd8\xff of a meter"
PATH = "/documents/readings/A-26000001/photo"


@pytest.fixture
def reading(db) -> SelfReading:
    supply = factories.supply(factories.account(factories.customer("C1")))
    KeptFile.objects.keep(
        kind="reading_photo", key="A-26000001", version="1", media_type="image/jpeg", content=PHOTO, now=factories.NOW
    )
    activity = Activity.objects.create(
        number="A-26000001",
        kind="self_reading",
        channel="portal",
        customer_id="C1",
        supply=supply,
        opened_at=factories.NOW,
    )
    return SelfReading.objects.create(
        activity=activity,
        supply=supply,
        meter_code="M-1",
        read_on=factories.NOW.date(),
        values={"R-total": "1"},
        verdict="kept",
        photo=KeptFile.objects.get(),
    )


@pytest.fixture
def sign_in(settings):
    settings.DEMO = True

    def sign_in(name: str, *roles: str, customer: str = "") -> Client:
        user = factories.user(name, roles=list(roles))
        if customer:
            owner = factories.Customer.objects.filter(code=customer).first() or factories.customer(customer)
            factories.access(user, owner)
        client = Client(headers={"accept-language": "en"})
        client.force_login(user)
        return client

    return sign_in


def test_the_customer_sees_his_own(reading, sign_in):
    answer = sign_in("anna", customer="C1").get(PATH)
    assert (answer.status_code, answer.content) == (200, PHOTO)
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["Content-Disposition"] == 'inline; filename="photo-A-26000001.jpg"'
    assert answer["Content-Length"] == str(len(PHOTO))
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "no-store"
    assert not Event.objects.filter(name="documents.reading_photo_seen").exists()


def test_somebody_elses_is_not_there(reading, sign_in):
    stranger = sign_in("bob", customer="C2")
    foreign, missing = stranger.get(PATH), stranger.get(PATH.replace("1/photo", "9/photo"))
    assert foreign.status_code == missing.status_code == 404


@pytest.mark.parametrize("role", ["back_office", "call_center", "manager"])
def test_staff_who_look_at_readings_see_it_and_it_is_written_down(reading, sign_in, role):
    assert sign_in("staff", role).get(PATH).content == PHOTO
    event = Event.objects.get(name="documents.reading_photo_seen")
    assert (event.about_key, event.customer_code, event.detail) == ("A-26000001", "C1", {})


@pytest.mark.parametrize("role", ["agent", "credit_checker", "administrator"])
def test_other_staff_do_not(reading, sign_in, role):
    assert sign_in("staff", role).get(PATH).status_code == 404


def test_a_member_of_staff_who_is_a_customer_sees_his_own(reading, sign_in):
    assert sign_in("agnese", "agent", customer="C1").get(PATH).status_code == 200


def test_a_reading_without_a_photo_has_none(reading, sign_in):
    SelfReading.objects.update(photo=None)
    assert sign_in("anna", customer="C1").get(PATH).status_code == 404


def test_what_is_no_image_is_never_sent(reading, sign_in):
    """Whatever should one day stand there: only what our own encoder writes goes out as a photo."""
    KeptFile.objects.update(media_type="image/svg+xml")
    assert sign_in("anna", customer="C1").get(PATH).status_code == 404


def test_who_has_not_signed_in_is_asked_to(reading):
    assert Client().get(PATH).status_code == 302
