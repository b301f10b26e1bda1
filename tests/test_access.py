"""Who may see what: every address, every method, every kind of person, every object; and proof that the walk would notice."""

import os
import re
import subprocess
import sys
from collections import defaultdict
from dataclasses import replace
from types import ModuleType
from urllib.parse import urlencode

import pytest
from django.http import Http404, HttpResponse
from django.test import Client
from django.urls import include, path

from sportello.desks import policies
from sportello.desks.documents import views as documents
from sportello.desks.policies import PUBLIC
from sportello.domain.customers.models import Customer, CustomerAccess
from sportello.domain.customers.models.reach import ReachQuerySet
from sportello.domain.people.models import Role, User
from sportello.prepared import Prepared
from tests import factories
from tests.access import cast as casting
from tests.access.addresses import Unfillable, addresses
from tests.access.cast import Cast, Person
from tests.access.walking import METHODS, Visit, answer, ask, check_canaries, nothing_written, rows_written

ADDRESSES = addresses()
KINDS = [
    "visitor",
    *(f"staff: {role}" for role in Role),
    "staff: two roles",
    "owner",
    "holder of two",
    "staff and customer",
    "access has ended",
    "nothing linked",
    "inactive",
]
OPEN_TO_EVERYBODY = {
    "account_login",
    "account_logout",
    "set_language",
    "theme",
    "icon",
    "favicon",
    "robots",
    "health",
    "first_access",
    "first_access_details",
    "first_access_finish",
    "first_access_done",
    "lost_code",
    "lost_code_sent",
    "forgot_password",
    "forgot_password_by_mail",
    "forgot_password_by_post",
    "choose_password",
    "recovery_code",
    "recovery_code_password",
    "prove_email",
    "invoice_by_link",
    "stop_request",
    "prove_invoice_address",
    "email_proven",
    "places",
    "ask",
    "ask_kind",
    "ask_receipt",
    "ask_status",
    "ask_request",
    "ask_file",
    "mfa_authenticate",
    "mfa_login_webauthn",
    "calendar_feed",
}
OPEN_IN_THE_DEMO = {"mailbox", "mail", "metrics"}
# A new secret, challenge, signature or time of day with each answer.
DIFFERENT_EACH_TIME = {
    "account_logout", "mfa_activate_totp", "mfa_add_webauthn", "mfa_reauthenticate_webauthn", "mfa_login_webauthn",
    "usersessions_list", "saved_code", "metrics", "ask_kind", "invoice_delivery",
}  # fmt: skip
# They are about the customer whom the question names, and not there for one that is foreign or none.
ABOUT_A_CUSTOMER = {"request_new", "request_form", "request_draft"}
READING_STAFF = "staff:back_office,call_center,manager"
# Said a second time, for the walk goes by what each address declares.
POLICIES = {
    "customer": {
        "overview", "freshness", "invoices", "invoice", "invoice_pdf", "invoice_xml", "invoices_zip", "invoices_zip_download",
        "pay", "pay_invoice", "supplies", "supply", "consumption", "consumption_csv", "readings", "readings_upload",
        "readings_template", "readings_several", "readings_several_draft", "reading", "reading_draft", "requests", "request",
        "request_thread", "request_new", "request_form", "request_draft", "request_say", "request_reopen", "request_cancel", "changes",
        "invoice_delivery", "invoice_delivery_off", "invoice_delivery_again",
    },
    "signed in": {
        "home", "account", "access_log", "change_username", "change_password", "change_question", "saved_code", "change_email",
        "remove_email", "reminders", "add_customer", "usersessions_list", "end_session", "account_reauthenticate",
        "mfa_reauthenticate", "mfa_reauthenticate_webauthn", "mfa_index", "mfa_activate_totp", "mfa_deactivate_totp",
        "mfa_add_webauthn", "mfa_edit_webauthn", "mfa_remove_webauthn", "mfa_view_recovery_codes",
        "mfa_generate_recovery_codes", "mfa_download_recovery_codes",
    },
    "staff": {"staff_home", "staff_plan", "staff_plan_elsewhere"},
    f"{READING_STAFF} or agents": {
        "staff_requests", "staff_request", "staff_write_request", "staff_save_view", "staff_remove_view",
    },
    "staff:manager": {"staff_team", "staff_member", "staff_back"},
    "staff:administrator,manager": {"staff_statistics", "replies", "reply_add", "reply", "reply_remove"},
    READING_STAFF: {
        "staff_readings", "staff_reading", "staff_request_letters",
        "staff_letters", "staff_letter_sheets", "staff_mark_letters", "staff_customers", "staff_customer", "staff_invoice_mail",
        "staff_ask_for", "staff_ask", "staff_add_appointment", "staff_appointment", "staff_received", "staff_customer_who",
        "staff_invoice", "staff_resend_invoice", "staff_undelivered", "staff_invoice_pdf",
    },
    "staff:back_office,call_center": {"staff_look", "staff_look_end"},
    "staff:back_office,manager": {"staff_decide_reading", "staff_decide_request", "staff_suspects", "staff_give_requests",
        "staff_undo_giving",
    },
    "staff:administrator": {
        "reading_rules", "reading_rules_add", "reading_rules_edit", "reading_rules_delete", "administration", "request_kinds",
        "terms", "terms_add", "terms_edit", "terms_delete", "bounds", "bounds_add", "bounds_edit", "bounds_delete",
        "invoice_mail", "invoice_mail_stop", "invoice_mail_continue", "invoice_mail_timetable", "invoice_mail_rate",
        "wordings", "wording", "wording_remove", "offices", "offices_add", "offices_edit", "assignment_rules",
        "assignment_rules_add", "assignment_rules_edit", "assignment_rules_move",
        "staff_people", "staff_person_add", "staff_person",
    },
    f"customer or {READING_STAFF}": {"reading_photo", "request_file"},
    "customer or staff:back_office,manager": {"mandate_pdf"},
    "watchers": {"metrics"},
}  # fmt: skip
# Where staff come who have not shown their second factor yet.
HALF_WAY = {
    "account_reauthenticate": policies.SHOWING_FACTOR,
    "mfa_reauthenticate": policies.SHOWING_FACTOR,
    "mfa_reauthenticate_webauthn": policies.SHOWING_FACTOR,
    "mfa_index": policies.SETTING_UP_FACTOR,
    "mfa_activate_totp": policies.SETTING_UP_FACTOR,
    "mfa_add_webauthn": policies.SETTING_UP_FACTOR,
}


