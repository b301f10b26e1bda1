"""The pages for what goes wrong, and that no log tells about people."""

import io
import json
import logging
from types import ModuleType

import pytest
from django.db import DataError, InterfaceError, OperationalError, connections
from django.test import Client
from django.urls import include, path
from lxml import html

from sportello import logs, urls
from sportello.desks.policies import PUBLIC
from sportello.desks.portal import overview as overview_room
from tests import factories

EMERGENCY = "800 900 999"


@pytest.fixture(autouse=True)
def company(settings) -> None:
    settings.COMPANY_EMERGENCY_NUMBERS = f"gas={EMERGENCY}"


@pytest.fixture
def browser() -> Client:
    return Client(raise_request_exception=False, headers={"accept-language": "en"})


def raising(error: BaseException):
    def view(request):
        raise error

    return PUBLIC(view)


@pytest.fixture
def site(settings):
    """Gives the site an address where something goes wrong."""

    def with_error(error: BaseException) -> None:
        module = ModuleType("tests.a_site_in_trouble")
        module.urlpatterns = [path("trouble/", raising(error)), path("", include("sportello.urls"))]
        for name in ("handler400", "handler404", "handler500"):
            setattr(module, name, getattr(urls, name))
        settings.ROOT_URLCONF = module

    return with_error


def heading(response) -> str:
    return html.fromstring(response.content.decode()).xpath("string(//h1)")


def is_whole(response) -> bool:
    """In the company's frame: emergency number, a way on, and the headers of every page."""
    page = response.content.decode()
    csp = response.headers["Content-Security-Policy"]
    return (
        EMERGENCY in page
        and 'class="button"' in page
        and "unsafe" not in csp
        and "no-store" in response.headers["Cache-Control"]
    )


# None of these tests may use the database: pytest-django refuses every query.


@pytest.mark.parametrize(
    "error", [OperationalError("terminating connection"), InterfaceError("connection already closed")]
)
def test_while_the_database_is_away_the_answer_is_503_and_when_to_try_again(site, browser, error):
    site(error)
    response = browser.get("/trouble/")
    assert (response.status_code, response.headers["Retry-After"]) == (503, "15")
    assert heading(response) == "We will be back in a moment"
    assert is_whole(response)
    assert '<a class="button" href="/trouble/">' in response.content.decode()


def test_reloading_sends_no_form_a_second_time(site, browser):
    site(OperationalError())
    page = browser.post("/trouble/").content.decode()
    assert '<a class="button" href="/">' in page
    assert "may not have arrived" in page
    assert "may not have arrived" not in browser.get("/trouble/").content.decode()


@pytest.mark.parametrize("error", [ValueError("x"), DataError("x"), KeyError("x"), RecursionError("x")])
def test_a_defect_of_ours_is_500(site, browser, error):
    site(error)
    response = browser.get("/trouble/")
    assert (response.status_code, "Retry-After" in response.headers) == (500, False)
    assert heading(response) == "Something went wrong on our side"
    assert is_whole(response)


def test_what_is_not_there_is_404(browser):
    response = browser.get("/nowhere/")
    assert (response.status_code, heading(response)) == (404, "This page is not here")
    assert is_whole(response)


def test_a_request_that_cannot_be_understood_is_400(browser):
    response = browser.get("/sign-in/", headers={"host": "elsewhere.example"})
    assert (response.status_code, heading(response)) == (400, "We could not understand this request")
    assert is_whole(response)


def test_a_form_that_was_open_too_long_is_403_and_says_so():
    strict = Client(enforce_csrf_checks=True, headers={"accept-language": "en"})
    response = strict.post("/sign-in/", {"login": "a", "password": "b"})
    assert (response.status_code, heading(response)) == (403, "This page was open for too long")
    assert is_whole(response)


