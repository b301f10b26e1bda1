"""The list of requests: what stands in it, in which order, for whom, and at what cost."""

import re
from datetime import date, timedelta
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from sportello.desks.backoffice.requests import filters, listing
from sportello.desks.backoffice.requests.filters import RequestFilter, counted
from sportello.desks.backoffice.requests.sorting import INDEXED, Order
from sportello.desks.backoffice.requests.targets import Targets
from sportello.desks.backoffice.tests import waiting
from sportello.domain.activities import finding
from sportello.domain.customers.models import Customer
from sportello.domain.people.models import User
from tests import asking, factories
from tests.asking import LIST, plain

TODAY = date(2026, 11, 24)


def numbers(client, question: str = "") -> list[str]:
    return re.findall(
        r'<th scope="row"[^>]*><a href="/staff/requests/(A-\d+)/', client.get(LIST + question).content.decode()
    )


def on(days: int) -> date:
    return TODAY + timedelta(days=days)


@pytest.fixture
def four(paolo) -> None:
    me = User.objects.get(username="paolo")
    asking.asked("A-26000001", "C1", due_on=on(5))
    asking.asked("A-26000002", "C2", due_on=on(-2), status="taken", owner=me)
    asking.asked("A-26000003", "C3", due_on=None)
    asking.asked("A-26000004", "C4", due_on=on(0), status="executed", executed_at=factories.NOW)


def test_the_oldest_term_comes_first_and_none_comes_last(paolo, four):
    assert numbers(paolo) == ["A-26000002", "A-26000001", "A-26000003"]
    page = plain(paolo.get(LIST))
    assert "Requests 3" in page and "2 days late" in page and "5 days left" in page


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("?state=executed", [4]),
        ("?state=all", [4, 3, 2, 1]),
        ("?state=taken", [2]),
        ("?due=late", [2]),
        ("?due=week", [1]),
        ("?due=today&state=all", [4]),
        ("?whose=mine", [2]),
        ("?whose=nobody", [1, 3]),
        ("?who=visitors", []),
        ("?kind=information", [2, 1, 3]),
        ("?q=verdi+c3", [3]),
        ("?q=C2", [2]),
        ("?q=26000003", [3]),
        ("?q=nobody+there", []),
        ("?kind=nonsense&state=%00", [2, 1, 3]),
    ],
)
def test_it_is_narrowed(paolo, four, question, found):
    assert numbers(paolo, question) == [f"A-2600000{number}" for number in found]


def test_a_whole_number_leads_to_its_page(paolo, four):
    waiting.waiting("C9", "A-26000009")
    assert paolo.get(LIST + "?q=a-26000004")["Location"] == "/staff/requests/A-26000004/"
    assert paolo.get(LIST + "?q=A-26000009")["Location"] == "/staff/readings/A-26000009/"


def test_what_goes_by_itself_is_not_there_unless_asked_for(paolo):
    asking.asked("A-26000001", automatic=True)
    asking.asked("A-26000002", automatic=True, attention="refused")
    waiting.waiting("C9", "A-26000009")
    assert numbers(paolo) == numbers(paolo, "?why=stopped") == ["A-26000002"]
    assert numbers(paolo, "?why=automatic") == ["A-26000001", "A-26000002"]


def test_what_may_come_from_a_machine_stands_apart(paolo):
    asking.visit("A-26000001", due_on=on(1))
    asking.visit("A-26000002", due_on=on(0), asked={"topic": "new", "text": "spam", "suspect": ["trap"]})
    assert numbers(paolo) == numbers(paolo, "?who=visitors") == ["A-26000001"]
    assert numbers(paolo, "?who=suspect") == ["A-26000002"]
    page = plain(paolo.get(LIST))
    assert "Perhaps from a machine 1" in page and "Requests 1" in page and "Visitor" in page


def test_who_takes_a_suspect_in_charge_finds_it_among_his(paolo, staff):
    spam = {"topic": "new", "text": "spam", "suspect": ["trap"]}
    asking.visit("A-26000001", asked=spam, status="taken", owner=User.objects.get(username="paolo"))
    asking.visit("A-26000002", asked=spam)
    assert numbers(paolo) == numbers(paolo, "?whose=mine") == numbers(paolo, "?who=visitors") == ["A-26000001"]
    assert numbers(paolo, "?who=suspect") == numbers(staff("otto", "back_office"), "?who=suspect") == ["A-26000002"]
    page = plain(paolo.get(LIST))
    assert "Mine 1" in page and "Perhaps from a machine 1" in page


