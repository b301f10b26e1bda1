"""Who comes in, who does not, and that the page tells neither of them more than that."""

import re
import threading

import pytest
from django.core.cache import cache
from django.test import Client
from lxml import html

from sportello.domain.accounts.models import Throttle
from sportello.domain.people import hashing
from sportello.domain.people.hashing import PortalArgon2Hasher
from sportello.domain.people.models import Role, Session
from tests import factories

PASSWORD = "correct horse battery"
SIGN_IN = "/sign-in/"


@pytest.fixture(autouse=True)
def nobody_has_tried_yet(settings) -> None:
    settings.DEMO = False
    cache.clear()


@pytest.fixture
def alice(db):
    return factories.user("alice", password=PASSWORD)


@pytest.fixture
def visitor() -> Client:
    return Client(headers={"accept-language": "en"})


def sign_in(client: Client, username: str = "alice", password: str = PASSWORD, question: str = "", **fields: str):
    return client.post(SIGN_IN + question, {"login": username, "password": password, **fields})


def is_in(client: Client) -> bool:
    return client.get("/").status_code == 200


def test_the_right_password_opens(alice, visitor):
    response = sign_in(visitor)
    assert (response.status_code, response.headers["Location"]) == (302, "/")
    assert is_in(visitor)


def test_a_customer_arrives_at_his_overview(alice, visitor):
    factories.household(who=alice)
    sign_in(visitor)
    assert visitor.get("/").headers["Location"] == "/overview/"


def test_staff_arrive_at_theirs_in_the_demo(visitor, settings, db):
    settings.DEMO = True
    factories.user("bob", password=PASSWORD, roles=[Role.AGENT])
    sign_in(visitor, "bob")
    assert visitor.get("/").headers["Location"] == "/staff/"


@pytest.mark.parametrize("password", ["wrong", PASSWORD.upper(), PASSWORD + " x", "", "x" * 5_000, "\x00"])
def test_a_wrong_password_does_not(alice, visitor, password):
    assert sign_in(visitor, password=password).status_code == 200
    assert not is_in(visitor)
    assert Session.objects.count() == 0


@pytest.mark.parametrize("username", ["ALICE", " alice ", "Alice", "ａｌｉｃｅ", "ＡＬＩＣＥ", "𝐚lice"])
def test_case_and_width_of_the_user_name_do_not_matter(alice, visitor, username):
    sign_in(visitor, username)
    assert is_in(visitor)


@pytest.mark.parametrize("username", ["аlice", "alıce", "alice\u0301", "al ice", "alice\x00", "%", "alice' --", ""])
def test_another_name_is_another_name(alice, visitor, username):
    assert sign_in(visitor, username).status_code == 200
    assert not is_in(visitor)


# --- who may not come in, whatever he knows --------------------------------------------------------------------------

OUTSIDE = {
    "inactive": {"is_active": False},
    "of the demo": {"is_demo": True},
    "staff of the demo": {"roles": [Role.AGENT], "is_demo": True},
}


@pytest.mark.parametrize("who", OUTSIDE)
def test_who_may_not_come_in_does_not_with_the_right_password(db, visitor, who):
    factories.user("alice", password=PASSWORD, **OUTSIDE[who])
    assert sign_in(visitor).status_code == 200
    assert not is_in(visitor)
    assert Session.objects.count() == 0


@pytest.mark.parametrize("who", ["of the demo", "staff of the demo"])
def test_in_the_demo_they_come_in(db, visitor, settings, who):
    settings.DEMO = True
    user = factories.user("alice", password=PASSWORD, **OUTSIDE[who])
    assert sign_in(visitor).status_code == 302
    assert visitor.get("/sign-in/").status_code == 302
    user.refresh_from_db()
    assert user.last_login is not None


def test_in_the_demo_an_inactive_login_stays_outside_all_the_same(db, visitor, settings):
    settings.DEMO = True
    factories.user("alice", password=PASSWORD, is_active=False)
    assert sign_in(visitor).status_code == 200
    assert not is_in(visitor)


@pytest.mark.parametrize("who", OUTSIDE)
def test_a_session_ends_with_the_right_to_it(alice, visitor, who):
    sign_in(visitor)
    assert is_in(visitor)
    type(alice).objects.update(**OUTSIDE[who])
    response = visitor.get("/")
    assert (response.status_code, response.headers["Location"]) == (302, "/sign-in/?next=/")


def test_staff_come_in_to_set_up_their_second_step_and_no_further(db, visitor):
    factories.user("alice", password=PASSWORD, roles=[Role.MANAGER])
    assert sign_in(visitor).status_code == 302
    assert visitor.get("/staff/").headers["Location"] == "/two-step/?next=/staff/"


