"""Work that does not end as long as somebody holds what it needs."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from tests.load.house import House


@contextmanager
def nobody_else_gives_readings(home: House, customer: str) -> Iterator[None]:
    """Whoever gives a reading of this customer, or settles one, waits meanwhile."""
    with psycopg.connect(home.url) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"self_reading:{customer}"])
        yield


def customer_of(home: House, username: str) -> str:
    ((code,),) = home.ask(
        "SELECT customer_id FROM customers_customeraccess JOIN people_user ON people_user.id = user_id WHERE username = %s",
        username,
    )
    return str(code)