def test_it_is_sorted_by_any_column_both_ways(paolo, four):
    Customer.objects.filter(code="C1").update(company_name="alba S.r.l.")
    asking.visit("A-26000005", kind="complaint", due_on=on(1), visitor={"name": "Beppe"})
    ways = {
        "number": [1, 2, 3, 4, 5], "kind": [5, 2, 4, 1, 3], "customer": [1, 5, 2, 3, 4], "status": [5, 1, 3, 2, 4],
        "owner": [2, 4, 5, 1, 3], "due": [2, 4, 5, 1, 3],
    }  # fmt: skip
    for column, found in ways.items():
        for sort, wanted in ((column, found), (f"-{column}", found[::-1])):
            assert numbers(paolo, f"?state=all&sort={sort}") == [f"A-2600000{number}" for number in wanted], sort
    page = paolo.get(LIST + "?state=all&sort=-kind&due=&whose=").content.decode()
    assert 'aria-sort="descending"><a class="by" href="/staff/requests/?state=all&amp;sort=kind">' in page
    assert 'href="/staff/requests/?state=all&amp;sort=customer">' in page and page.count("aria-sort") == 1
    assert '"/staff/requests/A-26000001/?state=all&amp;sort=-kind"' in page
    assert numbers(paolo, "?sort=asked__text") == numbers(paolo)


def test_the_order_holds_from_page_to_page(paolo, four, monkeypatch):
    monkeypatch.setattr(listing, "PAGE", 2)
    pages = [numbers(paolo, f"?state=all&sort=-number&page={page}") for page in (1, 2)]
    assert pages == [["A-26000004", "A-26000003"], ["A-26000002", "A-26000001"]]


def test_a_long_list_is_sorted_by_what_has_an_index_alone(paolo, four, monkeypatch):
    monkeypatch.setattr(filters, "MOST", 2)
    page = paolo.get(LIST + "?sort=customer").content.decode()
    assert "sort=-due" in page and "sort=number" in page and "sort=kind" not in page
    assert numbers(paolo, "?sort=customer") == numbers(paolo)


def test_the_way_back_keeps_what_was_chosen(paolo, four):
    page = paolo.get(LIST + "?due=late&next=//evil").content.decode()
    assert '"/staff/requests/A-26000002/?due=late"' in page
    detail = paolo.get("/staff/requests/A-26000002/?due=late").content.decode()
    assert 'href="/staff/requests/?due=late"' in detail


def test_the_count_is_of_all_not_of_the_page(paolo, four, monkeypatch):
    monkeypatch.setattr(listing, "PAGE", 2)
    assert "Requests 3" in plain(paolo.get(LIST))
    assert numbers(paolo, "?page=2") == ["A-26000003"]


def test_home_says_what_waits_and_only_to_whom_it_concerns(paolo, staff, four):
    page = plain(paolo.get("/staff/"))
    assert "Requests 3" in page and "Mine 1" in page and "Nobody's 2" in page and "Late 1" in page
    assert "Nobody" not in plain(staff("agnese", "agent").get("/staff/"))


def test_readings_and_requests_lead_to_one_another(paolo):
    assert 'href="/staff/readings/"' in paolo.get(LIST).content.decode().split("<main")[1]
    assert 'href="/staff/requests/"' in paolo.get("/staff/readings/").content.decode().split("<main")[1]


def test_thirty_rows_cost_no_more_queries_than_one(paolo):
    me = User.objects.get(username="paolo")

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert paolo.get(LIST + "?q=verdi").status_code == 200
        return len(captured)

    asking.asked("A-26000100", "C0", owner=me, status="taken")
    paolo.get(LIST)
    one = queries()
    for count in range(1, 30):
        asking.asked(f"A-260001{count:02}", f"C{count}", owner=me, status="taken")
    assert queries() <= one <= 12


@pytest.mark.parametrize("role", ["credit_checker", "administrator"])
def test_others_do_not_even_see_that_it_is_there(staff, role):
    asking.asked()
    client = staff("other", role)
    for path in (LIST, asking.PATH, asking.DECIDE, asking.WRITE, f"{asking.PATH}letters/"):
        assert client.get(path).status_code == client.post(path, {"verb": "take"}).status_code == 404


def test_no_more_are_counted_than_anybody_would_look_through(paolo, four, monkeypatch):
    monkeypatch.setattr(filters, "MOST", 2)
    monkeypatch.setattr(listing, "MOST", 2)
    page = plain(paolo.get(LIST))
    assert "Requests more than 2" in page and "The first 2 are shown." in page and "Late 1" in page
    assert len(numbers(paolo)) == 2
    monkeypatch.setattr(finding, "MOST_PEOPLE", 1)
    assert "Too many people are called so" in plain(paolo.get(LIST + "?q=verdi"))
    assert numbers(paolo, "?q=verdi+c3") == [] and numbers(paolo, "?q=c3") == ["A-26000003"]


