"""Queries whose SQL is worked out once in a process and then run with other values.

Django builds and compiles a query at each view, which on a page with a handful of them takes longer than PostgreSQL and
the page itself. A prepared query is built from the same managers, so that who may see what is said where it always is.
"""

import json
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from decimal import Decimal
from functools import partial
from threading import Lock
from typing import Any, ClassVar, Generic, NamedTuple, TypeAlias, TypeVar, cast
from weakref import WeakSet

import psycopg
from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.db.models.base import ModelState
from django.db.models.expressions import Expression
from django.db.models.lookups import Lookup
from django.db.models.query import get_related_populators

from sportello.database import statements

R = TypeVar("R")
M = TypeVar("M", bound=models.Model)
DECODER = json.JSONDecoder(parse_float=Decimal)


class Query(NamedTuple):
    """The same query as a cursor takes it and as PostgreSQL does."""

    sql: str
    numbered: bytes


class Hole:
    """Where in the parameters of the SQL a value belongs."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name


class Slot(Expression):
    """Stands in a filter for a value that is given when the query runs."""

    def __init__(self, name: str, field: "models.Field[Any, Any]") -> None:
        super().__init__(output_field=field)
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        return "%s", [Hole(self.name)]


@models.Field.register_lookup
class AnyOf(Lookup):
    """``code__any=Slot("codes", …)``: one of a list whose length is not known beforehand."""

    lookup_name = "any"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        left, left_params = self.process_lhs(compiler, connection)
        right, right_params = self.process_rhs(compiler, connection)
        return f"{left} = ANY({right})", [*left_params, *right_params]


class LookingNumber(int):
    """The number of who looks in the place of the customer ``looks_at``, and reaches that one alone: 0, which is no login's."""

    looks_at: str

    def __new__(cls, looks_at: str) -> "LookingNumber":
        number = super().__new__(cls, 0)
        number.looks_at = looks_at
        return number


class LookingSlot(Slot):
    """Such a number, given when the query runs."""

    looks_at = Slot("looks_at", models.TextField())


_OF_ONE: ContextVar[bool] = ContextVar("of_one", default=False)
_USER, _LOOKING = Slot("user", models.BigIntegerField()), LookingSlot("user", models.BigIntegerField())


class Somebody:
    """A signed-in person who is named when the query runs, as ``user``."""

    is_authenticated = True

    @property
    def pk(self) -> Slot | models.OuterRef:
        return _LOOKING if _OF_ONE.get() else _USER


SOMEBODY = Somebody()


class Rows(models.Subquery):
    """What another query (``values``) gives, read along with this one as JSON: for ``rows_of``."""

    template = "(SELECT json_agg(these) FROM (%(subquery)s) these)::text"
    output_field = models.TextField()


def rows_of(read: str | None) -> list[tuple[Any, ...]]:
    """The rows that ``Rows`` gave. Decimals are decimals; days and moments are text, as ISO 8601 writes them."""
    return [tuple(row.values()) for row in DECODER.decode(read)] if read else []


def object_of(model: type[M], names: Sequence[str], values: Sequence[Any]) -> M:
    """A record that has been read, as the model's ``from_db`` makes it, but that no signal is sent: nobody here hears any.

    ``names`` are attributes; of a field that is not among them the value is read when it is asked for.
    """
    found = model.__new__(model)
    kept = vars(found)
    kept["_state"] = state = ModelState()
    state.adding, state.db = False, DEFAULT_DB_ALIAS
    kept.update(zip(names, values, strict=True))
    return found


Compiled: TypeAlias = tuple[Query, tuple[Any, ...], dict[int, Any], Callable[[Sequence[Any]], R] | None]


