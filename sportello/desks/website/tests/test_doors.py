"""Every door that can be tried without signing in is limited, by address and by IPv6 network."""

import pytest
from django.test import Client

from sportello.domain.people import printed_codes
from sportello.domain.people.hashing import PortalArgon2Hasher

DOORS = {
    "/sign-in/": (60, {"login": "nobody{n}", "password": "wrong"}),
    "/first-access/": (30, {"code": "{code}", "identifier": "C1"}),
    "/first-access/lost-code/": (10, {"customer": "C{n}", "identifier": "x"}),
    "/forgot-password/": (20, {"identifier": "nobody{n}", "by": "mail"}),
    "/recovery-code/": (30, {"code": "{code}", "username": "nobody{n}"}),
    "/choose-password/{token}/": (60, {"proof": "x", "password": "x"}),
    "/prove-email/{token}/": (60, {}),
}


@pytest.fixture(autouse=True)
def cheap(monkeypatch, db):
    monkeypatch.setattr(PortalArgon2Hasher, "encode", lambda *given: "x")


def knock(door: str, number: int, address: str) -> int:
    fields = DOORS[door][1]
    filled = {name: text.format(n=number, code=printed_codes.make()) for name, text in fields.items()}
    path = door.format(token=f"token{number}")
    return Client(REMOTE_ADDR=address).post(path, filled).status_code


@pytest.mark.parametrize("door", DOORS)
def test_an_address_is_asked_to_wait(door):
    limit = DOORS[door][0]
    replies = [knock(door, number, "203.0.113.7") for number in range(limit + 2)]
    assert 429 not in replies[:limit]
    assert replies[limit:] == [429, 429]
    assert knock(door, 999, "203.0.113.8") != 429


@pytest.mark.parametrize("door", DOORS)
def test_all_of_an_ipv6_network_are_one(door):
    limit = DOORS[door][0]
    replies = [knock(door, number, f"2001:db8:1:2::{number:x}") for number in range(limit + 1)]
    assert 429 not in replies[:limit]
    assert replies[-1] == 429
    assert knock(door, 999, "2001:db8:1:3::1") != 429


def test_a_code_is_tried_ten_times_from_wherever():
    code = printed_codes.make()
    replies = []
    for number in range(12):
        client = Client(REMOTE_ADDR=f"10.0.0.{number}")
        typed = code if number % 2 else printed_codes.shown(code).lower()
        replies.append(client.post("/first-access/", {"code": typed, "identifier": f"C{number}"}).status_code)
    assert replies == [200] * 10 + [429] * 2


def test_a_forged_header_gives_no_further_tries():
    replies = []
    for number in range(12):
        client = Client(REMOTE_ADDR="203.0.113.7", headers={"x-forwarded-for": f"10.0.0.{number}"})
        replies.append(
            client.post("/first-access/lost-code/", {"customer": f"C{number}", "identifier": "x"}).status_code
        )
    assert replies == [302] * 10 + [429] * 2