def test_a_name_is_found_by_how_its_words_begin(paolo):
    asking.asked("A-26000001", "C1", due_on=on(1))
    asking.visit("A-26000002", visitor={"name": "Ditta D'Angelo & Figli"})
    Customer.objects.update(company_name="Caffè Österreicher S.r.l.")
    for typed, found in {
        "caff": [1], "CAFFÈ österr": [1], "ang": [2], "d'angelo fig": [2], "ngelo": [], "&": [], "1": [1], "26000002": [2],
        "a-26000002 ditta": [2], "it's & | ! <-> ":  [], "verdi:*": [1],
    }.items():  # fmt: skip
        where = paolo.get(LIST, {"q": typed, "state": "all"})
        said = where.get("Location") or where.content.decode()
        assert sorted(set(re.findall(r"/staff/requests/A-2600000(\d)/", said))) == [str(one) for one in found], typed


def test_the_regulators_day_and_what_is_due_stand_in_the_list(paolo):
    asking.asked("A-26000001", "C1", days=70, kind="complaint", due_on=on(-45), limit_on=on(-40))
    asking.asked("A-26000002", "C2", due_on=on(2), limit_on=on(7))
    page = plain(paolo.get(LIST))
    assert "45 days late 10/10/2026 limit 15/10/2026, 40 days late indemnity €60.00" in page
    assert "2 days left 26/11/2026 limit 01/12/2026 " in page


def many(count: int) -> None:
    """One in a hundred is open, of a tenth as many customers."""
    asking.household("C1")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO customers_customer (code, kind, first_name, last_name, company_name, language, street, street_number,"
            " postcode, municipality, province, country) SELECT 'K' || n, 'person', 'Ugo', 'Neri' || n, '', 'it', '', '', '',"
            " '', '', '' FROM generate_series(0, %s) AS n",
            [count // 10],
        )
        cursor.execute(
            "INSERT INTO activities_activity (number, kind, status, channel, account_code, invoice_number, asked, automatic,"
            " due_on, version, round, attention, answer, opened_at, executed_at, customer_id) SELECT 'B-' || n, 'information',"
            " CASE WHEN n %% 100 = 0 THEN 'new' ELSE 'executed' END, 'portal', '', '', '{}', false, date '2026-10-01' + n %% 90,"
            " 0, 0, CASE WHEN n %% 2000 = 0 THEN 'wrote' ELSE '' END, '', now(), CASE WHEN n %% 100 = 0 THEN NULL ELSE now()"
            " END, 'K' || n %% %s FROM generate_series(1, %s) AS n",
            [count // 10, count],
        )
        cursor.execute("ANALYZE activities_activity, customers_customer")


def test_whatever_is_chosen_is_found_by_an_index_among_many(paolo):
    """However many have ended, however many go by themselves."""
    many(20_000)
    me = User.objects.get(username="paolo")
    names = ("kind", "state", "due", "whose", "who", "why", "q")
    values = {
        "kind": ["complaint", "information"], "state": ["all", "executed", "new"], "due": ["late", "week"],
        "whose": ["mine", "nobody"], "who": ["visitors", "suspect"], "why": ["wrote", "stopped", "automatic"],
        "q": ["neri12", "ugo neri12", "K12", "123"],
    }  # fmt: skip
    chosen = [{}, *({name: value} for name in names for value in values[name])]
    chosen += [
        {"state": "all", "due": "late"},
        {"whose": "nobody", "due": "week"},
        {"kind": "complaint", "state": "all"},
    ]
    for each in chosen:
        found = RequestFilter(QueryDict(urlencode(each)), Targets(me, TODAY)).of(me, today=TODAY)
        orders = [Order(column=column, backwards=way) for column in INDEXED for way in (False, True)]
        for query in (found.values("pk")[:50], found[:1001], *(order.of(found).values("pk")[:50] for order in orders)):
            plan = query.explain()
            assert not re.search(r"Seq Scan on activities_activity", plan), (each, plan)
    with CaptureQueriesContext(connection) as captured:
        assert counted(me, today=TODAY) == {
            "open": 200, "mine": 0, "nobody": 200, "late": 134, "week": 22, "wrote": 10, "stopped": 0, "unsure": 0, "suspect": 0,
        }  # fmt: skip
    assert len(captured) == 1
    first = RequestFilter(QueryDict(""), Targets(me, TODAY)).of(me, today=TODAY)[:50]
    assert "activity_for_the_desk" in first.explain()
