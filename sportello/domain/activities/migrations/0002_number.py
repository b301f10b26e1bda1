"""The sequence from which activities get their numbers."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("activities", "0001_initial")]

    operations = [
        migrations.RunSQL("CREATE SEQUENCE activities_number", "DROP SEQUENCE activities_number"),
    ]
