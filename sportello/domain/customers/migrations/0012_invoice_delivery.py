"""How billing says that invoices come."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0011_invoice_subscriptions'),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='customer',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='customer',
            name='delete_delete',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='supply',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='supply',
            name='delete_delete',
        ),
        migrations.AddField(
            model_name='customer',
            name='invoice_delivery',
            field=models.CharField(choices=[('paper', 'On paper'), ('email', 'By e-mail')], max_length=5, null=True),
        ),
        migrations.AddField(
            model_name='customerevent',
            name='invoice_delivery',
            field=models.CharField(choices=[('paper', 'On paper'), ('email', 'By e-mail')], max_length=5, null=True),
        ),
        migrations.AddField(
            model_name='supply',
            name='invoice_delivery',
            field=models.CharField(choices=[('paper', 'On paper'), ('email', 'By e-mail')], max_length=5, null=True),
        ),
        migrations.AddField(
            model_name='supplyevent',
            name='invoice_delivery',
            field=models.CharField(choices=[('paper', 'On paper'), ('email', 'By e-mail')], max_length=5, null=True),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='customer',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "customers_customerevent" ("birth_date", "code", "company_name", "country", "email", "first_name", "invoice_delivery", "kind", "language", "last_name", "municipality", "pec", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "postcode", "province", "sdi_code", "street", "street_number", "tax_code", "vat_number", "web_code") VALUES (OLD."birth_date", OLD."code", OLD."company_name", OLD."country", OLD."email", OLD."first_name", OLD."invoice_delivery", OLD."kind", OLD."language", OLD."last_name", OLD."municipality", OLD."pec", _pgh_attach_context(), NOW(), \'update\', OLD."code", OLD."phone", OLD."postcode", OLD."province", OLD."sdi_code", OLD."street", OLD."street_number", OLD."tax_code", OLD."vat_number", OLD."web_code"); RETURN NULL;', hash='c8feb083f90e7611f521447380c94f72b61e35f1', operation='UPDATE', pgid='pgtrigger_update_update_ca86d', table='customers_customer', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='customer',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "customers_customerevent" ("birth_date", "code", "company_name", "country", "email", "first_name", "invoice_delivery", "kind", "language", "last_name", "municipality", "pec", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "postcode", "province", "sdi_code", "street", "street_number", "tax_code", "vat_number", "web_code") VALUES (OLD."birth_date", OLD."code", OLD."company_name", OLD."country", OLD."email", OLD."first_name", OLD."invoice_delivery", OLD."kind", OLD."language", OLD."last_name", OLD."municipality", OLD."pec", _pgh_attach_context(), NOW(), \'delete\', OLD."code", OLD."phone", OLD."postcode", OLD."province", OLD."sdi_code", OLD."street", OLD."street_number", OLD."tax_code", OLD."vat_number", OLD."web_code"); RETURN NULL;', hash='ea33b6621327d467284de0e78d7161a5003dbf68', operation='DELETE', pgid='pgtrigger_delete_delete_939ca', table='customers_customer', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='supply',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "customers_supplyevent" ("account_code", "annual_consumption", "balance", "code", "country", "customer_code", "ended_on", "invoice_delivery", "municipality", "offer", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "point_code", "postcode", "profile", "province", "service", "started_on", "status", "street", "street_number", "tank_litres") VALUES (OLD."account_code", OLD."annual_consumption", OLD."balance", OLD."code", OLD."country", OLD."customer_code", OLD."ended_on", OLD."invoice_delivery", OLD."municipality", OLD."offer", _pgh_attach_context(), NOW(), \'update\', OLD."code", OLD."point_code", OLD."postcode", OLD."profile", OLD."province", OLD."service", OLD."started_on", OLD."status", OLD."street", OLD."street_number", OLD."tank_litres"); RETURN NULL;', hash='5b81c059d2856635959bef8f6afe66b61fdb5989', operation='UPDATE', pgid='pgtrigger_update_update_81a7c', table='customers_supply', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='supply',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "customers_supplyevent" ("account_code", "annual_consumption", "balance", "code", "country", "customer_code", "ended_on", "invoice_delivery", "municipality", "offer", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "point_code", "postcode", "profile", "province", "service", "started_on", "status", "street", "street_number", "tank_litres") VALUES (OLD."account_code", OLD."annual_consumption", OLD."balance", OLD."code", OLD."country", OLD."customer_code", OLD."ended_on", OLD."invoice_delivery", OLD."municipality", OLD."offer", _pgh_attach_context(), NOW(), \'delete\', OLD."code", OLD."point_code", OLD."postcode", OLD."profile", OLD."province", OLD."service", OLD."started_on", OLD."status", OLD."street", OLD."street_number", OLD."tank_litres"); RETURN NULL;', hash='4ef1152fbe3d9b0243d68b35d92e7aeda98a14c8', operation='DELETE', pgid='pgtrigger_delete_delete_0963d', table='customers_supply', when='AFTER')),
        ),
    ]
