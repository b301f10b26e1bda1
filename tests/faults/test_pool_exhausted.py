"""All connections of a web process are in use: whoever needs one is told when to come back, and finds it working then."""

import asyncio
from collections.abc import Iterator, Sequence

import pytest

from tests.faults.holding import customer_of, nobody_else_gives_readings
from tests.load.browser import LINK, Answer, Browser, play
from tests.load.house import House, house
from tests.load.people import typed
from tests.running import place

pytestmark = [pytest.mark.torture, pytest.mark.alone, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def home() -> Iterator[House]:
    with place() as var, house(var, logins=10, persons=40) as made:
        yield made


async def reader(home: House, usernames: Sequence[str]) -> tuple[Browser, str, str]:
    """Somebody with a meter: his browser, his customer and the address of the meter's form."""
    for username in usernames:
        browser = Browser(home.port, [])
        assert await browser.sign_in(username, home.password)
        links = LINK.findall((await browser.get("/readings/", "readings")).text)
        if forms := [link for link in links if link.startswith("/readings/UT")]:
            return browser, customer_of(home, username), forms[0]
    raise AssertionError("nobody has a meter")


@pytest.mark.parametrize(("connections", "status"), [("1", 503), ("2", 200)])
def test_with_all_in_use_one_is_asked_to_come_back(home: House, connections: str, status: int) -> None:
    """And with one connection more, nothing is noticed."""
    usernames = home.customers[int(connections) :: 2]  # each time others, who have not read their meter yet
    web = home.start_web(WEB_WORKERS="1", DATABASE_POOL=connections)

    async def story() -> tuple[Answer, Answer, Answer]:
        browser, customer, form = await reader(home, usernames)
        other = Browser(home.port, [], cookies=dict(browser.cookies))
        fields = typed((await browser.get(form, "form")).text)
        with nobody_else_gives_readings(home, customer):
            giving = asyncio.create_task(browser.post(form, "reading", fields))
            await asyncio.sleep(1)
            meanwhile = await other.get("/overview/", "overview")
        return meanwhile, await giving, await other.get("/overview/", "overview")

    meanwhile, given, afterwards = play(story())
    home.stop(web)
    assert meanwhile.status == status
    assert meanwhile.headers.get("retry-after") == ("15" if status == 503 else None)
    assert "800 900 999" in meanwhile.text
    assert (given.status, afterwards.status) == (302, 200)
