"""A session is read together with its person, and lets in nobody whom Django's own reading would not."""

from datetime import date

import pytest
from django.contrib.sessions.backends import db
from django.test import Client

from sportello.desks import session_store
from sportello.domain.customers.models import CustomerAccess, Feed
from sportello.domain.people.models import Session, User
from sportello.prepared import object_of
from tests import factories

pytestmark = pytest.mark.django_db
BORN = date(1970, 2, 28)


@pytest.fixture
def alice() -> User:
    return factories.user("alice", password="correct horse battery")


@pytest.fixture
def browser(alice: User) -> Client:
    client = Client()
    client.force_login(alice)
    assert is_in(client)
    return client


def is_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200


def test_a_session_knows_whose_it_is(browser, alice):
    assert Session.objects.get().person == alice


def test_before_sign_in_it_is_nobodys():
    Client().post("/first-access/", {})
    assert not Session.objects.exclude(person=None).exists()


def test_it_is_one_query_for_both(browser, django_assert_max_num_queries):
    with django_assert_max_num_queries(1) as asked:
        browser.get("/no-such-page/")
    assert all("people_session" in query["sql"] for query in asked.captured_queries)


def test_who_is_out_is_out_at_the_next_request(browser, alice):
    User.objects.update(is_active=False)
    assert not is_in(browser)


def test_a_login_of_the_demo_is_out_elsewhere(browser, alice, settings):
    settings.DEMO = False
    User.objects.update(is_demo=True)
    assert not is_in(browser)


def test_a_new_password_ends_the_sessions_of_the_old_one(browser, alice):
    alice.set_password("another horse, another battery")
    alice.save()
    assert not is_in(browser)
    assert not Session.objects.filter(person=alice).exists()


def test_a_secret_key_that_has_been_replaced_still_counts(browser, alice, settings):
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another secret key, as long as one should be: 0123456789"
    assert is_in(browser)


def test_what_the_session_says_counts_and_not_whose_its_row_is(browser, alice):
    """The row only spares a query; were it somebody else's, that would open nothing."""
    bob = factories.user("bob")
    Session.objects.update(person=bob)
    response = browser.get("/account/")
    assert response.wsgi_request.user == alice
    Session.objects.update(person=None)
    assert browser.get("/account/").wsgi_request.user == alice


def test_a_backend_that_is_no_longer_one_lets_nobody_in(browser, settings):
    settings.AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
    assert not is_in(browser)


@pytest.mark.parametrize("number", ["x", "", "²", "1.0", "-1"])
def test_a_session_with_no_number_of_a_person_is_nobodys(number, rf):
    store = Session.get_session_store_class()()
    assert store.create_model_instance({"_auth_user_id": number}).person_id is None


def test_customers_come_with_the_session_as_they_would_by_themselves(browser, alice, django_assert_num_queries):
    Feed.objects.update_or_create(id=1, defaults={"as_of": factories.NOW, "failing_since": factories.NOW})
    mine, foreign, former = (factories.customer(code, birth_date=BORN) for code in ("C1", "C2", "C3"))
    CustomerAccess.objects.create(user=alice, customer=mine, granted_at=factories.NOW)
    CustomerAccess.objects.create(user=factories.user("bob"), customer=foreign, granted_at=factories.NOW)
    CustomerAccess.objects.create(user=alice, customer=former, granted_at=factories.NOW, ended_at=factories.NOW)
    request = browser.get("/account/").wsgi_request
    with django_assert_num_queries(0):
        read = session_store.reach_of(request)
    asked = session_store.CUSTOMERS(user=alice.pk)
    assert [vars(each) | {"_state": None} for each in read] == [vars(each) | {"_state": None} for each in asked]
    assert [each.code for each in read] == ["C1"]
    assert not read[0]._state.adding


def test_customers_are_those_of_who_has_signed_in_whosever_the_row_is(browser, alice):
    bob = factories.user("bob")
    CustomerAccess.objects.create(user=bob, customer=factories.customer("C2"), granted_at=factories.NOW)
    Session.objects.update(person=bob)
    assert session_store.reach_of(browser.get("/account/").wsgi_request) == []


def test_a_session_is_opened_as_django_opens_it_and_one_that_was_changed_is_empty(browser):
    stored = Session.objects.get(session_key=browser.cookies["sportello"].value).session_data
    store = session_store.SessionStore()
    long = store.encode({"text": "è " * 500})
    for data in (stored, long):
        assert store.decode(data) == db.SessionStore.decode(store, data) != {}
        assert store.decode(data[:-1] + ("A" if data[-1] != "A" else "B")) == {}
        assert store.decode("A" + data) == {}
    assert store.decode("") == {}


def test_a_record_of_a_row_is_one_that_has_been_read(alice, django_assert_num_queries):
    found = object_of(User, ["id", "username"], [alice.pk, "other"])
    assert found == alice
    assert found.username == "other"
    assert not found._state.adding
    with django_assert_num_queries(1):
        assert found.email == alice.email
