"""Two steps: forced on staff, free for customers, never half done."""

import json
import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from cryptography.fernet import InvalidToken
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import get_resolver

from sportello.desks.factors import cipher
from sportello.desks.website.second_factor_forms import PasskeyAloneForm, spend
from sportello.domain.journal.models import Event
from sportello.domain.people.models import Role, Session, User
from tests import factories
from tests import second_factors as factors
from tests.access.addresses import addresses
from tests.at_once import at_once

PASSWORD = "correct horse battery"
SET_UP, ASKED = "/two-step/", "/sign-in/second-step/"


@pytest.fixture(autouse=True)
def outside_the_demo(settings) -> None:
    settings.DEMO = False
    cache.clear()


@pytest.fixture
def visitor() -> Client:
    return Client(headers={"accept-language": "en"})


@pytest.fixture
def bob(db) -> User:
    """Works here, and has no second factor yet."""
    return factories.user("bob", password=PASSWORD, roles=[Role.AGENT])


@pytest.fixture
def alice(db) -> User:
    return factories.user("alice", password=PASSWORD)


def sign_in(client: Client, username: str = "bob", password: str = PASSWORD, **fields: str):
    return client.post("/sign-in/", {"login": username, "password": password, **fields})


def give(client: Client, code: str):
    return client.post(ASKED, {"code": code})


def where(response) -> str:
    assert response.status_code == 302, response.status_code
    return response.headers["Location"].partition("?")[0]


def secret_of(client: Client) -> str:
    page = client.get("/two-step/app/").content.decode()
    return re.search(r'id="secret">([A-Z2-7 ]+)<', page)[1].replace(" ", "")


def set_up_app(client: Client) -> str:
    secret = secret_of(client)
    assert where(client.post("/two-step/app/", {"code": factors.code(secret)})) == "/two-step/recovery-codes/"
    return secret


# --- forced on staff -------------------------------------------------------------------------------------------------


def test_staff_without_one_are_led_to_set_it_up(bob, visitor):
    assert where(sign_in(visitor)) == "/"
    assert where(visitor.get("/")) == SET_UP
    page = visitor.get(SET_UP)
    assert page.status_code == 200
    assert b"Set up your second step to go on" in page.content


HALF_WAY = {
    "mfa_index", "mfa_activate_totp", "mfa_add_webauthn", "account_reauthenticate", "mfa_reauthenticate",
    "mfa_reauthenticate_webauthn",
}  # fmt: skip


def test_and_come_nowhere_else(bob, visitor):
    factories.household(who=bob)  # a login of staff is one of staff, whatever else it may see
    sign_in(visitor)
    closed = 0
    for address in addresses(get_resolver()):
        if address.policy.sign_in and address.name not in HALF_WAY:
            for method in ("GET", "POST", "PUT", "DELETE"):
                assert where(visitor.generic(method, address.at("1"))) == SET_UP, address.route
            closed += 1
        elif address.name in HALF_WAY:
            assert visitor.get(address.at("1")).status_code in (200, 302), address.route
    assert closed >= 20


def test_a_part_of_a_page_leads_the_whole_page_there(bob, visitor):
    sign_in(visitor)
    response = visitor.get("/freshness/", headers={"hx-request": "true"})
    assert (response.status_code, response.headers["HX-Redirect"]) == (204, SET_UP)


def test_with_the_app_set_up_they_are_in(bob, visitor):
    sign_in(visitor)
    set_up_app(visitor)
    assert visitor.get("/two-step/recovery-codes/").status_code == 200
    assert where(visitor.get("/")) == "/staff/"
    assert visitor.get("/staff/").status_code == 200


def test_the_code_that_set_it_up_does_not_sign_in(bob, visitor):
    sign_in(visitor)
    secret = set_up_app(visitor)
    visitor.post("/sign-out/")
    assert where(sign_in(visitor)) == ASKED
    assert give(visitor, factors.code(secret)).status_code == 200
    assert visitor.get("/staff/").status_code == 302


def test_a_wrong_code_sets_nothing_up(bob, visitor):
    sign_in(visitor)
    secret_of(visitor)
    for wrong in ("000000", "", "x", "１２３４５６", "\x00", "9" * 5_000):
        assert visitor.post("/two-step/app/", {"code": wrong}).status_code == 200
    assert Authenticator.objects.count() == 0
    assert where(visitor.get("/staff/")) == SET_UP


