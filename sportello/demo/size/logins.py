"""Logins of the copies who have been at the counter before: one for each, and a few of them reach a second customer."""

from datetime import datetime

import psycopg
from django.contrib.auth.hashers import make_password

from sportello.demo.logins import ANSWER, PASSWORD, QUESTION
from sportello.demo.size.people import STRIDE
from sportello.domain.accounts.answers import normalise

EVERY = 10  # of the logins, one that reaches the next copy of its customer as well

# All have one password, so one hash is computed: a hundred thousand would take hours.
USERS = """
    INSERT INTO people_user (username, password, first_name, last_name, email, language, roles, is_active, is_demo, created_at)
    SELECT 'cliente' || code, %(password)s, first_name, coalesce(nullif(last_name, ''), left(company_name, 150)),
           lower(email), language, '{{}}', true, true, %(now)s
    FROM customers_customer WHERE {signs_in}
"""
ACCESSES = """
    INSERT INTO customers_customeraccess (user_id, customer_id, granted_at)
    SELECT person.id, customer.code, %(now)s
    FROM customers_customer AS customer JOIN people_user AS person ON person.username = 'cliente' || customer.code
    WHERE {signs_in}
"""
SECOND_ACCESSES = """
    INSERT INTO customers_customeraccess (user_id, customer_id, granted_at)
    SELECT access.user_id, other.code, %(now)s
    FROM customers_customeraccess AS access
    JOIN sized.copied ON copied.code = access.customer_id AND copied.number %% {every} = 0
    JOIN customers_customer AS other ON other.code = (copied.number + {stride})::text
"""
QUESTIONS = """
    INSERT INTO accounts_secretquestion (user_id, key, own_words, answer, set_at)
    SELECT id, %(question)s, '', %(answer)s, %(now)s FROM people_user WHERE username LIKE 'cliente%%'
"""
COPIED = """
    CREATE TABLE sized.copied AS
    SELECT (number + {stride} * k)::text::varchar AS code, number + {stride} * k AS number, k
    FROM sized.original CROSS JOIN LATERAL generate_series(1, copies) AS copy (k)
"""
SIGNS_IN = "code IN (SELECT code FROM sized.copied WHERE k % 2 = 1)"


def make(connection: psycopg.Connection, *, now: datetime) -> int:
    """Makes them, while the originals are still aside; returns how many there are."""
    values = {
        "password": make_password(PASSWORD),
        "answer": make_password(normalise(ANSWER)),
        "question": QUESTION,
        "now": now,
    }
    with connection.transaction():
        connection.execute(COPIED.format(stride=STRIDE))
        connection.execute("ANALYZE sized.copied")
        made = connection.execute(USERS.format(signs_in=SIGNS_IN.replace("%", "%%")), values).rowcount
        connection.execute(
            ACCESSES.format(signs_in="customer." + SIGNS_IN.replace("%", "%%")),
            {"now": now},
        )
        connection.execute(SECOND_ACCESSES.format(every=EVERY, stride=STRIDE), {"now": now})
        connection.execute(QUESTIONS, values)
    return made
