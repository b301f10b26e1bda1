"""By which parts an invoice is paid, where that has been arranged."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0008_fill_places'),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='invoice',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='invoice',
            name='delete_delete',
        ),
        migrations.AddField(
            model_name='invoice',
            name='instalments',
            field=models.JSONField(null=True),
        ),
        migrations.AddField(
            model_name='invoiceevent',
            name='instalments',
            field=models.JSONField(null=True),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='invoice',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "customers_invoiceevent" ("account_code", "amount", "collection", "consumption", "consumption_unit", "contested", "customer_code", "due_on", "has_xml", "instalments", "issued_on", "kind", "lines", "number", "paid", "period_from", "period_to", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "slip_code", "supply_codes", "vat") VALUES (OLD."account_code", OLD."amount", OLD."collection", OLD."consumption", OLD."consumption_unit", OLD."contested", OLD."customer_code", OLD."due_on", OLD."has_xml", OLD."instalments", OLD."issued_on", OLD."kind", OLD."lines", OLD."number", OLD."paid", OLD."period_from", OLD."period_to", _pgh_attach_context(), NOW(), \'update\', OLD."number", OLD."slip_code", OLD."supply_codes", OLD."vat"); RETURN NULL;', hash='91356d21dd86e822a6fbb4f46f0586b540aa0678', operation='UPDATE', pgid='pgtrigger_update_update_a1b71', table='customers_invoice', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='invoice',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "customers_invoiceevent" ("account_code", "amount", "collection", "consumption", "consumption_unit", "contested", "customer_code", "due_on", "has_xml", "instalments", "issued_on", "kind", "lines", "number", "paid", "period_from", "period_to", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "slip_code", "supply_codes", "vat") VALUES (OLD."account_code", OLD."amount", OLD."collection", OLD."consumption", OLD."consumption_unit", OLD."contested", OLD."customer_code", OLD."due_on", OLD."has_xml", OLD."instalments", OLD."issued_on", OLD."kind", OLD."lines", OLD."number", OLD."paid", OLD."period_from", OLD."period_to", _pgh_attach_context(), NOW(), \'delete\', OLD."number", OLD."slip_code", OLD."supply_codes", OLD."vat"); RETURN NULL;', hash='388e61499f7e2c929d8592cd7c0fb3d70839fe2f', operation='DELETE', pgid='pgtrigger_delete_delete_e2225', table='customers_invoice', when='AFTER')),
        ),
    ]