def test_the_password_alone_opens_nothing_once_there_is_one(bob, visitor):
    factors.app(bob)
    assert where(sign_in(visitor)) == ASKED
    for path in ("/", "/staff/", SET_UP, "/two-step/app/", "/two-step/passkeys/", "/sign-in/again/"):
        assert where(visitor.get(path)) == "/sign-in/"
    assert where(give(visitor, factors.code())) == "/"
    assert visitor.get("/staff/").status_code == 200


def test_a_session_from_before_shows_it_and_sets_none_up(bob, visitor):
    """One who became staff, or had his factor set up elsewhere, while he was in."""
    sign_in(visitor)
    factors.app(bob)
    response = visitor.get("/staff/?a=b")
    assert response.headers["Location"] == "/sign-in/again/code/?next=/staff/%3Fa%3Db"
    for path in (SET_UP, "/two-step/app/", "/two-step/passkeys/"):
        assert where(visitor.get(path)) == "/sign-in/again/code/"
        assert where(visitor.post(path, {"code": factors.code()})) == "/sign-in/again/code/"
    assert where(visitor.get("/sign-in/again/")) == "/sign-in/again/code/"
    assert where(visitor.post("/sign-in/again/", {"password": PASSWORD})) == "/sign-in/again/code/"
    before = visitor.session.session_key
    shown = visitor.post("/sign-in/again/code/", {"code": factors.code(), "next": "/staff/?a=b"})
    assert shown.headers["Location"] == "/staff/?a=b"
    assert visitor.session.session_key != before
    assert visitor.get("/staff/").status_code == 200


def test_who_becomes_staff_is_led_there_at_the_next_request(alice, visitor):
    sign_in(visitor, "alice")
    assert visitor.get("/").status_code == 200
    User.objects.filter(pk=alice.pk).update(roles=[Role.MANAGER])
    assert where(visitor.get("/")) == SET_UP


def test_a_factor_that_is_taken_away_closes_its_sessions_at_once(bob, visitor):
    app = factors.app(bob)
    sign_in(visitor)
    give(visitor, factors.code())
    assert visitor.get("/staff/").status_code == 200
    app.delete()
    assert where(visitor.get("/staff/")) == SET_UP


def test_a_role_that_is_taken_away_is_gone_at_once(bob, visitor):
    factors.app(bob)
    sign_in(visitor)
    give(visitor, factors.code())
    assert visitor.get("/staff/").status_code == 200
    User.objects.filter(pk=bob.pk).update(roles=[])
    assert visitor.get("/staff/").status_code == 404


def test_staff_do_not_take_their_last_one_away(bob, visitor):
    sign_in(visitor)
    set_up_app(visitor)
    assert b"your only second step" in visitor.get("/two-step/app/remove/").content
    assert visitor.post("/two-step/app/remove/").status_code == 200
    key = factors.passkey(bob)
    assert where(visitor.post("/two-step/app/remove/")) == SET_UP
    assert where(visitor.get(SET_UP)) == "/sign-in/again/code/"  # what had opened this session is gone
    factors.shown(visitor, key)
    assert b"your only second step" in visitor.get(f"/two-step/passkeys/{key.pk}/remove/").content
    assert visitor.post(f"/two-step/passkeys/{key.pk}/remove/").status_code == 200
    assert list(Authenticator.objects.exclude(type="recovery_codes")) == [key]


def test_in_the_demo_nobody_is_forced(bob, visitor, settings):
    settings.DEMO = True
    sign_in(visitor)
    assert visitor.get("/staff/").status_code == 200


def test_without_the_guard_the_password_would_be_enough(bob, visitor, monkeypatch):
    monkeypatch.setattr("sportello.desks.policies.owes_second_factor", lambda request: False)
    sign_in(visitor)
    assert visitor.get("/staff/").status_code == 200


# --- the second step -------------------------------------------------------------------------------------------------


def test_a_wrong_code_is_refused(alice, visitor):
    factors.app(alice)
    sign_in(visitor, "alice")
    for wrong in ("000000", "", "12345", factors.code(ago=5), factors.code("A" * 32), "\x00", "x" * 5_000):
        response = give(visitor, wrong)
        assert response.status_code == 200
        assert b"error-summary" in response.content
    assert where(visitor.get("/")) == "/sign-in/"


