"""Where a request comes from, whatever it says of itself, and the page of who has to wait."""

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import include, path

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
    # At a door a try is a guess; who is in gives readings, and may have two hundred meters.
    doors = [each for each in all_limits if each is not limits.READINGS_OF_USER]
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
        (HashingBusy(), "5", "in a minute"),
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
