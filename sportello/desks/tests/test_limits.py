"""Where a request comes from, whatever it says of itself, and the page of who has to wait."""

from types import SimpleNamespace

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import include, path
from lxml import html

from sportello.desks import limits
from sportello.desks.policies import PUBLIC
from sportello.domain.accounts.models import Throttle
from sportello.domain.accounts.models.throttle import TooManyTries
from sportello.domain.people.hashing import HashingBusy


def address(peer: str = "192.0.2.1", forwarded: str | None = None) -> str:
    headers = {} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded}
    return limits.address_of(RequestFactory().get("/", REMOTE_ADDR=peer, **headers))


@pytest.mark.parametrize(
    ("written", "subscriber"),
    [
        ("203.0.113.7", "203.0.113.7"),
        (" 203.0.113.7:4711 ", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("[2001:DB8:1:2::1]:443", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("unknown", ""),
        ("_hidden", ""),
        ("203.0.113.7, 10.0.0.1", ""),
        ("203.0.113.999", ""),
        ("0x7f.1", ""),
    ],
)
def test_who_is_one_subscriber(written, subscriber):
    assert limits.subscriber(written) == subscriber


def test_without_proxies_nobody_says_where_he_comes_from():
    assert address(forwarded="198.51.100.1") == "192.0.2.1"


@pytest.mark.parametrize(
    ("proxies", "forwarded", "seen"),
    [
        (1, "198.51.100.1", "198.51.100.1"),
        (1, "6.6.6.6, 198.51.100.1", "198.51.100.1"),
        (2, "6.6.6.6, 198.51.100.1, 10.0.0.1", "198.51.100.1"),
        (2, "6.6.6.6,198.51.100.1,10.0.0.1", "198.51.100.1"),
        (1, "6.6.6.6, 2001:db8::99", "2001:db8::/64"),
        (2, "198.51.100.1", "192.0.2.1"),  # a proxy was passed by
        (1, None, "192.0.2.1"),
        (1, "", "192.0.2.1"),
        (1, "nonsense", "192.0.2.1"),
        (1, "6.6.6.6, nonsense", "192.0.2.1"),
    ],
)
def test_behind_proxies_it_is_what_the_outermost_of_ours_saw(settings, proxies, forwarded, seen):
    settings.TRUSTED_PROXIES = proxies
    assert address(forwarded=forwarded) == seen


@pytest.mark.parametrize("peer", ["", "unix:"])
def test_a_socket_has_no_address(peer):
    assert address(peer) == "unknown"


def test_every_number_has_its_limit_and_no_two_share_a_count():
    all_limits = [each for each in vars(limits).values() if isinstance(each, limits.Limit)]
    assert len(all_limits) >= 18
    assert len({each.scope for each in all_limits}) == len(all_limits)
    # At a door a try is a guess; who is in gives readings, and may have two hundred meters; visitors are many, and files weigh.
    altogether = (
        limits.VISITORS_ALTOGETHER,
        limits.VISITOR_FILES_ALTOGETHER,
        limits.VISITOR_KB_OF_BLOCK,
        limits.VISITOR_KB_ALTOGETHER,
    )
    doors = [each for each in all_limits if each not in (limits.READINGS_OF_USER, limits.REQUESTS_OF_USER, *altogether)]
    assert all(5 <= each.tries <= 60 for each in doors)
    assert limits.READINGS_OF_USER.tries == 300


def raising(error):
    def view(request):
        raise error

    return PUBLIC(view)


def site(*patterns):
    class Site:
        urlpatterns = [*patterns, path("", include("sportello.urls"))]
        handler404 = "sportello.desks.errors.not_found"
        handler500 = "sportello.desks.errors.server_error"

    return Site


@pytest.mark.parametrize(
    ("error", "seconds", "words"),
    [
        (TooManyTries(900), "900", "15 minutes"),
        (TooManyTries(3), "3", "in a minute"),
        (HashingBusy(), "5", "in a few seconds"),
    ],
)
def test_who_has_to_wait_gets_a_page_that_needs_no_database(settings, error, seconds, words):
    settings.ROOT_URLCONF = site(path("door/", raising(error)))
    settings.COMPANY_EMERGENCY_NUMBERS = "gas=800 900 999"
    response = Client(headers={"accept-language": "en"}).get("/door/")  # no db fixture: any query fails
    assert (response.status_code, response.headers["Retry-After"]) == (429, seconds)
    assert words in response.content.decode()
    assert "800 900 999" in response.content.decode()
    assert response.headers["Cache-Control"] == "no-store"
    assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]


def test_a_count_stays_when_the_view_then_fails(settings, db):
    def view(request):
        limits.limit(request, limits.RECOVERY_OF_ADDRESS)
        raise ZeroDivisionError

    settings.ROOT_URLCONF = site(path("door/", PUBLIC(view)), path("open/", PUBLIC(lambda request: HttpResponse())))
    client = Client(raise_request_exception=False)
    for count in (1, 2, 3):
        assert client.get("/door/").status_code == 500
        assert Throttle.objects.get().tries == count


# --- the gate --------------------------------------------------------------------------------------------------------


def try_to_sign_in(client: Client, address: str = "192.0.2.1"):
    return client.post("/sign-in/", {"login": "x", "password": "y"}, REMOTE_ADDR=address)


def test_who_was_told_to_wait_is_told_again_without_the_database():
    """pytest-django refuses every query here."""
    limits.remember("192.0.2.1", 600)
    response = try_to_sign_in(Client(headers={"accept-language": "en"}))
    assert response.status_code == 429
    assert 55 <= int(response.headers["Retry-After"]) <= 60
    assert "Please wait" in response.content.decode()
    assert response.headers["Content-Security-Policy"]


@pytest.mark.django_db
def test_what_is_remembered_is_of_one_address_and_of_signing_in_alone():
    limits.remember("192.0.2.1", 600)
    assert try_to_sign_in(Client(), "192.0.2.2").status_code == 200
    assert Client().get("/sign-in/", REMOTE_ADDR="192.0.2.1").status_code == 200


@pytest.mark.django_db
def test_it_is_remembered_for_a_minute_at_most(monkeypatch):
    limits.remember("192.0.2.1", 600)
    limits.remember("192.0.2.2", 5)
    now = limits.time.monotonic()
    assert (limits.seconds_to_wait("192.0.2.1"), limits.seconds_to_wait("192.0.2.2")) == (60, 5)
    monkeypatch.setattr(limits.time, "monotonic", lambda: now + 61)
    assert (limits.seconds_to_wait("192.0.2.1"), limits.seconds_to_wait("192.0.2.2")) == (0, 0)
    assert try_to_sign_in(Client()).status_code == 200


def test_no_flood_of_addresses_fills_the_memory():
    for number in range(limits.MOST_REMEMBERED + 5):
        limits.remember(str(number), 600)
    assert len(limits._told) <= limits.MOST_REMEMBERED


@pytest.mark.django_db
def test_an_address_that_tries_too_often_comes_no_further_than_the_gate(django_assert_num_queries):
    visitor = Client()
    for _ in range(limits.SIGN_IN_OF_ADDRESS.tries):
        limits.SIGN_IN_OF_ADDRESS.count("192.0.2.1")
    assert try_to_sign_in(visitor).status_code == 429
    with django_assert_num_queries(0):
        assert try_to_sign_in(visitor).status_code == 429


@pytest.mark.django_db
def test_where_as_many_sign_in_already_as_may_the_next_is_turned_away():
    held = [limits._signing_in.acquire() for _ in range(limits.SIGNING_IN)]
    try:
        response = try_to_sign_in(Client())
        assert (response.status_code, response.headers["Retry-After"]) == (429, str(limits.RETRY_BUSY))
        assert Client().get("/sign-in/").status_code == 200
    finally:
        for _ in held:
            limits._signing_in.release()
    limits.forget_everybody()
    assert try_to_sign_in(Client()).status_code == 200
    assert limits._signing_in._value == limits.SIGNING_IN


def test_who_is_turned_away_gets_the_page_in_his_language_and_nothing_of_anybody_else():
    limits.remember("192.0.2.1", 600)
    visitor = Client()
    pages = [
        visitor.post("/sign-in/", {"login": "x"}, REMOTE_ADDR="192.0.2.1", headers={"accept-language": language})
        for language in ("it", "en", "it")
    ]
    assert [html.fromstring(page.content.decode()).get("lang") for page in pages] == ["it", "en", "it"]
    assert pages[0].content == pages[2].content
    assert b"csrf" not in pages[0].content


def test_one_too_many_waits_for_a_place_but_in_a_flood_nobody_does(monkeypatch):
    asked = []
    monkeypatch.setattr(limits, "_signing_in", SimpleNamespace(acquire=lambda timeout: asked.append(timeout)))
    assert not limits.come_in()
    assert not limits.come_in()
    later = limits.time.monotonic() + limits.FLOOD + 1
    monkeypatch.setattr(limits.time, "monotonic", lambda: later)
    assert not limits.come_in()
    assert asked == [0.0, limits.NEXT_IN_LINE, 0.0, 0.0, limits.NEXT_IN_LINE]


def test_the_second_in_line_waits_but_a_moment(monkeypatch):
    asked = []
    monkeypatch.setattr(limits, "_signing_in", SimpleNamespace(acquire=lambda timeout: asked.append(timeout)))
    with limits._next_in_line:
        assert not limits.come_in()
    assert asked == [0.0, limits.AT_THE_GATE]


def test_in_a_flood_one_comes_in_ten_times_a_second(monkeypatch):
    now = 1000.0
    monkeypatch.setattr(limits.time, "monotonic", lambda: now)
    monkeypatch.setattr(limits, "_signing_in", SimpleNamespace(acquire=lambda timeout: True))
    assert all(limits.come_in() for _ in range(5))
    monkeypatch.setattr(limits, "_turned_away_at", now)
    let_in = 0
    for _ in range(200):  # two seconds
        now += 0.01
        let_in += limits.come_in()
    assert 18 <= let_in <= 20