def test_after_five_wrong_ones_the_right_one_has_to_wait(alice, visitor):
    factors.app(alice)
    sign_in(visitor, "alice")
    for _ in range(5):
        give(visitor, "000000")
        cache.clear()  # another process
    other = Client(headers={"accept-language": "en"})
    sign_in(other, "alice")
    for client in (visitor, other):
        assert b"Please wait five minutes" in give(client, factors.code()).content
        assert where(client.get("/")) == "/sign-in/"


def test_a_code_opens_once_in_all_processes(alice, visitor):
    factors.app(alice)
    code = factors.code()
    sign_in(visitor, "alice")
    assert where(give(visitor, code)) == "/"
    cache.clear()
    other = Client()
    sign_in(other, "alice")
    assert give(other, code).status_code == 200
    assert give(other, factors.code(ago=1)).status_code == 200  # older than what has opened
    assert where(other.get("/")) == "/sign-in/"


@pytest.mark.django_db(transaction=True)
def test_a_code_opens_once_at_once(visitor):
    alice = factories.user("alice", password=PASSWORD)
    app = factors.app(alice)
    code = factors.code()
    assert sorted(at_once(4, lambda _: spend(app, code)), key=str) == [False, False, False, True]


def test_a_code_may_come_half_a_minute_late(alice, visitor):
    factors.app(alice)
    sign_in(visitor, "alice")
    assert where(give(visitor, factors.code(ago=1))) == "/"


def test_a_recovery_code_opens_once(alice, visitor):
    factors.app(alice)
    first, *others = factors.recovery_codes(alice)
    assert len(others) == 9
    sign_in(visitor, "alice")
    assert where(give(visitor, f"{first[:4]} {first[4:]}")) == "/"
    other = Client()
    sign_in(other, "alice")
    assert give(other, first).status_code == 200
    assert where(give(other, others[0])) == "/"


def test_staff_come_in_with_a_recovery_code_and_take_a_new_app(bob, visitor):
    factors.app(bob)
    first, *_ = factors.recovery_codes(bob)
    sign_in(visitor)
    give(visitor, first)
    assert visitor.get("/staff/").status_code == 200
    assert where(visitor.post("/two-step/recovery-codes/new/")) == "/two-step/recovery-codes/"
    assert visitor.get("/two-step/recovery-codes/").status_code == 200
    secret = secret_of(visitor)
    assert where(visitor.post("/two-step/app/", {"code": factors.code(secret)})) == SET_UP
    assert visitor.get("/staff/").status_code == 200
    visitor.post("/sign-out/")
    sign_in(visitor)
    assert give(visitor, factors.code()).status_code == 200
    assert where(give(visitor, factors.code(secret, ago=-1))) == "/"


def test_it_leads_to_where_one_wanted_to_go(alice, visitor):
    factors.app(alice)
    sign_in(visitor, "alice", next="/invoices/?year=2025")
    assert give(visitor, factors.code()).headers["Location"] == "/invoices/?year=2025"


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_it_leads_to_no_other_site(alice, visitor, elsewhere):
    factors.app(alice)
    sign_in(visitor, "alice", next=elsewhere)
    assert give(visitor, factors.code()).headers["Location"] == "/"


def test_after_a_new_password_it_is_asked_all_the_same(alice, visitor):
    factors.app(alice)
    alice.set_password("another long password")
    alice.save()
    assert where(sign_in(visitor, "alice", "another long password")) == ASKED
    assert where(visitor.get("/")) == "/sign-in/"


def test_it_can_be_broken_off(alice, visitor):
    factors.app(alice)
    sign_in(visitor, "alice")
    assert where(visitor.get("/sign-in/")) == ASKED
    visitor.post("/sign-out/")
    assert visitor.get("/sign-in/").status_code == 200
    assert where(give(visitor, factors.code())) == "/sign-in/"


def test_it_has_to_be_done_within_a_quarter_of_an_hour(alice, visitor):
    factors.app(alice)
    sign_in(visitor, "alice")
    session = visitor.session
    session["account_login"] = {**session["account_login"], "initiated_at": 1}
    session.save()
    assert where(give(visitor, factors.code())) == "/sign-in/"
    assert where(visitor.get("/")) == "/sign-in/"


def test_who_is_closed_out_between_the_steps_stays_outside(alice, visitor):
    factors.app(alice)
    sign_in(visitor, "alice")
    User.objects.filter(pk=alice.pk).update(is_active=False)
    give(visitor, factors.code())
    assert where(visitor.get("/")) == "/sign-in/"