@pytest.fixture(autouse=True)
def everybody_may_sign_in(settings, monkeypatch) -> None:
    settings.COMPANY_CREDITOR_ID = "IT15ZZZ0000000489520122"  # without one there is no mandate to print
    settings.DEMO = True  # staff and logins of the demo come in only there
    monkeypatch.setattr(documents, "WAIT", 0)  # no worker is there to wait for


@pytest.fixture
def cast(db) -> Cast:
    return casting.assemble()


def site(*patterns) -> ModuleType:
    """The whole site and a few addresses more."""
    from sportello import urls

    module = ModuleType("tests.a_site")
    module.urlpatterns = [*patterns, path("", include("sportello.urls"))]
    for name in ("handler400", "handler404", "handler500"):
        setattr(module, name, getattr(urls, name))
    return module


# --- what is declared ------------------------------------------------------------------------------------------------


def undeclared(all_addresses) -> list[str]:
    return [address.route for address in all_addresses if not isinstance(address.policy, policies.Policy)]


def test_every_address_declares_its_policy():
    assert len(ADDRESSES) >= 15
    assert undeclared(ADDRESSES) == []


def test_what_is_open_to_everybody_is_this_and_no_more():
    open_to_all = {address.name for address in ADDRESSES if not address.policy.sign_in}
    assert open_to_all == OPEN_TO_EVERYBODY | OPEN_IN_THE_DEMO
    assert {address.name for address in ADDRESSES if address.policy.name == "public"} == OPEN_TO_EVERYBODY


def test_outside_the_demo_its_mailbox_and_the_figures_are_not_there(cast, settings):
    settings.DEMO = False
    for address in ADDRESSES:
        if address.name in OPEN_IN_THE_DEMO:
            where = address.of(cast.own["mail"]) if address.kind else address.at("")
            for kind in ("visitor", "owner", "staff: manager"):
                assert ask(cast.person(kind), "GET", where).status == 404


