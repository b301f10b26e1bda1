"""A small mirror whose customers have been copied a few times, in a database of its own beside that of the tests."""

from collections.abc import Iterator
from datetime import date

import psycopg
import pytest
from django.db import connection, transaction
from django.utils import timezone
from psycopg import sql

from sportello.demo import crowd
from sportello.demo.company import SEED, Company, assembled
from sportello.demo.size import making
from sportello.demo.size.trimming import trimmed
from sportello.domain.customers.alignment.portions import portions
from sportello.domain.customers.alignment.sealing import sealed
from sportello.domain.customers.alignment.writing import write
from sportello.domain.customers.models import Feed

CUSTOMERS = 34
ORIGINALS = 9
TODAY = date(2026, 11, 24)  # one on which some of them have lately read their meters themselves


def small_company(today: date) -> Company:
    """Some persons, somebody with a telephone, the first company and the last condominium."""
    found = crowd.households(seed=SEED, today=today, persons=20, old_hands=20)
    caller = next(one for one in found[6:] if one.accounts[-1].usage)
    wanted = [*found[:6], caller, found[20], found[-1]]
    return trimmed(assembled(wanted, seed=SEED, today=today), spared=(), invoices=10, readings=20)


def url() -> str:
    params = {name: value for name, value in connection.get_connection_params().items() if isinstance(value, str)}
    return psycopg.conninfo.make_conninfo(**{**params, "client_encoding": "UTF8"})


@pytest.fixture(scope="package")
def sized(django_db_setup, django_db_blocker) -> Iterator[dict[str, int]]:
    """How many rows each table has after copying; the connection leads there until the tests of this folder are over."""
    with django_db_blocker.unblock():
        was = connection.settings_dict["NAME"]
        name = f"{was}_sized"
        _make(was, name)
        connection.settings_dict["NAME"] = name
        try:
            with transaction.atomic():
                records = small_company(TODAY).records
                write(portions(sealed(records)), now=timezone.now())
                Feed.objects.create(id=1, connector="embedded", as_of=timezone.now())
            yield making.multiply(url(), customers=CUSTOMERS, say=lambda text: None)
        finally:
            connection.close()
            connection.settings_dict["NAME"] = was
            _drop(was, name)


def _make(template: str, name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    maintenance = psycopg.conninfo.make_conninfo(url(), dbname="postgres")
    connection.close()
    with psycopg.connect(maintenance, autocommit=True) as server:
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
        server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template)))


def _drop(template: str, name: str) -> None:
    with psycopg.connect(psycopg.conninfo.make_conninfo(url(), dbname="postgres"), autocommit=True) as server:
        server.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))
    connection.close()