def test_each_step_gives_the_session_a_new_key(alice, visitor):
    factors.app(alice)
    session = visitor.session
    session["planted"] = True
    session.save()
    planted = session.session_key
    sign_in(visitor, "alice")
    half = visitor.session.session_key
    give(visitor, factors.code())
    whole = visitor.session.session_key
    assert len({planted, half, whole}) == 3
    assert set(Session.objects.values_list("session_key", flat=True)) == {whole}
    for old in (planted, half):
        thief = Client()
        thief.cookies["sportello"] = old
        assert where(thief.get("/")) == "/sign-in/"
        assert where(thief.get(ASKED)) == "/sign-in/"


def test_setting_one_up_gives_the_session_a_new_key(alice, visitor):
    sign_in(visitor, "alice")
    visitor.get("/")
    before = visitor.session.session_key
    set_up_app(visitor)
    after = visitor.session.session_key
    assert before != after
    assert [session.session_key for session in UserSession.objects.all()] == [after]


# --- passkeys --------------------------------------------------------------------------------------------------------

DEEP = "[" * 3_000 + "]" * 3_000
NONSENSE = [
    "", "x", "null", "1", '"x"', "[]", "{}", '{"id": 1}', '{"id": "AA", "response": 1}', '{"response": {"userHandle": 1}}',
    '{"id": "AA", "rawId": "AA", "type": "public-key", "response": {}}', DEEP, "{" * 5_000, "x" * 100_000,
    json.dumps({"id": "AA", "rawId": "AA", "type": "public-key", "response": {
        "clientDataJSON": "AA", "authenticatorData": "AA", "signature": "AA", "userHandle": "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5"}}),
    json.dumps({"id": "AA", "rawId": "AA", "type": "public-key", "response": {
        "clientDataJSON": "e30", "authenticatorData": "A" * 60, "signature": "AA", "userHandle": "/w=="}}),
    json.dumps({"id": "AA", "rawId": "AA", "type": "public-key", "response": {
        "clientDataJSON": "e30", "attestationObject": "oA"}}),
]  # fmt: skip


@pytest.mark.parametrize("sent", NONSENSE)
def test_nonsense_for_a_passkey_opens_nothing_and_breaks_nothing(alice, visitor, sent):
    assert where(visitor.post("/sign-in/passkey/", {"credential": sent})) == "/sign-in/"
    visitor.get("/sign-in/passkey/", headers={"accept": "application/json"})
    assert where(visitor.post("/sign-in/passkey/", {"credential": sent})) == "/sign-in/"
    key = factors.passkey(alice)
    sign_in(visitor, "alice")
    visitor.get(ASKED)
    assert visitor.post(ASKED, {"credential": sent}).status_code == 200
    assert where(visitor.get("/")) == "/sign-in/"
    visitor.force_login(alice)
    factors.shown(visitor, key)
    for path in ("/two-step/passkeys/", "/sign-in/again/passkey/"):
        visitor.get(path)
        assert visitor.post(path, {"credential": sent, "name": "x"}).status_code == 200
    assert Authenticator.objects.count() == 1


def test_the_sign_in_page_says_that_a_passkey_is_not_known(db, visitor):
    response = visitor.post("/sign-in/passkey/", {"credential": "{}", "next": "/invoices/"})
    assert response.headers["Location"] == "/sign-in/?passkey=refused&next=%2Finvoices%2F"
    page = visitor.get(response.headers["Location"]).content
    assert b"We do not know this passkey" in page
    assert page.count(b'name="next" value="/invoices/"') == 2


@pytest.fixture
def any_passkey(monkeypatch):
    """As if the browser had sent the right answer of this passkey."""

    def use(key: Authenticator) -> None:
        monkeypatch.setattr(PasskeyAloneForm, "clean_credential", lambda form: Authenticator.objects.get(pk=key.pk))

    return use


def test_a_passkey_alone_counts_as_both_steps(bob, visitor, any_passkey):
    any_passkey(factors.passkey(bob))
    session = visitor.session
    session["planted"] = True
    session.save()
    planted = session.session_key
    response = visitor.post("/sign-in/passkey/", {"credential": "[1]", "next": "/staff/?a=b"})
    assert response.headers["Location"] == "/staff/?a=b"
    assert visitor.get("/staff/").status_code == 200
    assert visitor.session.session_key != planted


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_a_passkey_leads_to_no_other_site(bob, visitor, any_passkey, elsewhere):
    any_passkey(factors.passkey(bob))
    response = visitor.post("/sign-in/passkey/", {"credential": "[1]", "next": elsewhere})
    assert response.headers["Location"] == "/"