def test_each_address_is_for_whom_it_is_meant():
    declared = defaultdict(set)
    for address in ADDRESSES:
        declared[address.policy.name].add(address.name)
    assert declared.pop("public") == OPEN_TO_EVERYBODY
    assert declared.pop("demo") | declared["watchers"] == OPEN_IN_THE_DEMO
    assert declared == POLICIES


def test_who_has_not_shown_a_second_factor_comes_to_these_and_no_further():
    half_way = [address for address in ADDRESSES if address.policy.half_way is not policies.SIGNED_IN.half_way]
    assert {address.name: address.policy for address in half_way} == HALF_WAY


def test_every_kind_of_object_is_named_by_some_address():
    assert {address.kind for address in ADDRESSES} == {
        "",
        "invoice",
        "invoice address",
        "invoice address link",
        "link of an invoice",
        "customer on the desk",
        "supply",
        "colour",
        "passkey",
        "session",
        "recovery link",
        "proof link",
        "stop link",
        "mail",
        "photo",
        "request",
        "kind for visitors",
        "visitor's file",
        "kind of request",
        "reading to decide",
        "request on the desk",
        "file of a request",
        "mandate",
        "rules",
        "member of staff",
        "ready reply",
        "terms",
        "bound",
        "text",
        "version of a text",
        "calendar feed",
        "kept list",
        "appointment",
        "member of the team",
        "absence",
        "office",
        "rule of assignment",
    }


# --- the walk --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_sees_or_changes_what_is_not_his(cast, kind):
    assert [person.kind for person in cast.people] == KINDS
    looked_at = sum(Visit(cast, cast.person(kind), address).walk() for address in ADDRESSES)
    assert looked_at > 250


def own_pages(people, own) -> dict[tuple[str, str], object]:
    pages = {}
    for person in people:
        for address in ADDRESSES:
            if person.customers and not person.staff and address.name not in DIFFERENT_EACH_TIME:
                where = address.of((own | person.own)[address.kind]) if address.kind else address.at("")
                pages[person.kind, where] = ask(person, "GET", where)
    return pages


def test_a_page_is_the_same_whether_there_are_strangers_or_not(db):
    """Sums, counts and charts too, in which a stranger's amount would not be seen as such."""
    people, own = casting.without_strangers()
    alone = own_pages(people, own)
    casting.add_strangers()
    among_others = own_pages(people, own)
    assert len(alone) >= 20
    assert [key for key in alone if alone[key] != among_others[key]] == []


def test_a_page_does_change_with_what_is_ones_own(db):
    """Otherwise the comparison above would say nothing."""
    people, own = casting.without_strangers()
    alone = own_pages(people, own)
    books = Customer.objects.get(code="OWN1").billing_accounts.get()
    factories.invoice(books, "OWN1/NEW", amount=50)
    changed = {where for (kind, where), page in own_pages(people, own).items() if alone[kind, where] != page}
    assert {"/overview/", "/invoices/", "/pay/"} <= changed


# --- questions -------------------------------------------------------------------------------------------------------

QUESTIONS = {
    "customer": lambda stranger: [stranger.customer.code],
    "supply": lambda stranger: [stranger.objects["supply"]],
    "q": lambda stranger: stranger.words,
    "page": lambda stranger: [stranger.objects["invoice"]],
    "year": lambda stranger: [stranger.customer.code],
    "status": lambda stranger: [stranger.customer.code],
    "number": lambda stranger: [stranger.objects["invoice"]],
    "next": lambda stranger: [f"/invoices/{stranger.objects['invoice']}/"],
    "invoice": lambda stranger: [stranger.objects["invoice"]],
    "seen": lambda stranger: [stranger.objects["invoice"]],
    "look": lambda stranger: [stranger.objects["request"]],
}


def asked(person, address, own, name: str, value: str) -> object:
    """The answer, but for the value that was asked for wherever the page gives it back."""
    where = address.of(own[address.kind]) if address.kind else address.at("")
    question = urlencode({name: value})
    seen = ask(person, "GET", f"{where}?{question}")

    def without(text: str) -> str:
        return text.replace(question, "(asked)").replace(value, "(asked)")

    headers = tuple((key, without(text)) for key, text in seen.headers)
    return replace(seen, headers=headers, body=without(seen.body))


