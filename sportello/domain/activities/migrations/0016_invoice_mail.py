"""Invoices by e-mail are asked for, and hold in Sportello at once."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('activities', '0015_desk'),
    ]

    operations = [
        migrations.AddField(
            model_name='activity',
            name='took_effect_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AlterField(
            model_name='activity',
            name='kind',
            field=models.CharField(choices=[('registration', 'First access'), ('self_reading', 'Self-reading'), ('information', 'Request for information'), ('complaint', 'Complaint'), ('personal_data', 'Change of personal data'), ('mailing_address', 'Change of mailing address'), ('direct_debit', 'Direct debit'), ('direct_debit_revocation', 'Revocation of the direct debit'), ('invoice_mail', 'Invoice by e-mail'), ('invoice_correction', 'Correction of an invoice'), ('already_paid', 'Invoice already paid'), ('instalments', 'Payment by instalments'), ('supply_closure', 'Closing of a supply'), ('change_of_holder', 'Change of holder'), ('something_else', 'Something else')], max_length=40),
        ),
        migrations.AlterField(
            model_name='kindsetting',
            name='kind',
            field=models.CharField(choices=[('registration', 'First access'), ('self_reading', 'Self-reading'), ('information', 'Request for information'), ('complaint', 'Complaint'), ('personal_data', 'Change of personal data'), ('mailing_address', 'Change of mailing address'), ('direct_debit', 'Direct debit'), ('direct_debit_revocation', 'Revocation of the direct debit'), ('invoice_mail', 'Invoice by e-mail'), ('invoice_correction', 'Correction of an invoice'), ('already_paid', 'Invoice already paid'), ('instalments', 'Payment by instalments'), ('supply_closure', 'Closing of a supply'), ('change_of_holder', 'Change of holder'), ('something_else', 'Something else')], max_length=40),
        ),
    ]