@pytest.mark.parametrize("fields", [{"is_active": False}, {"is_demo": True}, {"is_demo": True, "roles": []}])
def test_a_passkey_does_not_let_in_who_may_not_come_in(bob, visitor, any_passkey, fields):
    any_passkey(factors.passkey(bob))
    User.objects.filter(pk=bob.pk).update(**fields)
    for _ in range(2):
        assert where(visitor.post("/sign-in/passkey/", {"credential": "[1]"})) == "/sign-in/"
        assert where(visitor.get("/staff/")) == "/sign-in/"
    assert "account_authentication_methods" not in visitor.session


def test_passkeys_are_asked_for_a_limited_number_of_times(db, visitor):
    statuses = {visitor.post("/sign-in/passkey/", {"credential": "{}"}).status_code for _ in range(61)}
    assert statuses == {302, 429}


def test_passkeys_are_bound_to_the_site_and_not_to_what_a_request_calls_it(db, visitor, settings):
    settings.SITE_URL = "https://sportello.example"
    settings.ALLOWED_HOSTS = ["*"]
    asked = visitor.get("/sign-in/passkey/", headers={"accept": "application/json", "host": "evil.example"}).json()
    assert asked["request_options"]["publicKey"]["rpId"] == "sportello.example"
    assert asked["request_options"]["publicKey"]["userVerification"] == "required"


def test_anothers_passkey_is_not_there(alice, bob, visitor):
    theirs = factors.passkey(bob)
    visitor.force_login(alice)
    factors.shown(visitor, factors.passkey(alice))
    for what in ("name", "remove"):
        for method in ("GET", "POST"):
            assert visitor.generic(method, f"/two-step/passkeys/{theirs.pk}/{what}/").status_code == 404
            assert visitor.generic(method, f"/two-step/passkeys/{10**30}/{what}/").status_code == 404
    later(visitor)  # whoever is asked for a proof first would know by that what is there
    for what in ("name", "remove"):
        assert visitor.get(f"/two-step/passkeys/{theirs.pk}/{what}/").status_code == 404
    assert theirs in Authenticator.objects.all()


def test_a_passkey_is_renamed_and_removed(alice, visitor):
    mine = factors.passkey(alice, "Old <name>")
    visitor.force_login(alice)
    factors.shown(visitor, mine)
    assert b"Old &lt;name&gt;" in visitor.get(SET_UP).content
    path = f"/two-step/passkeys/{mine.pk}"
    assert visitor.post(f"{path}/name/", {"name": ""}).status_code == 200
    assert visitor.post(f"{path}/name/", {"name": "x" * 61}).status_code == 200
    assert where(visitor.post(f"{path}/name/", {"name": "New"})) == SET_UP
    assert b"New" in visitor.get(SET_UP).content
    assert visitor.generic("DELETE", f"{path}/remove/").status_code == 405
    assert where(visitor.post(f"{path}/remove/")) == SET_UP
    assert Authenticator.objects.count() == 0


# --- free for customers ----------------------------------------------------------------------------------------------


def test_a_customer_may_have_it_and_may_leave_it(alice, visitor):
    sign_in(visitor, "alice")
    secret = set_up_app(visitor)
    visitor.post("/sign-out/")
    assert where(sign_in(visitor, "alice")) == ASKED
    assert where(give(visitor, factors.code(secret, ago=-1))) == "/"
    assert where(visitor.post("/two-step/app/remove/")) == SET_UP
    assert Authenticator.objects.count() == 0
    visitor.post("/sign-out/")
    assert where(sign_in(visitor, "alice")) == "/"


def test_a_change_long_after_signing_in_asks_who_is_there(alice, visitor):
    sign_in(visitor, "alice")
    later(visitor)
    assert visitor.get("/two-step/app/").headers["Location"] == "/sign-in/again/?next=%2Ftwo-step%2Fapp%2F"
    assert visitor.post("/sign-in/again/", {"password": "wrong"}).status_code == 200
    assert where(visitor.get("/two-step/app/")) == "/sign-in/again/"
    again = visitor.post("/sign-in/again/", {"password": PASSWORD, "next": "/two-step/app/"})
    assert where(again) == "/two-step/app/"
    assert visitor.get("/two-step/app/").status_code == 200


