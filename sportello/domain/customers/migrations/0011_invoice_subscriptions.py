"""Who gets his invoices by e-mail, and at which addresses."""

from importlib import import_module

import django.db.models.deletion
import django.db.models.functions.text
from django.db import migrations, models


no_indexes_for_like: str = import_module("sportello.domain.customers.migrations.0004_no_indexes_for_like").DROP


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0010_customer_by_name'),
    ]

    operations = [
        migrations.CreateModel(
            name='InvoiceSubscription',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('mode', models.CharField(choices=[('link', 'A link to the invoice'), ('pdf', 'The invoice as PDF')], max_length=4)),
                ('started_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('reminds_of_due_date', models.BooleanField(default=False)),
                ('reminds_of_returned_debit', models.BooleanField(default=False)),
                ('customer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='invoice_subscriptions', to='customers.customer')),
                ('supply', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='customers.supply')),
            ],
        ),
        migrations.CreateModel(
            name='InvoiceRecipient',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.SmallIntegerField()),
                ('address', models.CharField(max_length=320)),
                ('added_at', models.DateTimeField()),
                ('verified_at', models.DateTimeField(null=True)),
                ('digest', models.CharField(max_length=64, null=True, unique=True)),
                ('asked_at', models.DateTimeField(null=True)),
                ('expires_at', models.DateTimeField(null=True)),
                ('subscription', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='recipients', to='customers.invoicesubscription')),
            ],
        ),
        migrations.AddConstraint(
            model_name='invoicesubscription',
            constraint=models.UniqueConstraint(fields=('customer', 'supply'), name='one_invoice_subscription_a_scope', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='invoicesubscription',
            constraint=models.CheckConstraint(condition=models.Q(('mode__in', ['link', 'pdf'])), name='known_invoice_mode'),
        ),
        migrations.AddConstraint(
            model_name='invoicerecipient',
            constraint=models.UniqueConstraint(fields=('subscription', 'position'), name='one_invoice_recipient_a_place'),
        ),
        migrations.AddConstraint(
            model_name='invoicerecipient',
            constraint=models.CheckConstraint(condition=models.Q(('position__gte', 1), ('position__lte', 4)), name='at_most_four_invoice_recipients'),
        ),
        migrations.AddConstraint(
            model_name='invoicerecipient',
            constraint=models.UniqueConstraint(models.F('subscription'), django.db.models.functions.text.Lower('address'), name='invoice_address_once'),
        ),
        migrations.AddConstraint(
            model_name='invoicerecipient',
            constraint=models.CheckConstraint(condition=models.Q(('address__regex', '^[^[:cntrl:]]+@[^[:cntrl:][:space:]@]+$')), name='invoice_address_on_one_line'),
        ),
        migrations.RunSQL(no_indexes_for_like, migrations.RunSQL.noop),
    ]
