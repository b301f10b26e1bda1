"""Municipalities are found while they are typed, and on a page of their own without script."""

import pytest

from sportello.domain.activities.kinds.addresses import take_apart
from sportello.domain.customers.models import Place

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("concordia su", "Concordia sulla Secchia (MO) 41033"),
        ("41033", "Concordia sulla Secchia (MO) 41033"),
        ("concordia mo", "Concordia sulla Secchia (MO) 41033"),
        ("concordia modena", "Concordia sulla Secchia (MO) 41033"),
        ("MO", "Bastiglia (MO) 41030"),
        ("modena", "Modena (MO)"),
        ("modena", "Carpi (MO) 41012"),
        ("S. Felice", None),
        ("l'aquila", "L&#39;Aquila (AQ) 67100"),
        ("'%_\\", None),
        ("", None),
        ("x" * 5_000, None),
    ],
)
def test_a_field_gets_what_may_be_meant(client, typed, found):
    answer = client.get("/places/", {"visitor-municipality": typed}, headers=HTMX)
    assert answer.status_code == 200
    options = [line for line in answer.content.decode().splitlines() if "<option" in line]
    assert len(options) <= 20
    if found:
        assert any(f'value="{found}"' in line for line in options), options


def test_without_script_it_is_a_page(client):
    page = client.get("/places/", {"q": "Samone"}).content.decode()
    assert "<h1>" in page
    assert page.count('<th scope="row">Samone</th>') == 2
    assert "non troviamo" in client.get("/places/", {"q": "zzzz"}).content.decode().lower()


def test_forms_take_whatever_the_list_gives():
    for place in Place.objects.order_by("code")[::50]:
        cleaned = {"municipality": place.chosen, "province": "XX"}
        take_apart(cleaned)
        assert (cleaned["municipality"], cleaned["province"]) == (place.name, place.province)
        assert place.chosen.endswith(cleaned.get("postcode", ""))
    bare = {"municipality": "Reggio nell'Emilia"}
    take_apart(bare)
    assert bare == {"municipality": "Reggio nell'Emilia"}


@pytest.mark.parametrize(
    ("typed", "meant"), [("Concrdia sulla Secchia", "Concordia sulla Secchia"), ("Mirandula", "Mirandola")]
)
def test_a_slip_of_the_pen_is_understood(typed, meant):
    assert meant in [each.name for each in Place.objects.alike(typed)]
