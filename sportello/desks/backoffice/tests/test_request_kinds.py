"""How kinds of request are handled, as an administrator sets it on one page."""

import re
from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sportello.desks.backoffice.tests.test_rules import plain
from sportello.domain.activities import modes
from sportello.domain.activities.kinds import information
from sportello.domain.activities.kinds.base import FieldMode
from sportello.domain.activities.kinds.catalogue import KINDS
from sportello.domain.activities.models import ActivityKind, KindSetting
from sportello.domain.journal.models import Event

PATH = "/staff/administration/kinds/"
ADDRESS = replace(
    information.KIND,
    code=ActivityKind.MAILING_ADDRESS,
    automatic=True,
    commands=lambda activity: [],
    fields=[FieldMode("tax_code", "Tax code", automatic=False)],
)
SENT = {
    "offered-information": "on",
    "offered-mailing_address": "on",
    "automatic-mailing_address": "yes",
    "automatic-mailing_address-tax_code": "no",
}


@pytest.fixture(autouse=True)
def kinds(monkeypatch) -> None:
    """One that only an operator can answer, and one that goes by itself but for one field."""
    for code in list(KINDS):
        monkeypatch.delitem(KINDS, code)
    monkeypatch.setitem(KINDS, "information", information.KIND)
    monkeypatch.setitem(KINDS, "mailing_address", ADDRESS)


def seen(client) -> str:
    found = re.search(r'name="seen" value="(\w+)"', client.get(PATH).content.decode())
    assert found
    return found[1]


def test_defaults_are_shown_until_something_is_set(ada):
    page = ada.get(PATH).content.decode()
    assert re.search(r'name="automatic-mailing_address".*?value="yes" selected', page, re.DOTALL)
    assert re.search(r'name="automatic-mailing_address-tax_code".*?value="no" selected', page, re.DOTALL)
    assert "automatic-information" not in page and "Always by an operator" in plain(page.encode())


def test_what_is_set_holds_and_is_written_down(ada):
    sent = {**SENT, "automatic-mailing_address-tax_code": "yes", "seen": seen(ada)}
    del sent["offered-information"]
    assert ada.post(PATH, sent)["Location"] == PATH
    assert modes.is_automatic(ADDRESS, "tax_code") and modes.is_automatic(ADDRESS)
    assert modes.not_offered() == {"information"} and not modes.is_offered(information.KIND)
    events = {event.about_key: event for event in Event.objects.filter(name="activities.kind_setting_changed")}
    assert set(events) == {"information", "mailing_address/tax_code"}  # the rest has not changed
    assert events["information"].detail["offered"] == "True → False"
    assert events["mailing_address/tax_code"].detail["automatic"] == "False → True"
    assert events["information"].actor is not None and events["information"].actor.username == "ada"


def test_the_same_once_more_changes_nothing(ada):
    sent = {**SENT, "automatic-mailing_address": "no", "seen": seen(ada)}
    for _press in range(2):
        assert ada.post(PATH, sent).status_code == 302
    assert not modes.is_automatic(ADDRESS)
    assert KindSetting.objects.count() == Event.objects.filter(name__contains="kind_setting").count() == 1


def test_who_comes_second_is_told_and_keeps_what_he_chose(ada, staff):
    what_ada_saw = seen(ada)
    other = staff("olga", "administrator")
    other.post(PATH, {**SENT, "automatic-mailing_address": "no", "seen": seen(other)})
    sent = {**SENT, "automatic-mailing_address-tax_code": "yes"}
    late = ada.post(PATH, {**sent, "seen": what_ada_saw})
    assert late.status_code == 409
    told = plain(late.content)
    assert "meanwhile somebody else has changed" in told
    assert "Change of mailing address: By an operator, at the counter → By itself, at the counter" in told
    assert not modes.is_automatic(ADDRESS) and not modes.is_automatic(ADDRESS, "tax_code")
    page = late.content.decode()
    assert re.search(r'name="automatic-mailing_address-tax_code".*?value="yes" selected', page, re.DOTALL)
    again = re.search(r'name="seen" value="(\w+)"', page)
    assert again and ada.post(PATH, {**sent, "seen": again[1]}).status_code == 302
    assert modes.is_automatic(ADDRESS) and modes.is_automatic(ADDRESS, "tax_code")


def test_what_this_form_has_not_sent_takes_nothing_off_the_counter(ada):
    assert ada.post(PATH, {}).status_code == 200
    assert not KindSetting.objects.exists()


def test_a_choice_that_there_is_not_is_told_beside_it(ada):
    page = ada.post(PATH, {**SENT, "automatic-mailing_address": "perhaps", "seen": seen(ada)})
    assert page.status_code == 200
    assert "not available" in errors_of(page.content)["automatic-mailing_address"]
    assert not KindSetting.objects.exists()


def errors_of(page: bytes) -> dict[str, str]:
    return dict(re.findall(r'id="id_([\w-]+)-error">.*?</svg>(.*?)</p>', page.decode(), re.DOTALL))


@pytest.mark.parametrize("language", ["it", "en"])
def test_it_takes_few_queries(staff, language):
    client = staff("ada", "administrator", language=language)
    client.get(PATH)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(PATH).status_code == 200
    assert len(captured) <= 6


@pytest.mark.parametrize("role", ["back_office", "manager", "call_center"])
def test_nobody_else_comes_here(staff, role):
    client = staff("other", role)
    assert client.get(PATH).status_code == client.post(PATH, SENT).status_code == 404
    assert client.get("/staff/administration/").status_code == 404
    assert not KindSetting.objects.exists()