@pytest.mark.parametrize("kind", ["owner", "holder of two"])
def test_a_question_about_a_stranger_is_as_one_about_nobody(cast, kind):
    person = cast.person(kind)
    count = 0
    for address in ADDRESSES:
        for name, of in QUESTIONS.items():
            if address.name in DIFFERENT_EACH_TIME or not person.admitted_by(address.policy.name):
                continue  # the walk has shown that others get no page here that a question could change
            nothing = asked(person, address, cast.own_of(person), name, "NOTHINGLIKETHIS")
            for value in of(cast.strangers[0]):
                seen = asked(person, address, cast.own_of(person), name, value)
                assert seen.status < 500
                check_canaries(seen, cast.forbidden_to(person))
                assert seen == nothing, (address.route, name)
                count += 1
    assert count > 200


@pytest.mark.parametrize(
    "value", ["\x00", "x" * 10_000, "'\"<b>", "%", "\u202e\U0001f986", "-1", "9" * 400, "../", "[]"]
)
def test_no_question_breaks_a_page(cast, value):
    person = cast.person("owner")
    for address in ADDRESSES:
        where = address.of(cast.own_of(person)[address.kind]) if address.kind else address.at("")
        seen = ask(person, "GET", f"{where}?{urlencode(dict.fromkeys(QUESTIONS, value))}")
        there = person.admitted_by(address.policy.name) and address.name not in ABOUT_A_CUSTOMER
        assert seen.status in ((200, 204, 302, 405) if there else (404,)), address.route


# --- in a customer's place -------------------------------------------------------------------------------------------

UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
FREE = {"account_logout", "set_language", "staff_look", "staff_look_end"}


@pytest.fixture
def looker(cast) -> Person:
    """Of the call center, who looks at what the owner sees."""
    person = cast.person("staff: call_center")
    assert person.client.post("/staff/customers/OWN1/look/")["Location"] == "/overview/"
    return replace(person, staff=False, roles=(), customers=("OWN1",), own=cast.own_of(cast.person("owner")))


def test_what_a_look_leaves_free_is_this_and_no_more():
    assert {address.name for address in ADDRESSES if address.policy.looking is policies.Looking.FREE} == FREE


def test_who_looks_in_a_customers_place_changes_nothing_anywhere(cast, looker):
    with nothing_written():
        for address in ADDRESSES:
            where = address.of(cast.own_of(looker)[address.kind]) if address.kind else address.at("")
            for method in UNSAFE if address.name not in FREE else ():
                seen = ask(looker, method, where)
                assert seen.status == 403 and 'class="looking"' in seen.body, (address.route, method)


def test_who_looks_in_a_customers_place_sees_that_one_and_nobody_else(cast, looker):
    count = 0
    for address in ADDRESSES:
        where = address.of(cast.own_of(looker)[address.kind]) if address.kind else address.at("")
        match address.policy.looking:
            case policies.Looking.REFUSED:
                assert ask(looker, "GET", where).status == 403, address.route
            case policies.Looking.IN_HIS_PLACE:
                seen = ask(looker, "GET", where)
                assert seen.status in (200, 202, 204, 302, 405), (address.route, seen.status)
                check_canaries(seen, [cast.canaries, cast.for_staff, cast.for_reading_staff])
                for stranger in cast.strangers if address.kind else ():
                    foreign = stranger.objects.get(address.kind, "NOTHING")
                    seen = ask(looker, "GET", address.of(foreign))
                    assert seen.status == 404, (address.route, foreign)
                count += 1
    assert count > 35


def test_a_customers_pages_are_looked_at_as_he_sees_them(cast, looker):
    """The same, but for the frame around it and the greeting."""
    for where in ("/overview/", "/invoices/", "/pay/", "/supplies/", "/readings/", "/requests/", "/changes/"):
        his, seen = (person.client.get(where) for person in (cast.person("owner"), looker))
        pages = [
            page.content.decode()[page.content.decode().find("<main") :]
            for page in (his, seen)
            if page.status_code == 200
        ]
        assert len({re.sub(r'value="\w{32,}"|<h1>.*?</h1>', "", page) for page in pages}) <= 1, where


def test_the_walk_notices_a_look_that_reaches_too_far(cast, looker, monkeypatch):
    monkeypatch.setattr(ReachQuerySet, "within_reach_of", lambda rows, user: rows)
    Prepared.forget()
    try:
        with pytest.raises(AssertionError):
            check_canaries(ask(looker, "GET", "/invoices/"), [cast.canaries])
    finally:
        monkeypatch.undo()
        Prepared.forget()


