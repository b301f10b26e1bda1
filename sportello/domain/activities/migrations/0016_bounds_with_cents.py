"""The least amount of an instalment may have cents."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("activities", "0015_desk")]

    operations = [
        migrations.AlterField(
            model_name="bound",
            name="value",
            field=models.DecimalField(decimal_places=2, max_digits=7),
        ),
    ]
