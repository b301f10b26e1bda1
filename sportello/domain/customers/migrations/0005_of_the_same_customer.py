"""Has what is on an account or a supply refer to it together with its customer: one reference in place of two, and the
database itself sees that nothing of one customer hangs on what is another's."""

import django.db.models.deletion
from django.db import migrations, models


ACCOUNT = ("account_code", "customers_billingaccount")
SUPPLY = ("supply_code", "customers_supply")
REFERENCES = {
    "customers_supply": ACCOUNT,
    "customers_invoice": ACCOUNT,
    "customers_payment": ACCOUNT,
    "customers_meter": SUPPLY,
    "customers_meterreading": SUPPLY,
    "customers_usage": SUPPLY,
}
ADD = """
ALTER TABLE {table} ADD CONSTRAINT {table}_of_same_customer FOREIGN KEY (customer_code, {column})
REFERENCES {target} (customer_code, code) DEFERRABLE INITIALLY DEFERRED
"""
DROP = "ALTER TABLE {table} DROP CONSTRAINT {table}_of_same_customer"


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0004_no_indexes_for_like'),
    ]

    operations = [
        migrations.AlterField(
            model_name='billingaccount',
            name='customer',
            field=models.ForeignKey(db_column='customer_code', db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='billing_accounts', to='customers.customer'),
        ),
        migrations.AlterField(
            model_name='invoice',
            name='billing_account',
            field=models.ForeignKey(db_column='account_code', db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='invoices', to='customers.billingaccount'),
        ),
        migrations.AlterField(
            model_name='invoice',
            name='customer',
            field=models.ForeignKey(db_column='customer_code', db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='invoices', to='customers.customer'),
        ),
        migrations.AlterField(
            model_name='meter',
            name='customer',
            field=models.ForeignKey(db_column='customer_code', db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='meters', to='customers.customer'),
        ),
        migrations.AlterField(
            model_name='meter',
            name='supply',
            field=models.ForeignKey(db_column='supply_code', db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='meters', to='customers.supply'),
        ),
        migrations.AlterField(
            model_name='meterreading',
            name='customer',
            field=models.ForeignKey(db_column='customer_code', db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='customers.customer'),
        ),
        migrations.AlterField(
            model_name='meterreading',
            name='supply',
            field=models.ForeignKey(db_column='supply_code', db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='readings', to='customers.supply'),
        ),
        migrations.AlterField(
            model_name='payment',
            name='billing_account',
            field=models.ForeignKey(db_column='account_code', db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='payments', to='customers.billingaccount'),
        ),
        migrations.AlterField(
            model_name='supply',
            name='billing_account',
            field=models.ForeignKey(db_column='account_code', db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='supplies', to='customers.billingaccount'),
        ),
        migrations.AlterField(
            model_name='supply',
            name='customer',
            field=models.ForeignKey(db_column='customer_code', db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='supplies', to='customers.customer'),
        ),
        migrations.AlterField(
            model_name='usage',
            name='customer',
            field=models.ForeignKey(db_column='customer_code', db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='customers.customer'),
        ),
        migrations.AlterField(
            model_name='usage',
            name='supply',
            field=models.ForeignKey(db_column='supply_code', db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='usage', to='customers.supply'),
        ),
        migrations.AddConstraint(
            model_name='billingaccount',
            constraint=models.UniqueConstraint(fields=('customer', 'code'), name='account_of_customer'),
        ),
        migrations.AddConstraint(
            model_name='supply',
            constraint=models.UniqueConstraint(fields=('customer', 'code'), name='supply_of_customer'),
        ),
        *(
            migrations.RunSQL(
                ADD.format(table=table, column=column, target=target),
                DROP.format(table=table),
            )
            for table, (column, target) in REFERENCES.items()
        ),
    ]