def test_a_session_of_staff_with_the_password_alone_ends_with_the_demo(db, visitor, settings):
    settings.DEMO = True
    factories.user("alice", password=PASSWORD, roles=[Role.AGENT])
    sign_in(visitor)
    assert visitor.get("/staff/").status_code == 200
    settings.DEMO = False
    assert visitor.get("/staff/").status_code == 302


# --- what the page tells ---------------------------------------------------------------------------------------------


def told(client: Client, username: str, password: str = PASSWORD) -> tuple[int, str]:
    cache.clear()
    response = sign_in(client, username, password)
    page = re.sub(r'(csrfmiddlewaretoken" value=")\w+', "", response.content.decode())
    return response.status_code, page.replace(f'value="{username}"', "")


def test_it_never_says_which_of_the_two_is_wrong(db, visitor):
    factories.user("known", password=PASSWORD)
    for number, fields in enumerate(OUTSIDE.values()):
        factories.user(f"outside{number}", password=PASSWORD, **fields)
    wrong = told(visitor, "known", "wrong")
    assert wrong[0] == 200
    assert {told(visitor, "unknown"), *(told(visitor, f"outside{number}") for number in range(len(OUTSIDE)))} == {wrong}


def test_the_hash_is_computed_for_names_that_do_not_exist_too(alice, visitor, monkeypatch):
    computed = []
    encode, verify = PortalArgon2Hasher.encode, PortalArgon2Hasher.verify
    monkeypatch.setattr(PortalArgon2Hasher, "encode", lambda *given: computed.append("encode") or encode(*given))
    monkeypatch.setattr(PortalArgon2Hasher, "verify", lambda *given: computed.append("verify") or verify(*given))
    sign_in(visitor, "alice", "wrong")
    sign_in(visitor, "nobody", "wrong")
    assert computed == ["verify", "encode"]


def parsed(response) -> html.HtmlElement:
    return html.fromstring(response.content.decode())


def test_the_summary_leads_to_the_empty_field(alice, visitor):
    page = parsed(sign_in(visitor, "", ""))
    links = page.xpath("//*[@id='error-summary']//a/@href")
    assert len(links) == 2
    for link in links:
        (field,) = page.xpath(f"//*[@id='{link[1:]}']")
        assert field.get("aria-invalid") == "true"
        assert page.xpath(f"//*[@id='{field.get('aria-describedby').split()[-1]}']")
    assert page.xpath("//title/text()")[0].startswith("Error: ")


def test_what_does_not_match_is_said_on_top(alice, visitor):
    page = parsed(sign_in(visitor, password="wrong"))
    (said,) = page.xpath("//*[@id='error-summary'][@role='alert']//li")
    assert said.text_content().strip()


def test_the_name_stays_in_the_field_and_the_password_does_not(alice, visitor):
    response = sign_in(visitor, 'ali"<ce>', "a-wrong-secret")
    page = parsed(response)
    assert page.xpath("//input[@name='login']/@value") == ['ali"<ce>']
    assert page.xpath("//input[@name='password']/@value") == []
    assert b"a-wrong-secret" not in response.content


# --- where it leads --------------------------------------------------------------------------------------------------


def test_it_leads_back_to_where_one_wanted_to_go(alice, visitor):
    wanted = "/invoices/2026~1G~11/?a=b%2Fc&d=e"
    asked = visitor.get(wanted).headers["Location"]
    page = parsed(visitor.get(asked))
    (form,) = page.xpath("//form[@class='card']")
    fields = {field.get("name"): field.get("value") for field in form.xpath(".//input[@type='hidden']")}
    assert sign_in(visitor, next=fields["next"]).headers["Location"] == wanted


ELSEWHERE = [
    "https://evil.example/", "//evil.example/", "http:evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example",
    "javascript:alert(1)", "data:text/html,x", "https://testserver@evil.example/", "https://testserver.evil.example/",
    "\thttps://evil.example/", "/\t/evil.example/",
]  # fmt: skip


@pytest.mark.parametrize("elsewhere", ELSEWHERE)
def test_it_leads_to_no_other_site(alice, visitor, elsewhere):
    assert sign_in(visitor, next=elsewhere).headers["Location"] == "/"
    visitor.post("/sign-out/")
    cache.clear()
    by_question = Client().post(SIGN_IN, {"login": "alice", "password": PASSWORD}, query_params={"next": elsewhere})
    assert by_question.headers["Location"] == "/"


