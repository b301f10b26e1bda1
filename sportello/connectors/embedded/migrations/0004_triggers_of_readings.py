"""The triggers of the change feed on the tables for meters, readings and usage."""

from importlib import import_module

from django.db import migrations

KINDS = {
    "embedded_meter": "meter",
    "embedded_meterreading": "meter_reading",
    "embedded_usage": "usage",
}
DROP = "DROP TRIGGER embedded_changed ON {table}; DROP TRIGGER embedded_removed ON {table};"

triggers: str = import_module("sportello.connectors.embedded.migrations.0002_triggers").TRIGGERS


class Migration(migrations.Migration):
    dependencies = [("embedded", "0003_readings")]

    operations = [
        migrations.RunSQL(triggers.format(table=table, kind=kind), DROP.format(table=table))
        for table, kind in KINDS.items()
    ]
