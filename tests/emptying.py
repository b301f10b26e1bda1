"""Empties the databases after a test that has committed, down to what migrating has written.

Django would truncate every table there is and write anew which models and permissions there are: half a second of work, after
each of several hundred tests, and terms and places would be gone. To delete what a test has written takes a fiftieth of that.
"""

from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import TransactionTestCase

# Copies of the rows that an installation begins with stand in a schema of their own.
KEEP = """
    DO $$
    DECLARE name text; filled boolean;
    BEGIN
        DROP SCHEMA IF EXISTS as_migrated CASCADE;
        CREATE SCHEMA as_migrated;
        FOR name IN
            SELECT tablename FROM pg_tables WHERE schemaname = current_schema()
            AND tablename NOT IN ('django_migrations', 'django_content_type', 'auth_permission')
        LOOP
            EXECUTE format('SELECT EXISTS (SELECT FROM %I)', name) INTO filled;
            IF filled THEN
                EXECUTE format('CREATE TABLE as_migrated.%I AS TABLE %I', name, name);
            END IF;
        END LOOP;
    END $$
"""
EMPTY = """
    DO $$
    DECLARE name text;
    BEGIN
        PERFORM set_config('session_replication_role', 'replica', true);  -- no triggers, and in any order
        FOR name IN
            SELECT tablename FROM pg_tables WHERE schemaname = current_schema()
            AND tablename NOT IN ('django_migrations', 'django_content_type', 'auth_permission')
            AND tablename NOT IN (SELECT tablename FROM pg_tables WHERE schemaname = 'as_migrated')
        LOOP
            EXECUTE format('DELETE FROM %I', name);
        END LOOP;
    END $$
"""
# To compare the rows is quicker than to write them.
BRING_BACK = """
    DO $$
    DECLARE name text; changed boolean;
    BEGIN
        PERFORM set_config('session_replication_role', 'replica', true);
        FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'as_migrated'
        LOOP
            EXECUTE format(
                'SELECT EXISTS ((TABLE %1$I EXCEPT ALL TABLE as_migrated.%1$I)
                    UNION ALL (TABLE as_migrated.%1$I EXCEPT ALL TABLE %1$I))', name
            ) INTO changed;
            IF changed THEN
                EXECUTE format('DELETE FROM %I', name);
                EXECUTE format('INSERT INTO %1$I TABLE as_migrated.%1$I', name);
            END IF;
        END LOOP;
    END $$
"""
_as_django_does = TransactionTestCase._fixture_teardown


def keep_what_is_there() -> None:
    """Of the databases that have just been made and migrated; each test begins with this."""
    made = (database for database in connections.all() if str(database.settings_dict["NAME"]).startswith("test_"))
    for database in made:
        with database.cursor() as cursor:
            cursor.execute(KEEP)


def empty_databases(case: Any) -> None:
    """For ``TransactionTestCase._fixture_teardown``."""
    databases = [connections[name] for name in case._databases_names(include_mirrors=False)]
    if all(may_leave_out_triggers(database) for database in databases):
        for database in databases:
            with database.cursor() as cursor:
                cursor.execute(EMPTY)
                cursor.execute(BRING_BACK)
    else:
        _as_django_does(case)


def may_leave_out_triggers(database: BaseDatabaseWrapper) -> bool:
    with database.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        return bool(cursor.fetchone()[0])
