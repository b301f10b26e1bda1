"""What stands in the mirror, to be compared before and after."""

from typing import Any

from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from sportello.domain.customers.alignment.mirror import TABLES
from sportello.domain.customers.models import Allocation, SetAside

Rows = dict[str, list[tuple[Any, ...]]]
MODELS = (*(table.model for table in TABLES), Allocation)


def contents() -> Rows:
    """Every row of the mirror and of the records set aside, but for numbers that a table gives by itself."""
    kept = SetAside.objects.order_by("kind", "code").values_list("kind", "code", "customer_code", "reason", "record")
    rows: Rows = {"set aside": list(kept)}
    for model in MODELS:
        names = [field.attname for field in model._meta.concrete_fields if field.name != "id"]
        rows[model.__name__] = sorted(model._default_manager.values_list(*names), key=repr)
    return rows


def versions() -> Rows:
    """Which version of each row stands where, and who locked it: the same only where nothing was written."""
    rows: Rows = {}
    with connection.cursor() as cursor:
        for model in MODELS:
            cursor.execute(f"SELECT ctid::text, xmin::text, xmax::text FROM {model._meta.db_table} ORDER BY ctid")
            rows[model.__name__] = cursor.fetchall()
    return rows


def history() -> dict[str, int]:
    """How many rows of history there are."""
    found = {}
    with connection.cursor() as cursor:
        for model in MODELS:
            cursor.execute(f"SELECT count(*) FROM {model._meta.db_table}event")
            found[model.__name__] = cursor.fetchone()[0]
    return {name: count for name, count in found.items() if count}


def reasons() -> dict[tuple[str, str], str]:
    return {(one.kind, one.code): one.reason for one in SetAside.objects.all()}


def settling() -> list[list[str]]:
    """The customers of each job that was deferred to see what became of readings, in order."""
    jobs = ProcrastinateJob.objects.filter(task_name="activities.settle").order_by("id")
    return [job.args["customer_codes"] for job in jobs]


def settled() -> set[str]:
    return {code for codes in settling() for code in codes}