def test_a_form_with_too_many_fields_is_refused(browser):
    response = browser.post("/sign-in/", {f"f{n}": "x" for n in range(1_001)})
    assert response.status_code == 400
    assert is_whole(response)


def test_a_body_that_is_too_large_is_refused(browser):
    response = browser.post("/sign-in/", {"login": "x" * 1_100_000})
    assert response.status_code == 400


@pytest.mark.parametrize("where", ["/nowhere/", "/sign-in/"])
def test_errors_speak_italian_too(where):
    host = {"host": "elsewhere.example"} if where == "/sign-in/" else {}
    response = Client(headers={"accept-language": "it", **host}).get(where)
    assert response.status_code in (400, 404)
    assert html.fromstring(response.content.decode()).get("lang") == "it"


# --- the whole database away -----------------------------------------------------------------------------------------


@pytest.fixture
def database_away(monkeypatch):
    """Each query fails, as it does while the server is being restarted."""

    def fail(*_args, **_options):
        raise OperationalError("connection failed: server closed the connection unexpectedly")

    for name in ("ensure_connection", "_cursor"):
        monkeypatch.setattr(type(connections["default"]), name, fail)
    monkeypatch.setattr("sportello.database.statements.rows_of", fail)


@pytest.mark.parametrize("where", ["/", "/overview/", "/invoices/N1/", "/staff/", "/documents/invoices/N1.pdf"])
def test_who_is_signed_in_sees_503_while_the_database_is_away(browser, database_away, where):
    browser.cookies["sportello"] = "a" * 32
    response = browser.get(where)
    assert (response.status_code, response.headers["Retry-After"]) == (503, "15")
    assert is_whole(response)


@pytest.mark.parametrize("where", ["/sign-in/", "/nowhere/"])
def test_what_needs_no_database_is_there_without_one(browser, database_away, where):
    assert browser.get(where).status_code in (200, 404)


def test_the_balancer_is_told(browser, database_away):
    response = browser.get("/health")
    assert (response.status_code, response.content) == (503, b"database away\n")


def test_signing_in_is_503_too(browser, database_away):
    assert browser.post("/sign-in/", {"login": "alice", "password": "x"}).status_code == 503


def test_a_database_that_fails_in_the_middle_of_a_page_is_503(db, browser, monkeypatch):
    alice = factories.user("alice")
    factories.household(who=alice)
    browser.force_login(alice)
    assert browser.get("/overview/").status_code == 200

    def fail(*_args, **_options):
        raise OperationalError("the connection is lost")

    monkeypatch.setattr(overview_room, "to_pay_by", fail)
    response = browser.get("/overview/")
    assert (response.status_code, response.headers["Retry-After"]) == (503, "15")
    assert EMERGENCY in response.content.decode()


# --- what is logged --------------------------------------------------------------------------------------------------

SECRETS = {
    "user name": "qzuser7781",
    "password": "QZpassword7781",
    "wrong password": "QZwrong7781",
    "first name": "QZfirst7781",
    "last name": "QZlast7781",
    "tax code": "QZTAXCODE7781XXX",
    "customer": "QZcustomer7781",
    "supply": "QZsupply7781",
    "invoice": "QZinvoice7781",
    "question": "QZquestion7781",
    "message": "QZmessage7781",
    "cookie": "QZcookie7781",
}


@pytest.fixture
def logged():
    """What the product's own logging writes, at its most talkative that an operator can choose."""
    root = logging.getLogger()
    kept = root.handlers, root.level
    logs.configure({"level": "DEBUG"})
    stream = io.StringIO()
    root.handlers[0].setStream(stream)
    yield stream
    root.handlers, level = kept
    root.setLevel(level)


@pytest.fixture
def person(db):
    made = factories.user(SECRETS["user name"], password=SECRETS["password"], first_name=SECRETS["first name"])
    factories.household(
        SECRETS["customer"], who=made, first_name=SECRETS["first name"], last_name=SECRETS["last name"],
        tax_code=SECRETS["tax code"],
    )  # fmt: skip
    return made