class Prepared(Generic[R]):
    """The query that ``build`` makes: of rows as tuples (``values_list``) or of objects, each call anew.

    ``paged`` queries take ``limit`` and ``offset`` besides their slots. What is ``beside`` such a page is worked out once and
    stands in further columns of its first row alone: it need neither be asked for by itself nor be sent with each row.
    ``hanging``: a query of what hangs on each row, by ``OuterRef``. Its columns follow those of the row, which comes as often
    as something hangs on it, in any order, and once with nothing in them where there is nothing. Such a page has in its columns
    what it is ordered by. Where ``user`` is a ``LookingNumber``, the query is another one, built of the same rules.
    """

    _all: ClassVar["WeakSet[Prepared[Any]]"] = WeakSet()

    def __init__(
        self,
        build: Callable[[], "models.QuerySet[Any, R]"],
        *,
        paged: bool = False,
        beside: Callable[[], Sequence[models.Subquery]] = tuple,
        hanging: "Callable[[], models.QuerySet[Any, Any]] | None" = None,
    ) -> None:
        self._all.add(self)
        self._build = build
        self._paged = paged
        self._beside = beside
        self._hanging = hanging
        self._lock = Lock()
        self._compiled: Compiled[R] | None = None
        self._of_one: Compiled[R] | None = None

    @classmethod
    def forget(cls) -> None:
        """Has every query built anew: for tests that change the rules of which queries are built."""
        for query in cls._all:
            query._compiled = query._of_one = None

    def first(self, **values: Any) -> R | None:
        """The first that it gives, None where there is none."""
        return next(iter(self(**values)), None)

    def __call__(self, **values: Any) -> list[R]:
        looks_at = getattr(values.get("user"), "looks_at", None)
        if looks_at is not None:
            values["looks_at"] = looks_at
            query, params, converters, made = self._of_one or self._compile_of_one()
        else:
            query, params, converters, made = self._compiled or self._compile()
        rows: Any = _rows(query, [values[param.name] if type(param) is Hole else param for param in params])
        if converters:
            rows = [_converted(row, converters) for row in rows]
        return [made(row) for row in rows] if made else cast(list[R], rows)

    def _compile(self) -> "Compiled[R]":
        self._compiled = compiled = self._build_it()
        return compiled

    def _compile_of_one(self) -> "Compiled[R]":
        before = _OF_ONE.set(True)
        try:
            self._of_one = compiled = self._build_it()
        finally:
            _OF_ONE.reset(before)
        return compiled

    def _build_it(self) -> "Compiled[R]":
        with self._lock:
            queryset: Any = self._build()  # no stub knows whether a queryset gives tuples
            compiler = queryset.query.get_compiler(connection=connection)
            sql, params = compiler.as_sql()
            if self._paged:
                sql, params = sql + " LIMIT %s OFFSET %s", (*params, Hole("limit"), Hole("offset"))
            if self._hanging is not None:
                sql, params = _with_hanging(compiler, sql, params, self._hanging())
            if beside := [compiler.compile(expression) for expression in self._beside()]:
                firsts = ", ".join(f"CASE WHEN row_number() OVER () = 1 THEN {first} END" for first, _ in beside)
                sql = f"SELECT page.*, {firsts} FROM ({sql}) page"  # noqa: S608 (Django's SQL)
                params = (*(param for _, own in beside for param in own), *params)
            found = compiler.get_converters([column for column, _, _ in compiler.select])
            converters = {place: functions for place, (functions, _) in found.items()}
            made = _making(queryset, compiler) if queryset._fields is None else None
            return Query(sql, statements.numbered(sql)), tuple(params), converters, made


def _with_hanging(compiler: Any, sql: str, params: Any, hanging: "models.QuerySet[Any, Any]") -> tuple[str, Any]:
    """Joined to the page and not asked for in a column of each row, which PostgreSQL would begin anew row by row."""
    page = compiler.quote_name_unless_alias(compiler.query.model._meta.db_table)
    join, join_params = compiler.compile(models.Subquery(hanging).resolve_expression(compiler.query))
    order = ", ".join(by for _, (by, _, _) in compiler.get_order_by())
    joined = f"SELECT * FROM ({sql}) {page} LEFT JOIN LATERAL {join} hanging ON true ORDER BY {order}"  # noqa: S608 (Django's SQL)
    return joined, (*params, *join_params)


def _making(queryset: "models.QuerySet[Any, Any]", compiler: Any) -> Callable[[Sequence[Any]], Any]:
    """What makes an object of a row, as Django's own iteration over a query does: with its relations and annotations."""
    places = compiler.klass_info["select_fields"]
    own = slice(places[0], places[-1] + 1)
    names = [column.target.attname for column, _, _ in compiler.select[own]]
    populators: Any = get_related_populators  # whose stub is of a later Django, where it takes one more
    related = populators(compiler.klass_info, compiler.select, connection.alias)
    annotations = tuple(compiler.annotation_col_map.items())

    def made(row: Sequence[Any]) -> Any:
        found = object_of(queryset.model, names, row[own])
        for relation in related:
            relation.populate(row, found)
        for name, place in annotations:
            setattr(found, name, row[place])
        return found

    return made


def _rows(query: Query, parameters: list[Any]) -> list[Any]:
    """So that PostgreSQL plans a query once for each connection, not at each view.

    Django's own cursors put the values into the text, which makes of each view another query.
    """
    # Asked for once: the proxy that ``connection`` is takes as long as some of the queries.
    database: Any = connections[DEFAULT_DB_ALIAS]
    if database.connection is None:
        database.ensure_connection()
    with database.wrap_database_errors:
        if database.queries_logged or not database.connection.autocommit:
            # Somebody looks at the queries, or this one belongs to a transaction, which a cursor may have to begin.
            with database._prepare_cursor(psycopg.Cursor(database.connection)) as cursor:
                cursor.execute(query.sql, parameters)
                return cast(list[Any], cursor.fetchall())
        ask: Callable[..., Any] = partial(_ask, query)
        for wrapper in reversed(database.execute_wrappers):
            ask = partial(wrapper, ask)
        return cast(list[Any], ask(query.sql, parameters, False, {"connection": database, "cursor": None}))


def _ask(query: Query, sql: str, parameters: list[Any], many: bool, context: dict[str, Any]) -> list[Any]:
    """As the last of Django's wrappers around a query calls it."""
    return statements.rows_of(context["connection"].connection, query.numbered, parameters)


def _converted(row: Sequence[Any], converters: dict[int, Any]) -> Sequence[Any]:
    """What is not there (NULL) stays None, whatever the field."""
    values: list[Any] | None = None
    for place, functions in converters.items():
        if row[place] is not None:
            values = values or list(row)
            for function in functions:
                values[place] = function(values[place], None, connection)
    return row if values is None else tuple(values)
