from django.db import migrations, models

# The reasons for a refusal that an installation begins with: kind, code, Italian, English.
SEEDS = [
    ('invoice_correction', 'right',
     'Abbiamo controllato la fattura ed è corretta.',
     'We have checked the invoice and it is right.'),
    ('invoice_correction', 'reading',
     "La fattura è sulla lettura comunicata dal distributore, che ce l'ha confermata.",
     'The invoice is on the reading that the distributor has given us, and we have had it confirmed.'),
    ('already_paid', 'not_found',
     'Non abbiamo trovato il suo pagamento. Ci mandi la ricevuta con una nuova richiesta.',
     'We have not found your payment. Please send us its receipt with a new request.'),
    ('already_paid', 'other_bill',
     "Il suo pagamento è arrivato, ma era per un'altra fattura. Questa è ancora da pagare.",
     'Your payment has come in, and was for another invoice. This one is still to be paid.'),
    ('instalments', 'not_divided',
     'Questa fattura non si può pagare a rate.',
     'This invoice cannot be paid by instalments.'),
    ('instalments', 'paid',
     'Nel frattempo questa fattura è stata pagata.',
     'This invoice has been paid meanwhile.'),
    ('direct_debit', 'account',
     "Il conto non è intestato a chi ha firmato. Faccia una nuova richiesta con i dati dell'intestatario del conto.",
     'The bank account is not of the person who has signed. Please ask again with the data of its holder.'),
    ('direct_debit', 'bank',
     'La banca non ha accettato il mandato. Chieda il motivo alla sua banca.',
     'The bank has not accepted the mandate. Please ask your bank why.'),
    ('direct_debit_revocation', 'none',
     "Su questo conto contrattuale non c'è una domiciliazione da revocare.",
     'There is no direct debit on this account that could be revoked.'),
    ('personal_data', 'not_shown',
     'Da quello che ci ha mandato la modifica non risulta. Ci mandi un documento che la attesti.',
     'What you sent us does not show the change. Please send us a document that does.'),
    ('mailing_address', 'address',
     'Alle poste questo indirizzo non risulta. Controlli via, numero e CAP.',
     'The post does not know this address. Please check street, number and postcode.'),
    ('supply_closure', 'closed',
     'Questa fornitura è già stata chiusa.',
     'This supply has been closed already.'),
    ('supply_closure', 'access',
     'Il distributore non ha potuto raggiungere il contatore. Faccia una nuova richiesta con un numero a cui trovarla.',
     'The distributor could not come to the meter. Please ask again with a number on which we reach you.'),
    ('change_of_holder', 'not_confirmed',
     "Chi deve subentrare nella fornitura non ce l'ha confermato.",
     'Who is to take the supply over has not confirmed it to us.'),
    ('change_of_holder', 'not_holder',
     "Chi lo chiede non è l'intestatario né chi deve subentrare.",
     'Who asks is neither the holder nor who is to take the supply over.'),
    ('complaint', 'as_agreed',
     'Abbiamo verificato quanto ci ha scritto: tutto si è svolto come prevede il suo contratto.',
     'We have checked what you wrote, and all was done as your contract says.'),
    ('complaint', 'right',
     'Abbiamo controllato la fattura ed è corretta.',
     'We have checked the invoice and it is right.'),
    ('information', 'of_others',
     'Su una fornitura diamo informazioni solo al suo intestatario.',
     'We tell nobody but its holder about a supply.'),
    ('contract', 'holder',
     "Può chiederlo solo l'intestatario del contratto.",
     'Only the holder of the contract can ask for this.'),
    ('contract', 'data',
     'I dati che ci ha inviato non corrispondono a quelli del contratto. La preghiamo di controllarli.',
     'The data that you sent us do not agree with those of your contract. Please check them.'),
    ('', 'papers',
     'Non ci sono arrivati i documenti che le abbiamo chiesto.',
     'The documents that we asked you for have not arrived.'),
    ('', 'twice',
     "Ci ha già chiesto la stessa cosa con un'altra richiesta, che stiamo seguendo.",
     'You have asked us for the same with another request, which we are working on.'),
]


def seed(apps, schema_editor):
    reply = apps.get_model('activities', 'Reply')
    reply.objects.bulk_create(
        reply(kind=kind, use='refuse', code=code, italian=italian, english=english)
        for kind, code, italian, english in SEEDS
    )


class Migration(migrations.Migration):

    dependencies = [
        ('activities', '0024_appointments'),
    ]

    operations = [
        migrations.CreateModel(
            name='Reply',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(blank=True, max_length=40)),
                ('use', models.CharField(choices=[('answer', 'Answer or question to the customer'), ('execute', 'Execution'), ('refuse', 'Refusal')], max_length=10)),
                ('code', models.CharField(max_length=40)),
                ('italian', models.TextField(blank=True)),
                ('english', models.TextField(blank=True)),
                ('version', models.PositiveIntegerField(default=1)),
            ],
            options={
                'verbose_name_plural': 'replies',
                'constraints': [models.UniqueConstraint(fields=('kind', 'code'), name='one_reply_a_kind_and_code'), models.CheckConstraint(condition=models.Q(models.Q(('italian', ''), _negated=True), models.Q(('english', ''), _negated=True), _connector='OR'), name='reply_says_something')],
            },
        ),
        migrations.RunPython(seed, migrations.RunPython.noop, elidable=False),
    ]
