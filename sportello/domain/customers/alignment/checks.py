"""What a staged row must be before it may enter the mirror, as conditions that are read over a whole table at once.

Reasons are shown to staff and name fields, never values. What billing says is believed where a screen can show it:
an invoice may be due before it is issued, a payment may have no channel.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final, get_args

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.backends.utils import CursorWrapper
from psycopg import sql

from sportello.billing.codes import PaymentMethod, PaymentStatus
from sportello.domain.customers.alignment.mirror import TABLE_OF_KIND, TABLES, Field, Table, comma
from sportello.domain.customers.alignment.rows import label

Faults = dict[str, str]  # a record's code, and what is wrong with it

UNHOLDABLE = "a text or a number cannot be stored"
NO_CUSTOMER = "refers to a customer that is not here"
NO_ACCOUNT = "refers to a billing account that is not here"
NO_SUPPLY = "refers to a supply that is not here"
NO_INVOICE = "is allocated to an invoice that is not here"
OTHER_ACCOUNT = "refers to a billing account of another customer"
OTHER_SUPPLY = "refers to a supply of another customer"
OTHER_INVOICE = "is allocated to an invoice of another customer"
# A record never passes from one customer to another, or the first would see what is the second's: billing has to
# remove it and send it anew.
MOVED = "belongs to another customer here"
STILL_NEEDED = "was removed, but records that belong to it are still here"
STILL_USED = "was removed, but Sportello still uses it"
# These go away when another record comes, so the records that have them are tried again.
CURABLE: Final = (
    NO_CUSTOMER,
    NO_ACCOUNT,
    NO_SUPPLY,
    NO_INVOICE,
    OTHER_ACCOUNT,
    OTHER_SUPPLY,
    OTHER_INVOICE,
    MOVED,
    STILL_NEEDED,
    STILL_USED,
)

LARGEST: Final = 10_000_000  # euro, or litres
FIRST_DAY: Final = dict.fromkeys(("birth_date", "started_on", "ended_on", "installed_on", "removed_on"), "1900-01-01")
USUAL_FIRST_DAY: Final = "1990-01-01"
LAST_DAY: Final = "2100-12-31"
# Values that the port allows where the model has no choices.
ALLOWED: Final = {
    ("billing_account", "payment_method"): get_args(PaymentMethod),
    ("payment", "status"): get_args(PaymentStatus),
}
CONTROL: Final = r"[\u0001-\u001F\u007F-\u009F]"

Condition = tuple[sql.Composable, str]  # of a row that is wrong, and what is wrong with it


def plain_faults(cursor: CursorWrapper, table: Table) -> Faults:
    """Rows that are wrong whatever else there is."""
    return _faults(
        cursor,
        sql.SQL("SELECT code, reason FROM (SELECT {} AS code, {} AS reason FROM {} AS s) AS checked").format(
            sql.Identifier(table.key), _case(_plain_conditions(table)), table.staged
        ),
    )


def _plain_conditions(table: Table) -> list[Condition]:
    conditions = [condition for name in table.columns for condition in _conditions(table, name, table.fields[name])]
    texts: list[sql.Composable] = [sql.Identifier(name) for name in table.columns if _is_text(table.fields[name])]
    arrays = [sql.Identifier(name) for name in table.columns if isinstance(table.fields[name], ArrayField)]
    for array in arrays:
        texts.append(sql.SQL("array_to_string({}, '')").format(array))
    control = sql.SQL("concat({}) ~ {}").format(comma(texts), CONTROL)
    return [*conditions, (control, "a text holds control characters")]


def _is_text(field: Field) -> bool:
    return isinstance(field, (models.CharField, models.ForeignKey))


def _conditions(table: Table, name: str, field: Field) -> list[Condition]:
    column = sql.Identifier(name)
    if isinstance(field, models.DecimalField):
        return _number_conditions(name, column, field)
    if isinstance(field, models.IntegerField):
        outside = sql.SQL("{} NOT BETWEEN 0 AND {}").format(column, LARGEST)
        return [(outside, f"{label(name)} is out of range")]
    if isinstance(field, models.DateField):
        first = FIRST_DAY.get(name, USUAL_FIRST_DAY)
        outside = sql.SQL("{} NOT BETWEEN {} AND {}").format(column, first, LAST_DAY)
        return [(outside, f"{label(name)} is not between {first[:4]} and {LAST_DAY[:4]}")]
    if _is_text(field):
        return _text_conditions(table, name, column, field)
    return []


def _number_conditions(name: str, column: sql.Identifier, field: "models.DecimalField[Any, Any]") -> list[Condition]:
    largest = LARGEST if field.decimal_places == 2 else 10 ** (field.max_digits - field.decimal_places) - 1
    outside = sql.SQL("{} NOT BETWEEN {} AND {}").format(column, -largest, largest)
    finer = sql.SQL("{0} <> round({0}, {1})").format(column, field.decimal_places)
    return [
        (outside, f"{label(name)} is out of range"),
        (finer, f"{label(name)} has more than {field.decimal_places} decimal places"),
    ]


def _text_conditions(table: Table, name: str, column: sql.Identifier, field: Field) -> list[Condition]:
    target = field.target_field if isinstance(field, models.ForeignKey) else field
    conditions: list[Condition] = [
        (
            sql.SQL("length({}) > {}").format(column, target.max_length),
            f"{label(name)} is longer than {target.max_length} characters",
        )
    ]
    if field.primary_key or isinstance(field, models.ForeignKey):
        conditions.append((sql.SQL("{} = ''").format(column), f"{label(name)} is missing"))
    if name == "language":
        conditions.append((sql.SQL("{} !~ '^[a-z][a-z]$'").format(column), "language is not two small letters"))
    allowed = [value for value, _ in field.flatchoices] or ALLOWED.get((table.kind, name), ())
    if allowed:
        unknown = sql.SQL("{} NOT IN ({})").format(column, comma(map(sql.Literal, allowed)))
        conditions.append((unknown, f"{label(name)} is not a value that Sportello knows"))
    return conditions


def reference_faults(cursor: CursorWrapper, table: Table) -> Faults:
    """Rows that do not fit with the rest of the mirror, in which everything they may refer to stands already."""
    faults: Faults = {}
    for query in REFERENCE_QUERIES[table.kind]:
        faults = _faults(cursor, query) | faults  # the first thing found wrong is the one told
    return faults


def _faults(cursor: CursorWrapper, query: sql.Composed) -> Faults:
    cursor.execute(query + sql.SQL(" WHERE reason IS NOT NULL"))
    return dict(cursor.fetchall())


def _case(conditions: Iterable[Condition]) -> sql.Composed:
    whens = [sql.SQL("WHEN {} THEN {}").format(condition, reason) for condition, reason in conditions]
    return sql.SQL("CASE {} END").format(sql.SQL(" ").join(whens))


def _checked(select: str, **parts: sql.Composable | str) -> sql.Composed:
    """A query of codes and reasons. ``select`` names tables of the mirror by kind, in braces like the other parts."""
    tables: dict[str, sql.Composable | str] = {table.kind: table.mirror for table in TABLES}
    return sql.SQL("SELECT code, reason FROM ({}) AS checked").format(sql.SQL(select).format(**(tables | parts)))


# What a row refers to is looked up in its table's index, row by row (LIMIT holds PostgreSQL to that): to read the tables whole
# is cheaper only while they are small, and every batch of a first reading would take longer than the one before.


def _of_account(table: Table) -> sql.Composed:
    """That the billing account is the same customer's, who is then here too; a payment may name no account."""
    return _checked(
        """
        SELECT s.{key} AS code,
               CASE WHEN s.account_code IS NULL AND holder.code IS NULL THEN {no_customer}
                    WHEN s.account_code IS NOT NULL AND account.customer_code IS NULL THEN {no_account}
                    WHEN account.customer_code <> s.customer_code THEN {other_account} END AS reason
        FROM {staged} AS s
        LEFT JOIN LATERAL (
            SELECT customer_code FROM {billing_account} WHERE code = s.account_code LIMIT 1
        ) AS account ON true
        LEFT JOIN LATERAL (
            SELECT code FROM {customer} WHERE s.account_code IS NULL AND code = s.customer_code LIMIT 1
        ) AS holder ON true
        """,
        key=sql.Identifier(table.key),
        staged=table.staged,
        no_customer=NO_CUSTOMER,
        no_account=NO_ACCOUNT,
        other_account=OTHER_ACCOUNT,
    )