@pytest.mark.parametrize("elsewhere", ELSEWHERE)
def test_who_is_in_already_is_not_led_to_another_site_either(alice, visitor, elsewhere):
    visitor.force_login(alice)
    assert visitor.get(SIGN_IN, {"next": elsewhere}).headers["Location"] == "/"
    assert visitor.post("/sign-out/", {"next": elsewhere}).headers["Location"] == "/sign-in/"


# --- the session -----------------------------------------------------------------------------------------------------


def test_the_session_has_a_new_key_after_signing_in(alice, visitor):
    visitor.cookies["sportello"] = "a" * 32
    sign_in(visitor)
    assert visitor.cookies["sportello"].value != "a" * 32


def test_a_session_from_before_signing_in_does_not_become_ones_own(alice, visitor):
    session = visitor.session
    session["planted"] = True
    session.save()
    before = session.session_key
    sign_in(visitor)
    assert visitor.cookies["sportello"].value != before
    assert not Session.objects.filter(session_key=before).exists()
    stolen = Client()
    stolen.cookies["sportello"] = before
    assert not is_in(stolen)


def test_another_persons_session_is_not_taken_over(alice, visitor):
    visitor.force_login(factories.user("bob"))
    visitor.session["of bob"] = True
    key = visitor.cookies["sportello"].value
    visitor.post("/sign-out/")
    sign_in(visitor)
    assert visitor.cookies["sportello"].value != key
    assert "of bob" not in visitor.session


def test_the_cookie_is_for_this_site_and_not_for_scripts_and_ends_with_the_browser(alice, visitor):
    cookie = sign_in(visitor).cookies["sportello"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["domain"]) == (True, "Lax", "/", "")
    assert cookie["max-age"] == ""


def test_a_changed_password_ends_other_sessions(alice, visitor):
    sign_in(visitor)
    alice.set_password("another one entirely")
    alice.save()
    assert not is_in(visitor)


def test_signing_out_ends_the_session_for_good(alice, visitor):
    sign_in(visitor)
    kept = visitor.cookies["sportello"].value
    response = visitor.post("/sign-out/")
    assert (response.status_code, response.headers["Location"]) == (302, "/sign-in/")
    assert Session.objects.count() == 0
    visitor.cookies["sportello"] = kept
    assert not is_in(visitor)


@pytest.mark.parametrize("method", ["get", "head", "options"])
def test_a_link_does_not_sign_anybody_out(alice, visitor, method):
    sign_in(visitor)
    getattr(visitor, method)("/sign-out/")
    assert is_in(visitor)


def test_signing_in_needs_a_form_of_ours(alice):
    strict = Client(enforce_csrf_checks=True)
    assert sign_in(strict).status_code == 403
    token = html.fromstring(strict.get(SIGN_IN).content.decode()).xpath(
        "//form[@class='card']//input[@type='hidden']/@value"
    )
    assert sign_in(strict, csrfmiddlewaretoken=token[0]).status_code == 302


# --- trying again and again ------------------------------------------------------------------------------------------


def from_elsewhere(number: int) -> Client:
    return Client(headers={"accept-language": "en"}, REMOTE_ADDR=f"10.0.{number // 250}.{number % 250}")


def test_after_five_wrong_tries_the_right_password_has_to_wait(alice, visitor):
    for _ in range(5):
        assert sign_in(visitor, password="wrong").status_code == 200
    response = sign_in(visitor)
    assert response.status_code == 429
    assert 0 < int(response.headers["Retry-After"]) <= 900
    assert not is_in(visitor)


def test_another_spelling_of_the_name_gives_no_further_tries(alice, visitor):
    for username in ("alice", "ALICE", "ａｌｉｃｅ", " Alice", "𝐚lice"):
        sign_in(visitor, username, "wrong")
    assert sign_in(visitor).status_code == 429


def test_a_name_that_does_not_exist_has_to_wait_alike(alice, visitor):
    def told(name: str) -> list[tuple[int, bytes]]:
        client = from_elsewhere(len(name))
        answers = [sign_in(client, name, "wrong") for _ in range(7)]
        page = re.compile(rb'(csrfmiddlewaretoken" value=")\w+')
        return [(each.status_code, page.sub(b"", each.content).replace(name.encode(), b"")) for each in answers]

    assert told("alice") == told("nobody")


def test_a_right_password_takes_ones_wrong_ones_back(alice, visitor):
    for _ in range(3):
        for _ in range(4):
            sign_in(visitor, password="wrong")
        assert sign_in(visitor).status_code == 302
        visitor.post("/sign-out/")
        visitor.cookies.pop("device")


def test_a_login_of_ones_own_gives_no_further_tries_at_others(alice, visitor):
    factories.user("mallory", password=PASSWORD)
    for _ in range(5):
        sign_in(visitor, password="wrong")
    sign_in(visitor, "mallory")
    visitor.post("/sign-out/")
    assert sign_in(visitor).status_code == 429


