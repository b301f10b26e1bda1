"""A person's sessions: known as devices, ended at once."""

import pytest
from allauth.usersessions.models import UserSession
from django.test import Client
from django.utils import translation

from sportello.desks import sessions
from sportello.domain.people.models import Session
from tests import factories

PASSWORD = "correct horse battery"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:146.0) Gecko/20100101 Firefox/146.0"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.1 Mobile/15E148 Safari/604.1"
CHROME = (
    "Mozilla/5.0 (Linux; Android 16; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Mobile Safari/537.36"
)
EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36 Edg/143.0"


@pytest.fixture
def alice(db):
    return factories.user("alice", password=PASSWORD)


def signed_in(agent: str = FIREFOX, username: str = "alice") -> Client:
    client = Client(headers={"user-agent": agent, "accept-language": "en"})
    assert client.post("/sign-in/", {"login": username, "password": PASSWORD}).status_code == 302
    assert client.get("/").status_code == 200
    return client


@pytest.mark.parametrize(
    ("agent", "words"),
    [(FIREFOX, "Firefox, Windows"), (SAFARI, "Safari, iPhone"), (CHROME, "Chrome, Android"), (EDGE, "Edge, Windows"),
     ("curl/8", "Unknown device"), ("", "Unknown device"), ("<script>Firefox/", "Firefox")],
)  # fmt: skip
def test_a_device_has_a_name(agent, words):
    with translation.override("en"):
        assert sessions.device(agent) == words


def test_the_list_names_them_and_says_which_is_this_one(alice):
    signed_in(SAFARI)
    page = signed_in(FIREFOX).get("/sessions/").content.decode()
    assert page.index("Firefox, Windows") < page.index("this one") < page.index("Safari, iPhone")
    assert page.count("127.0.0.1") == 2
    for key in Session.objects.values_list("session_key", flat=True):
        assert key not in page


def test_one_is_ended_at_the_next_request(alice):
    other, mine = signed_in(SAFARI), signed_in()
    theirs = UserSession.objects.get(session_key=other.session.session_key)
    assert mine.post(f"/sessions/{theirs.pk}/end/").status_code == 302
    assert other.get("/").status_code == 302
    assert mine.get("/").status_code == 200


def test_all_others_are_ended_at_the_next_request(alice):
    others, mine = [signed_in(SAFARI), signed_in(CHROME), signed_in(EDGE)], signed_in()
    bystander = factories.user("bob", password=PASSWORD)
    bobs = signed_in(username="bob")
    assert mine.post("/sessions/").status_code == 302
    assert [other.get("/").status_code for other in others] == [302, 302, 302]
    assert mine.get("/").status_code == 200
    assert bobs.get("/").status_code == 200
    assert UserSession.objects.exclude(user=bystander).count() == 1


def test_ending_this_one_is_signing_out(alice):
    mine = signed_in()
    here = UserSession.objects.get()
    mine.post(f"/sessions/{here.pk}/end/")
    assert mine.get("/").status_code == 302
    assert Session.objects.count() == 0


def test_anothers_session_is_not_there(alice):
    factories.user("bob", password=PASSWORD)
    bobs, mine = signed_in(username="bob"), signed_in()
    theirs = UserSession.objects.get(session_key=bobs.session.session_key)
    for pk in (theirs.pk, 10**30, 0):
        for method in ("GET", "POST"):
            assert mine.generic(method, f"/sessions/{pk}/end/").status_code == 404
    assert bobs.get("/").status_code == 200
    assert "Firefox" in mine.get("/sessions/").content.decode()


def test_only_a_form_ends_one(alice):
    other, mine = signed_in(SAFARI), signed_in()
    theirs = UserSession.objects.get(session_key=other.session.session_key)
    for method in ("GET", "HEAD", "PUT", "DELETE", "PATCH"):
        assert mine.generic(method, f"/sessions/{theirs.pk}/end/").status_code == 405
    assert other.get("/").status_code == 200


def test_a_session_that_is_over_is_not_in_the_list(alice):
    other, mine = signed_in(SAFARI), signed_in()
    other.post("/sign-out/")
    assert "iPhone" not in mine.get("/sessions/").content.decode()


def test_being_seen_is_written_every_few_minutes_only(alice, django_assert_num_queries):
    client = signed_in()
    with django_assert_num_queries(1):  # the session with its person and the customers within reach
        client.get("/")
    before = UserSession.objects.get().last_seen_at
    client.get("/")
    assert UserSession.objects.get().last_seen_at == before
    session = client.session
    session[sessions.SEEN] = [session.session_key, 0]
    session.save()
    client.get("/")
    assert UserSession.objects.get().last_seen_at > before


def test_a_changed_key_keeps_its_place_in_the_list(alice):
    client = signed_in()
    session = client.session
    session[sessions.SEEN] = ["another key", session[sessions.SEEN][1]]
    session.save()
    client.get("/")
    assert UserSession.objects.count() == 1
    assert client.session[sessions.SEEN][0] == client.session.session_key


@pytest.mark.parametrize(
    ("address", "kept"), [("203.0.113.7", "203.0.113.7"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"), ("", "0.0.0.0")]
)
def test_the_address_is_kept_as_far_as_the_subscriber(alice, address, kept):
    client = Client(REMOTE_ADDR=address)
    client.post("/sign-in/", {"login": "alice", "password": PASSWORD})
    assert UserSession.objects.get().ip == kept
