"""What was known when something was asked, and why it did not go by itself."""

from django.db import migrations, models


def forwards(apps, schema_editor):
    """Telephone and e-mail are asked for with the other personal data; their fields have the same names."""
    apps.get_model("activities", "Activity").objects.filter(kind="contacts").update(kind="personal_data")
    apps.get_model("activities", "Draft").objects.filter(kind="contacts").delete()
    settings = apps.get_model("activities", "KindSetting").objects
    for row in settings.filter(kind="contacts", field="", automatic=False):
        for field in ("phone", "email"):
            settings.create(kind="personal_data", field=field, automatic=False, changed_at=row.changed_at)
    settings.filter(kind="contacts").delete()


class Migration(migrations.Migration):
    dependencies = [("activities", "0012_invoices_settled_meanwhile")]

    operations = [
        migrations.AddField(
            model_name="activity",
            name="before",
            field=models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict),
        ),
        migrations.AddField(
            model_name="activity",
            name="by_hand_for",
            field=models.JSONField(db_default=models.Value([], models.JSONField()), default=list),
        ),
        migrations.AlterField(
            model_name="activity",
            name="kind",
            field=models.CharField(choices=[('registration', 'First access'), ('self_reading', 'Self-reading'), ('information', 'Request for information'), ('complaint', 'Complaint'), ('personal_data', 'Change of personal data'), ('mailing_address', 'Change of mailing address'), ('direct_debit', 'Direct debit'), ('direct_debit_revocation', 'Revocation of the direct debit'), ('invoice_correction', 'Correction of an invoice'), ('already_paid', 'Invoice already paid'), ('instalments', 'Payment by instalments'), ('supply_closure', 'Closing of a supply'), ('change_of_holder', 'Change of holder'), ('something_else', 'Something else')], max_length=40),
        ),
        migrations.AlterField(
            model_name="kindsetting",
            name="kind",
            field=models.CharField(choices=[('registration', 'First access'), ('self_reading', 'Self-reading'), ('information', 'Request for information'), ('complaint', 'Complaint'), ('personal_data', 'Change of personal data'), ('mailing_address', 'Change of mailing address'), ('direct_debit', 'Direct debit'), ('direct_debit_revocation', 'Revocation of the direct debit'), ('invoice_correction', 'Correction of an invoice'), ('already_paid', 'Invoice already paid'), ('instalments', 'Payment by instalments'), ('supply_closure', 'Closing of a supply'), ('change_of_holder', 'Change of holder'), ('something_else', 'Something else')], max_length=40),
        ),
        migrations.RunPython(forwards, migrations.RunPython.noop),
    ]