def test_one_address_has_sixty_tries_in_five_minutes_whatever_the_names(db, monkeypatch):
    monkeypatch.setattr(PortalArgon2Hasher, "encode", lambda *given: "x")
    client = from_elsewhere(1)
    answers = [sign_in(client, f"name{number}", "wrong").status_code for number in range(62)]
    assert answers == [200] * 60 + [429] * 2
    assert sign_in(from_elsewhere(2), "name", "wrong").status_code == 200


def test_right_passwords_are_not_counted(alice, monkeypatch):
    monkeypatch.setattr(PortalArgon2Hasher, "verify", lambda *given: True)
    for _ in range(62):
        client = from_elsewhere(1)
        assert sign_in(client).status_code == 302
    assert sign_in(from_elsewhere(2)).status_code == 302


def test_many_addresses_together_have_fifty_tries_at_one_name(alice, monkeypatch):
    monkeypatch.setattr(PortalArgon2Hasher, "verify", lambda *given: False)
    answers = [sign_in(from_elsewhere(number), password="wrong").status_code for number in range(52)]
    assert answers == [200] * 50 + [429] * 2


def test_a_flood_from_elsewhere_does_not_keep_her_out_where_she_has_been_before(alice, visitor, monkeypatch):
    sign_in(visitor)
    visitor.post("/sign-out/")
    with monkeypatch.context() as patched:
        patched.setattr(PortalArgon2Hasher, "verify", lambda *given: False)
        for number in range(60):
            sign_in(from_elsewhere(number), password="wrong")
    assert sign_in(from_elsewhere(100)).status_code == 429
    assert sign_in(visitor).status_code == 302


def test_the_device_has_no_more_than_ten_tries_itself(alice, visitor):
    sign_in(visitor)
    visitor.post("/sign-out/")
    assert [sign_in(visitor, password="wrong").status_code for _ in range(11)] == [200] * 10 + [429]


def test_the_devices_cookie_is_for_one_person_and_cannot_be_made_up(alice, visitor):
    factories.user("bob", password=PASSWORD)
    sign_in(visitor)
    cookie = visitor.cookies["device"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    for value, name in ((cookie.value, "bob"), ("nonsense", "alice"), (cookie.value + "x", "alice"), ("", "alice")):
        client = from_elsewhere(7)
        client.cookies["device"] = value
        answers = [sign_in(client, name, "wrong").status_code for _ in range(6)]
        assert answers[-1] == 429, (value, name)
        Throttle.objects.all().delete()


def test_an_address_or_a_name_computes_one_hash(alice, visitor, monkeypatch):
    type(alice).objects.update(email="alice@example.it")
    factories.user("carl@example.it", password=PASSWORD)
    factories.user("carl", password=PASSWORD, email="carl@example.it")
    computed = []
    encode, verify = PortalArgon2Hasher.encode, PortalArgon2Hasher.verify
    monkeypatch.setattr(PortalArgon2Hasher, "encode", lambda *given: computed.append("hash") or encode(*given))
    monkeypatch.setattr(PortalArgon2Hasher, "verify", lambda *given: computed.append("hash") or verify(*given))
    for name in ("alice", "alice@example.it", "carl@example.it", "nobody", "nobody@example.it"):
        computed.clear()
        sign_in(visitor, name, "wrong")
        assert computed == ["hash"], name


def test_she_signs_in_by_her_address_too(alice, visitor):
    type(alice).objects.update(email="alice@example.it")
    assert sign_in(visitor, " Alice@Example.it ").status_code == 302


@pytest.mark.parametrize(
    "look_alike", ["alıce@example.it", "alice@exаmple.it", "ａlice@example.it", "alice@example.it."]
)
def test_not_by_one_that_looks_like_it(alice, visitor, look_alike):
    type(alice).objects.update(email="alice@example.it")
    assert sign_in(visitor, look_alike).status_code == 200


def test_while_too_many_passwords_are_checked_one_is_asked_to_come_back(alice, visitor, monkeypatch):
    monkeypatch.setattr(hashing, "_inside", threading.BoundedSemaphore(1))
    monkeypatch.setattr(hashing, "AT_THE_DOOR", 0.01)
    with hashing.turn():
        response = sign_in(visitor)
    assert (response.status_code, response.headers["Retry-After"]) == (429, "5")
    assert sign_in(visitor).status_code == 302


def test_nobody_is_made_a_login_by_himself(visitor, db):
    assert visitor.get("/sign-up/").status_code == 404
    assert "signup" not in visitor.get(SIGN_IN).content.decode()
