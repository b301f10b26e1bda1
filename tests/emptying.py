"""Empties the databases after a test that has committed.

Django would truncate every table there is and write anew which models and permissions there are: half a second of work, after
each of several hundred tests. To delete what a test has written takes a fiftieth of that.
"""

from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import TransactionTestCase

# What migrating has written stays.
EMPTY = """
    DO $$
    DECLARE name text;
    BEGIN
        PERFORM set_config('session_replication_role', 'replica', true);  -- no triggers, and in any order
        FOR name IN
            SELECT tablename FROM pg_tables WHERE schemaname = current_schema()
            AND tablename NOT IN ('django_migrations', 'django_content_type', 'auth_permission')
        LOOP
            EXECUTE format('DELETE FROM %I', name);
        END LOOP;
    END $$
"""
_as_django_does = TransactionTestCase._fixture_teardown


def empty_databases(case: Any) -> None:
    """For ``TransactionTestCase._fixture_teardown``."""
    databases = [connections[name] for name in case._databases_names(include_mirrors=False)]
    if all(may_leave_out_triggers(database) for database in databases):
        for database in databases:
            with database.cursor() as cursor:
                cursor.execute(EMPTY)
    else:
        _as_django_does(case)


def may_leave_out_triggers(database: BaseDatabaseWrapper) -> bool:
    with database.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        return bool(cursor.fetchone()[0])