# --- forms from elsewhere --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["visitor", "owner", "staff: manager"])
def test_a_form_from_elsewhere_is_refused_everywhere(cast, kind):
    client = Client(enforce_csrf_checks=True)
    person = cast.person(kind)
    client.cookies = person.client.cookies
    with nothing_written():
        for address in ADDRESSES:
            for method in ("POST", "PUT", "PATCH", "DELETE"):
                where = address.of(cast.own_of(person)[address.kind]) if address.kind else address.at("")
                assert client.generic(method, where).status_code == 403, (address.route, method)


# --- what ends, ends at once -----------------------------------------------------------------------------------------


def test_access_that_ends_is_gone_at_the_next_request(cast):
    person = cast.person("owner")
    where = f"/supplies/{cast.own['supply']}/"
    assert ask(person, "GET", where).status == 200
    CustomerAccess.objects.filter(customer_id="OWN1").update(ended_at=factories.NOW)
    assert ask(person, "GET", where).status == 404


def test_a_role_that_is_taken_away_is_gone_at_the_next_request(cast):
    person = cast.person("staff: manager")
    assert ask(person, "GET", "/staff/").status == 200
    User.objects.filter(username=person.kind).update(roles=[])
    assert ask(person, "GET", "/staff/").status == 404


def test_a_login_that_is_closed_is_out_at_the_next_request(cast):
    person = cast.person("owner")
    User.objects.filter(username=person.kind).update(is_active=False)
    assert ask(person, "GET", "/overview/").status == 302


# --- the site under https --------------------------------------------------------------------------------------------

SHOW = """
import django; django.setup()
from django.conf import settings as s
print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.LANGUAGE_COOKIE_NAME)
print(s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.LANGUAGE_COOKIE_SECURE)
print(s.SECURE_HSTS_SECONDS >= 31536000, s.SECURE_HSTS_INCLUDE_SUBDOMAINS, s.DEBUG, s.ALLOWED_HOSTS)
"""


def test_under_https_cookies_are_bound_to_the_host_and_browsers_keep_to_https():
    environ = {
        **os.environ, "DJANGO_SETTINGS_MODULE": "sportello.settings", "SITE_URL": "https://sportello.example",
        "SECRET_KEY": "x" * 60,
    }  # fmt: skip
    shown = subprocess.run([sys.executable, "-c", SHOW], env=environ, capture_output=True, text=True, check=True)
    assert shown.stdout.splitlines() == [
        "__Host-sportello __Host-csrf __Host-language",
        "True True True",
        "True True False ['sportello.example']",
    ]


def test_cookies_cannot_be_read_by_scripts(client, db):
    client.post("/language/", {"language": "en"})
    client.get("/sign-in/")
    cookies = client.cookies.values()
    assert len(cookies) == 2
    assert {(cookie["httponly"], cookie["samesite"], cookie["path"]) for cookie in cookies} == {(True, "Lax", "/")}


def test_another_host_is_refused(db):
    assert Client(headers={"host": "evil.example"}).get("/sign-in/").status_code == 400


# --- proof that the walk notices -------------------------------------------------------------------------------------


def view():
    return lambda request, **_: HttpResponse("here")


def anew(person: Person) -> Person:
    """The same person, before whom the site is put together again."""
    client = Client(raise_request_exception=False)
    client.cookies = person.client.cookies
    return replace(person, client=client)


def test_an_address_without_policy_is_not_there(settings, db):
    settings.ROOT_URLCONF = site(path("forgotten/", view()), path("declared/", PUBLIC(view())))
    assert Client().get("/declared/").content == b"here"
    assert Client().get("/forgotten/").status_code == 404


def test_an_address_without_policy_is_noticed(settings):
    settings.ROOT_URLCONF = site(path("forgotten/", view()))
    assert undeclared(addresses()) == ["forgotten/"]


@pytest.mark.parametrize(
    "route", ["things/<int:thing>/", "invoices/<code:number>/lines/<int:line>/", "<slug:anything>/"]
)
def test_an_address_with_an_unknown_object_is_noticed(settings, route):
    settings.ROOT_URLCONF = site(path(route, view()))
    with pytest.raises(Unfillable):
        addresses()