def test_and_the_password_is_no_answer_where_there_is_a_second_factor(alice, visitor):
    factors.app(alice)
    sign_in(visitor, "alice")
    give(visitor, factors.code(ago=1))
    later(visitor)
    for path in ("/two-step/app/remove/", "/two-step/app/", "/two-step/passkeys/", "/two-step/recovery-codes/new/"):
        assert where(visitor.get(path)) == "/sign-in/again/code/"
        assert where(visitor.post(path)) == "/sign-in/again/code/"
    visitor.post("/sign-in/again/", {"password": PASSWORD})
    assert where(visitor.get("/two-step/app/remove/")) == "/sign-in/again/code/"
    assert where(visitor.post("/sign-in/again/code/", {"code": factors.code()})) == "/"
    assert visitor.get("/two-step/app/remove/").status_code == 200


def later(client: Client) -> None:
    session = client.session
    for record in session["account_authentication_methods"]:
        record["at"] -= 400
    session.save()


def test_recovery_codes_are_shown_and_saved_by_who_has_some(alice, visitor):
    sign_in(visitor, "alice")
    for path in ("/two-step/recovery-codes/", "/two-step/recovery-codes/file/", "/two-step/recovery-codes/new/"):
        assert where(visitor.get(path)) == SET_UP
    set_up_app(visitor)
    codes = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()
    page = visitor.get("/two-step/recovery-codes/").content.decode()
    file = visitor.get("/two-step/recovery-codes/file/")
    assert file.headers["Content-Type"].startswith("text/plain")
    assert "attachment" in file.headers["Content-Disposition"]
    for code in codes:
        written = f"{code[:4]} {code[4:]}"
        assert written in page
        assert written in file.content.decode()


def test_changes_are_in_the_journal_and_told(alice, visitor, django_capture_on_commit_callbacks):
    from sportello.domain.messages.models import Message

    User.objects.filter(pk=alice.pk).update(email="alice@example.it")
    sign_in(visitor, "alice")
    with django_capture_on_commit_callbacks(execute=True):
        set_up_app(visitor)
    with django_capture_on_commit_callbacks(execute=True):
        visitor.post("/two-step/app/remove/")
    assert {"accounts.app_added", "accounts.app_removed"} <= set(Event.objects.values_list("name", flat=True))
    assert Message.objects.filter(kind="access_changed", address="alice@example.it").count() == 2


# --- what is kept ----------------------------------------------------------------------------------------------------


def test_secrets_are_encrypted_in_the_table(alice, visitor):
    sign_in(visitor, "alice")
    secret = set_up_app(visitor)
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(data::text, ' ') FROM mfa_authenticator")
        table = cursor.fetchone()[0]
    assert secret not in table
    assert "gAAAA" in table
    for code in Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes():
        assert code not in table
    assert secret not in str(visitor.session.items())


def test_they_can_be_read_with_the_key_of_before(alice, visitor, settings):
    factors.app(alice)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "n" * 60, [settings.SECRET_KEY]
    sign_in(visitor, "alice")
    assert where(give(visitor, factors.code())) == "/"


def test_the_cipher_is_not_the_site_s_key_itself():
    one, other = cipher("a" * 60), cipher("b" * 60)
    assert one.decrypt(one.encrypt(b"x")) == b"x"
    with pytest.raises(InvalidToken):
        other.decrypt(one.encrypt(b"x"))


def test_the_qr_code_has_no_styles_and_the_key_stands_beside_it(alice, visitor):
    sign_in(visitor, "alice")
    page = visitor.get("/two-step/app/").content.decode()
    drawing = re.search(r"<svg[^>]*>", page[page.index('class="qr"') :])[0]
    assert "style" not in drawing
    assert "otpauth://totp/alice?secret=" in page
    assert "Concordia" in page


@pytest.mark.parametrize(
    ("language", "words"), [("it", "Questo codice non è giusto"), ("en", "This code is not right")]
)
def test_errors_are_in_the_reader_s_language(alice, language, words):
    client = Client(headers={"accept-language": language})
    factors.app(alice)
    sign_in(client, "alice")
    assert words in give(client, "000000").content.decode()
