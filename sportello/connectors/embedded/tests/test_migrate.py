"""Billing's database holds what is its own and no trace of the product's; the product's holds nothing of billing."""

import pytest
from django.apps import apps
from django.db import connections
from django.db.migrations.recorder import MigrationRecorder


@pytest.mark.django_db(databases=["default", "billing"])
def test_each_database_has_its_own_tables_and_history():
    ours = {model._meta.db_table for model in apps.get_app_config("embedded").get_models()}
    tables = {alias: set(connections[alias].introspection.table_names()) for alias in ("default", "billing")}
    assert ours and ours <= tables["billing"] <= ours | {"django_migrations"}
    assert not ours & tables["default"]
    assert {app for app, _ in MigrationRecorder(connections["billing"]).applied_migrations()} == {"embedded"}