def lines(logged) -> list[dict]:
    return [json.loads(line) for line in logged.getvalue().splitlines() if line.strip()]


def secrets_in(logged) -> set[str]:
    text = logged.getvalue().lower()
    return {name for name, value in SECRETS.items() if value.lower() in text}


def test_a_whole_visit_leaves_no_personal_data_in_the_log(person, browser, logged):
    browser.cookies["other"] = SECRETS["cookie"]
    browser.post("/sign-in/", {"login": SECRETS["user name"], "password": SECRETS["wrong password"]})
    browser.post("/sign-in/", {"login": SECRETS["user name"], "password": SECRETS["password"]})
    for where in (
        "/overview/", f"/invoices/?q={SECRETS['question']}&customer={SECRETS['customer']}", f"/supplies/S-{SECRETS['customer']}/",
        f"/supplies/{SECRETS['supply']}/", f"/invoices/{SECRETS['invoice']}/pay/", f"/nowhere/{SECRETS['invoice']}/",
        f"/invoices/2026~1G~1{SECRETS['customer']}/",
    ):  # fmt: skip
        browser.get(where)
    browser.get("/sign-in/", headers={"host": f"{SECRETS['question']}.example"})
    browser.generic(SECRETS["question"].upper(), "/overview/")
    browser.post("/sign-out/")
    requests = [line for line in lines(logged) if line["event"] == "request"]
    assert len(requests) == 12
    assert {line["route"] for line in requests} >= {"overview/", "invoices/<code:number>/pay/", "supplies/<code:code>/"}
    assert secrets_in(logged) == set()


@pytest.mark.parametrize("error", [ValueError, DataError, OperationalError])
def test_an_error_that_quotes_personal_data_is_logged_without_it(site, browser, logged, error):
    site(error(f"Failing row contains ({SECRETS['message']}, {SECRETS['tax code']})."))
    browser.get(f"/trouble/?q={SECRETS['question']}")
    (line,) = [line for line in lines(logged) if line["event"] == "unhandled"]
    assert line["error"] == error.__name__
    assert any("in view" in frame for frame in line["trace"])
    assert secrets_in(logged) == set()


def test_a_refused_form_is_logged_without_what_was_in_it(logged):
    strict = Client(enforce_csrf_checks=True, headers={"referer": f"https://x.example/{SECRETS['question']}"})
    strict.post(
        f"/sign-in/?next=/{SECRETS['invoice']}", {"login": SECRETS["user name"], "password": SECRETS["password"]}
    )
    assert [line["status"] for line in lines(logged) if line["event"] == "request"] == [403]
    assert secrets_in(logged) == set()


def test_the_capture_sees_what_is_logged(logged):
    logging.getLogger("anything").info(SECRETS["password"])
    assert secrets_in(logged) == {"password"}


def test_no_line_can_be_forged(browser, logged):
    browser.get("/nowhere/%0d%0a%7B%22event%22:%22forged%22%7D/")
    assert {line["event"] for line in lines(logged)} == {"request"}


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["\\000aaaaaaaaaaaaaaaa", "a b", "é" * 20, "'; DROP TABLE x; --"])
def test_a_session_that_nobody_can_have_is_none(browser, key):
    browser.cookies["sportello"] = key
    assert browser.get("/overview/").status_code == 302


@pytest.mark.django_db
@pytest.mark.parametrize("charset", ["rot13", "hex", "idna", "unicode_escape", "nonsense"])
def test_a_form_is_read_as_utf_8_whatever_it_claims(browser, charset):
    content = "--X\r\nContent-Disposition: form-data; name=login\r\n\r\nè\r\n--X--\r\n".encode()
    answer = browser.generic(
        "POST", "/sign-in/", content, content_type=f"multipart/form-data; boundary=X; charset={charset}"
    )
    assert answer.status_code == 200
