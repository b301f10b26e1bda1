"""What customers ask for: where an account's post goes, mandates for direct debit, how much of an invoice is contested."""

from importlib import import_module

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

MANDATES = {"table": "customers_directdebitmandate", "column": "account_code", "target": "customers_billingaccount"}

together = import_module("sportello.domain.customers.migrations.0005_of_the_same_customer")
no_indexes_for_like: str = import_module("sportello.domain.customers.migrations.0004_no_indexes_for_like").DROP


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0005_of_the_same_customer'),
        ('pghistory', '0007_auto_20250421_0444'),
    ]

    operations = [
        migrations.CreateModel(
            name='DirectDebitMandate',
            fields=[
                ('code', models.CharField(max_length=60, primary_key=True, serialize=False)),
                ('scheme', models.CharField(choices=[('core', 'SEPA Core'), ('b2b', 'SEPA B2B')], max_length=10)),
                ('status', models.CharField(choices=[('requested', 'Requested'), ('aligning', 'With the bank'), ('active', 'Active'), ('refused', 'Refused by the bank'), ('revoking', 'Being revoked'), ('revoked', 'Revoked')], max_length=10)),
                ('iban', models.CharField(max_length=14, null=True)),
                ('holder', models.CharField(blank=True, max_length=200)),
                ('holder_tax_code', models.CharField(blank=True, max_length=16)),
                ('signed_on', models.DateField(null=True)),
                ('active_from', models.DateField(null=True)),
                ('ended_on', models.DateField(null=True)),
                ('reason', models.CharField(blank=True, max_length=200)),
                ('from_invoice', models.CharField(max_length=60, null=True)),
            ],
        ),
        migrations.CreateModel(
            name='DirectDebitMandateEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('code', models.CharField(max_length=60, serialize=False)),
                ('scheme', models.CharField(choices=[('core', 'SEPA Core'), ('b2b', 'SEPA B2B')], max_length=10)),
                ('status', models.CharField(choices=[('requested', 'Requested'), ('aligning', 'With the bank'), ('active', 'Active'), ('refused', 'Refused by the bank'), ('revoking', 'Being revoked'), ('revoked', 'Revoked')], max_length=10)),
                ('iban', models.CharField(max_length=14, null=True)),
                ('holder', models.CharField(blank=True, max_length=200)),
                ('holder_tax_code', models.CharField(blank=True, max_length=16)),
                ('signed_on', models.DateField(null=True)),
                ('active_from', models.DateField(null=True)),
                ('ended_on', models.DateField(null=True)),
                ('reason', models.CharField(blank=True, max_length=200)),
                ('from_invoice', models.CharField(max_length=60, null=True)),
            ],
            options={
                'abstract': False,
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='billingaccount',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='billingaccount',
            name='delete_delete',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='invoice',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='invoice',
            name='delete_delete',
        ),
        migrations.AddField(
            model_name='billingaccount',
            name='addressee',
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name='billingaccount',
            name='country',
            field=models.CharField(blank=True, max_length=2),
        ),
        migrations.AddField(
            model_name='billingaccount',
            name='municipality',
            field=models.CharField(blank=True, max_length=100),
        ),
        migrations.AddField(
            model_name='billingaccount',
            name='postcode',
            field=models.CharField(blank=True, max_length=12),
        ),
        migrations.AddField(
            model_name='billingaccount',
            name='province',
            field=models.CharField(blank=True, max_length=10),
        ),
        migrations.AddField(
            model_name='billingaccount',
            name='street',
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name='billingaccount',
            name='street_number',
            field=models.CharField(blank=True, max_length=20),
        ),
        migrations.AddField(
            model_name='billingaccountevent',
            name='addressee',
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name='billingaccountevent',
            name='country',
            field=models.CharField(blank=True, max_length=2),
        ),
        migrations.AddField(
            model_name='billingaccountevent',
            name='municipality',
            field=models.CharField(blank=True, max_length=100),
        ),
        migrations.AddField(
            model_name='billingaccountevent',
            name='postcode',
            field=models.CharField(blank=True, max_length=12),
        ),
        migrations.AddField(
            model_name='billingaccountevent',
            name='province',
            field=models.CharField(blank=True, max_length=10),
        ),
        migrations.AddField(
            model_name='billingaccountevent',
            name='street',
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name='billingaccountevent',
            name='street_number',
            field=models.CharField(blank=True, max_length=20),
        ),
        migrations.AddField(
            model_name='invoice',
            name='contested',
            field=models.DecimalField(decimal_places=2, max_digits=12, null=True),
        ),
        migrations.AddField(
            model_name='invoiceevent',
            name='contested',
            field=models.DecimalField(decimal_places=2, max_digits=12, null=True),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='billingaccount',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "customers_billingaccountevent" ("addressee", "balance", "code", "country", "customer_code", "description", "municipality", "payment_method", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "postcode", "province", "street", "street_number") VALUES (OLD."addressee", OLD."balance", OLD."code", OLD."country", OLD."customer_code", OLD."description", OLD."municipality", OLD."payment_method", _pgh_attach_context(), NOW(), \'update\', OLD."code", OLD."postcode", OLD."province", OLD."street", OLD."street_number"); RETURN NULL;', hash='76454c163e1fae03e78768b30a8a7dbcf5d49878', operation='UPDATE', pgid='pgtrigger_update_update_8586d', table='customers_billingaccount', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='billingaccount',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "customers_billingaccountevent" ("addressee", "balance", "code", "country", "customer_code", "description", "municipality", "payment_method", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "postcode", "province", "street", "street_number") VALUES (OLD."addressee", OLD."balance", OLD."code", OLD."country", OLD."customer_code", OLD."description", OLD."municipality", OLD."payment_method", _pgh_attach_context(), NOW(), \'delete\', OLD."code", OLD."postcode", OLD."province", OLD."street", OLD."street_number"); RETURN NULL;', hash='21b33116fded94644730e2d38e29e2f579b3c7ce', operation='DELETE', pgid='pgtrigger_delete_delete_6e493', table='customers_billingaccount', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='invoice',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "customers_invoiceevent" ("account_code", "amount", "collection", "consumption", "consumption_unit", "contested", "customer_code", "due_on", "has_xml", "issued_on", "kind", "lines", "number", "paid", "period_from", "period_to", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "slip_code", "supply_codes", "vat") VALUES (OLD."account_code", OLD."amount", OLD."collection", OLD."consumption", OLD."consumption_unit", OLD."contested", OLD."customer_code", OLD."due_on", OLD."has_xml", OLD."issued_on", OLD."kind", OLD."lines", OLD."number", OLD."paid", OLD."period_from", OLD."period_to", _pgh_attach_context(), NOW(), \'update\', OLD."number", OLD."slip_code", OLD."supply_codes", OLD."vat"); RETURN NULL;', hash='687d4c77459977cb5b57d100aa7331c5017591e4', operation='UPDATE', pgid='pgtrigger_update_update_a1b71', table='customers_invoice', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='invoice',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "customers_invoiceevent" ("account_code", "amount", "collection", "consumption", "consumption_unit", "contested", "customer_code", "due_on", "has_xml", "issued_on", "kind", "lines", "number", "paid", "period_from", "period_to", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "slip_code", "supply_codes", "vat") VALUES (OLD."account_code", OLD."amount", OLD."collection", OLD."consumption", OLD."consumption_unit", OLD."contested", OLD."customer_code", OLD."due_on", OLD."has_xml", OLD."issued_on", OLD."kind", OLD."lines", OLD."number", OLD."paid", OLD."period_from", OLD."period_to", _pgh_attach_context(), NOW(), \'delete\', OLD."number", OLD."slip_code", OLD."supply_codes", OLD."vat"); RETURN NULL;', hash='32736b1d8207adb849c14dd5a8dad97b54baf295', operation='DELETE', pgid='pgtrigger_delete_delete_e2225', table='customers_invoice', when='AFTER')),
        ),
        migrations.AddField(
            model_name='directdebitmandate',
            name='billing_account',
            field=models.ForeignKey(db_column='account_code', db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='mandates', to='customers.billingaccount'),
        ),
        migrations.AddField(
            model_name='directdebitmandate',
            name='customer',
            field=models.ForeignKey(db_column='customer_code', db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='mandates', to='customers.customer'),
        ),
        migrations.AddField(
            model_name='directdebitmandateevent',
            name='billing_account',
            field=models.ForeignKey(db_column='account_code', db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='customers.billingaccount'),
        ),
        migrations.AddField(
            model_name='directdebitmandateevent',
            name='customer',
            field=models.ForeignKey(db_column='customer_code', db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='customers.customer'),
        ),
        migrations.AddField(
            model_name='directdebitmandateevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='directdebitmandateevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='customers.directdebitmandate'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='directdebitmandate',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "customers_directdebitmandateevent" ("account_code", "active_from", "code", "customer_code", "ended_on", "from_invoice", "holder", "holder_tax_code", "iban", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "scheme", "signed_on", "status") VALUES (OLD."account_code", OLD."active_from", OLD."code", OLD."customer_code", OLD."ended_on", OLD."from_invoice", OLD."holder", OLD."holder_tax_code", OLD."iban", _pgh_attach_context(), NOW(), \'update\', OLD."code", OLD."reason", OLD."scheme", OLD."signed_on", OLD."status"); RETURN NULL;', hash='b491aaef9794ed788831f1419260677623b3deb7', operation='UPDATE', pgid='pgtrigger_update_update_56d85', table='customers_directdebitmandate', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='directdebitmandate',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "customers_directdebitmandateevent" ("account_code", "active_from", "code", "customer_code", "ended_on", "from_invoice", "holder", "holder_tax_code", "iban", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "scheme", "signed_on", "status") VALUES (OLD."account_code", OLD."active_from", OLD."code", OLD."customer_code", OLD."ended_on", OLD."from_invoice", OLD."holder", OLD."holder_tax_code", OLD."iban", _pgh_attach_context(), NOW(), \'delete\', OLD."code", OLD."reason", OLD."scheme", OLD."signed_on", OLD."status"); RETURN NULL;', hash='ddfda3fe2183721ce6b83cf00b41d697326728a3', operation='DELETE', pgid='pgtrigger_delete_delete_ee9ba', table='customers_directdebitmandate', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='directdebitmandateevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='e140785904976ed12acf43104aaf0e778c3efd7b', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_9624d', table='customers_directdebitmandateevent', when='BEFORE')),
        ),
        migrations.RunSQL(together.ADD.format(**MANDATES), together.DROP.format(**MANDATES)),
        migrations.RunSQL(no_indexes_for_like, migrations.RunSQL.noop),
    ]
