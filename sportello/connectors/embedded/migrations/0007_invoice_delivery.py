"""How invoices come: on paper or by e-mail."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('embedded', '0006_requests'),
    ]

    operations = [
        migrations.AddField(
            model_name='customer',
            name='invoice_delivery',
            field=models.CharField(blank=True, db_default='', max_length=5),
        ),
        migrations.AddField(
            model_name='supply',
            name='invoice_delivery',
            field=models.CharField(blank=True, db_default='', max_length=5),
        ),
        migrations.AddConstraint(
            model_name='customer',
            constraint=models.CheckConstraint(condition=models.Q(('invoice_delivery__in', ['', 'paper', 'email'])), name='embedded_customer_delivery'),
        ),
        migrations.AddConstraint(
            model_name='supply',
            constraint=models.CheckConstraint(condition=models.Q(('invoice_delivery__in', ['', 'paper', 'email'])), name='embedded_supply_delivery'),
        ),
    ]