@pytest.fixture
def without_reach(monkeypatch):
    """Nobody asks any more whose a row is."""
    monkeypatch.setattr(ReachQuerySet, "within_reach_of", lambda self, user: self.all())
    Prepared.forget()
    yield
    monkeypatch.undo()
    Prepared.forget()


def test_the_walk_notices_when_everything_is_within_reach(cast, without_reach):
    owner = anew(cast.person("owner"))  # a page may break on rows that are never in it
    noticed = {address.name for address in ADDRESSES if not goes_well(Visit(cast, owner, address))}
    within = {address.name for address in ADDRESSES if address.policy.name == "customer"}
    # The first tells nothing but a time, the second asks for a file, the next two only keep what was typed, the last ends what
    # a customer has whom it looks up among one's own.
    assert within - noticed == {
        "freshness", "readings_upload", "readings_several_draft", "request_draft", "invoice_delivery_off",
    }  # fmt: skip


def goes_well(visit: Visit) -> bool:
    try:
        visit.walk()
    except AssertionError:
        return False
    return True


def test_the_walk_notices_a_stranger_in_a_page_of_ones_own(cast, request):
    (visit,) = [Visit(cast, cast.person("owner"), address) for address in ADDRESSES if address.name == "invoices"]
    assert goes_well(visit)
    request.getfixturevalue("without_reach")
    with pytest.raises(AssertionError, match="a stranger's data"):
        visit.walk()


@pytest.mark.parametrize("kind", ["owner", "staff: agent", "visitor"])
def test_the_walk_notices_a_policy_that_admits_too_many(cast, kind, monkeypatch):
    address = next(
        address for address in ADDRESSES if address.name == ("overview" if kind != "owner" else "staff_home")
    )
    person = cast.person(kind)
    assert goes_well(Visit(cast, person, address))
    monkeypatch.setattr(policies.PolicyMiddleware, "process_view", lambda *_: None)
    assert not goes_well(Visit(cast, anew(person), address))


def writes_then_refuses(request):
    Customer.objects.update(phone="1")
    raise Http404


def test_the_walk_notices_a_refusal_that_has_written(cast, settings):
    settings.ROOT_URLCONF = site(path("late/", PUBLIC(writes_then_refuses)))
    before = rows_written()
    assert ask(cast.person("owner"), "GET", "/late/").status == 404
    assert rows_written()["customers_customer"] > before["customers_customer"]
    assert Customer.objects.filter(phone="1").count() == 0
    with pytest.raises(AssertionError, match="wrote to .*customers_customer"), nothing_written():
        ask(cast.person("owner"), "GET", "/late/")


def test_the_walk_notices_an_answer_that_tells_foreign_from_missing(cast, settings):
    def blabbing(request, number):
        return HttpResponse(status=404, content=b"" if number.startswith("NOTHING") else b"not yours")

    settings.ROOT_URLCONF = site(path("blab/invoices/<code:number>/", policies.CUSTOMER(blabbing)))
    address = next(address for address in addresses() if address.route.startswith("blab/"))
    with pytest.raises(AssertionError, match="tells foreign from missing"):
        Visit(cast, cast.person("owner"), address).walk()


@pytest.mark.parametrize("without", ["ContentSecurity", "HeadersMiddleware", "security", "clickjacking"])
def test_the_walk_notices_a_page_without_its_headers(cast, settings, without):
    overview = next(address for address in ADDRESSES if address.name == "overview")
    assert goes_well(Visit(cast, anew(cast.person("owner")), overview))
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if without not in name]
    assert not goes_well(Visit(cast, anew(cast.person("owner")), overview))


def test_answers_differ_by_nature_only_in_what_is_left_out(cast):
    """The comparison blanks the address, the token and the length, and nothing else."""
    client = cast.person("owner").client
    client.get("/supplies/")  # a session that is old by now is renewed once
    one, other = client.get("/supplies/AAAA/"), client.get("/supplies/BBBBBBBB/")
    assert one.content != other.content
    assert answer(one) == answer(other)
    other.content = other.content.replace(b"</main>", b"x</main>")
    assert answer(one) != answer(other)
    assert len(METHODS) == 7
