"""What customers ask for: mandates, mailing addresses, contested invoices and instalments, supplies that end."""

from importlib import import_module

import django.db.models.deletion
from django.db import migrations, models

MANDATES = {"table": "embedded_mandate", "kind": "mandate"}

triggers: str = import_module("sportello.connectors.embedded.migrations.0002_triggers").TRIGGERS
drop_triggers: str = import_module("sportello.connectors.embedded.migrations.0004_triggers_of_readings").DROP
no_indexes_for_like: str = import_module("sportello.connectors.embedded.migrations.0005_no_indexes_for_like").DROP


class Migration(migrations.Migration):

    dependencies = [
        ('embedded', '0005_no_indexes_for_like'),
    ]

    operations = [
        migrations.CreateModel(
            name='Mandate',
            fields=[
                ('code', models.CharField(max_length=64, primary_key=True, serialize=False)),
                ('created_in', models.BigIntegerField(default=0, editable=False)),
                ('changed_in', models.BigIntegerField(db_index=True, default=0, editable=False)),
                ('scheme', models.CharField(max_length=10)),
                ('status', models.CharField(max_length=10)),
                ('iban', models.CharField(max_length=34)),
                ('holder', models.CharField(max_length=200)),
                ('holder_tax_code', models.CharField(blank=True, max_length=16)),
                ('signatory', models.JSONField(default=dict)),
                ('bank', models.JSONField(default=dict)),
                ('signed_on', models.DateField(null=True)),
                ('active_from', models.DateField(null=True)),
                ('ended_on', models.DateField(null=True)),
                ('reason', models.CharField(blank=True, max_length=200)),
                ('from_invoice', models.CharField(blank=True, max_length=64)),
                ('moved_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name='account',
            name='addressee',
            field=models.CharField(blank=True, db_default='', max_length=200),
        ),
        migrations.AddField(
            model_name='account',
            name='mailing_address',
            field=models.JSONField(null=True),
        ),
        migrations.AddField(
            model_name='invoice',
            name='collection_before',
            field=models.CharField(blank=True, db_default='', max_length=20),
        ),
        migrations.AddField(
            model_name='invoice',
            name='contested',
            field=models.DecimalField(decimal_places=2, max_digits=12, null=True),
        ),
        migrations.AddField(
            model_name='invoice',
            name='instalments',
            field=models.JSONField(null=True),
        ),
        migrations.AddField(
            model_name='supply',
            name='forwarding',
            field=models.JSONField(null=True),
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=models.CheckConstraint(condition=models.Q(('contested', None), models.Q(('collection', 'suspended'), ('contested__gt', 0)), _connector='OR'), name='embedded_invoice_contested'),
        ),
        migrations.AddField(
            model_name='mandate',
            name='account',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='embedded.account'),
        ),
        migrations.AddIndex(
            model_name='mandate',
            index=models.Index(condition=models.Q(('status__in', ['requested', 'aligning', 'revoking'])), fields=['moved_at'], name='embedded_mandate_moving'),
        ),
        migrations.AddConstraint(
            model_name='mandate',
            constraint=models.CheckConstraint(condition=models.Q(('scheme__in', ['core', 'b2b'])), name='embedded_mandate_scheme'),
        ),
        migrations.AddConstraint(
            model_name='mandate',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['requested', 'aligning', 'active', 'refused', 'revoking', 'revoked'])), name='embedded_mandate_status'),
        ),
        migrations.AddConstraint(
            model_name='mandate',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'active')), fields=('account',), name='embedded_mandate_one_active'),
        ),
        migrations.RunSQL(triggers.format(**MANDATES), drop_triggers.format(**MANDATES)),
        migrations.RunSQL(no_indexes_for_like, migrations.RunSQL.noop),
    ]