def _of_supply(table: Table) -> sql.Composed:
    """That the supply is the same customer's, who is then here too."""
    return _checked(
        """
        SELECT s.code,
               CASE WHEN place.customer_code IS NULL THEN {no_supply}
                    WHEN place.customer_code <> s.customer_code THEN {other_supply} END AS reason
        FROM {staged} AS s
        LEFT JOIN LATERAL (SELECT customer_code FROM {supply} WHERE code = s.supply_code LIMIT 1) AS place ON true
        """,
        staged=table.staged,
        no_supply=NO_SUPPLY,
        other_supply=OTHER_SUPPLY,
    )


HOLDER = _checked(
    """
    SELECT s.code, CASE WHEN holder.code IS NULL THEN {no_customer} END AS reason
    FROM staged_billing_account AS s
    LEFT JOIN LATERAL (SELECT code FROM {customer} WHERE code = s.customer_code LIMIT 1) AS holder ON true
    """,
    no_customer=NO_CUSTOMER,
)
NAMED_SUPPLIES = _checked(
    """
    SELECT s.number AS code,
           CASE WHEN named.customer_code IS NULL THEN {no_supply}
                WHEN named.customer_code <> s.customer_code THEN {other_supply} END AS reason
    FROM staged_invoice AS s
    CROSS JOIN unnest(s.supply_codes) AS supply_code
    LEFT JOIN LATERAL (SELECT customer_code FROM {supply} WHERE code = supply_code LIMIT 1) AS named ON true
    """,
    no_supply=NO_SUPPLY,
    other_supply=OTHER_SUPPLY,
)
PAID_INVOICES = _checked(
    """
    SELECT s.code,
           CASE WHEN paid.customer_code IS NULL THEN {no_invoice}
                WHEN paid.customer_code <> s.customer_code THEN {other_invoice}
                WHEN part.amount <= 0 OR part.amount = 'NaN' OR part.amount <> round(part.amount, 2) THEN {odd_part}
           END AS reason
    FROM staged_allocation AS part
    JOIN staged_payment AS s ON s.code = part.payment_code
    LEFT JOIN LATERAL (SELECT customer_code FROM {invoice} WHERE number = part.invoice_number LIMIT 1) AS paid ON true
    """,
    no_invoice=NO_INVOICE,
    other_invoice=OTHER_INVOICE,
    odd_part="the amount of an allocation is not positive, or finer than a cent",
)
PAID_IN_ALL = _checked(
    """
    SELECT s.code, CASE WHEN parts.total > s.amount THEN {too_much} END AS reason
    FROM staged_payment AS s
    JOIN (SELECT payment_code, sum(amount) AS total FROM staged_allocation GROUP BY payment_code) AS parts
      ON parts.payment_code = s.code
    """,
    too_much="the allocations are more than the payment",
)
REFERENCE_QUERIES: Final[dict[str, Sequence[sql.Composed]]] = {
    "customer": (),
    "billing_account": (HOLDER,),
    "mandate": (_of_account(TABLE_OF_KIND["mandate"]),),
    "supply": (_of_account(TABLE_OF_KIND["supply"]),),
    "invoice": (_of_account(TABLE_OF_KIND["invoice"]), NAMED_SUPPLIES),
    "payment": (_of_account(TABLE_OF_KIND["payment"]), PAID_INVOICES, PAID_IN_ALL),
    # A reading's meter is not asked for: readings stand when billing has forgotten the meter or given it to another.
    **{kind: (_of_supply(TABLE_OF_KIND[kind]),) for kind in ("meter", "meter_reading", "usage")},
}
