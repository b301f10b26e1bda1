"""Fills the table of places."""

from django.db import migrations

from sportello.domain.customers.places import fill


def forwards(apps, schema_editor):
    fill(apps.get_model("customers", "Place"))


class Migration(migrations.Migration):
    dependencies = [("customers", "0007_places")]

    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
