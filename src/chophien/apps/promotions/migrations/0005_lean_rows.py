"""A buyer's key takes a third of the room: 128 bits of the phone's fingerprint are plenty."""

import django.db.models.deletion
from django.db import migrations, models


SHORTEN = """
UPDATE {table} SET buyer = 'p:' || rtrim(
    translate(encode(decode(substr(buyer, 3, 32), 'hex'), 'base64'), '+/', '-_'), '=')
WHERE buyer ~ '^p:[0-9a-f]{{64}}$';
"""


class Migration(migrations.Migration):

    dependencies = [
        ('promotions', '0004_takedowns_refusals_handouts'),
    ]

    operations = [
        migrations.AlterField(
            model_name='priceuse',
            name='price',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='uses', to='promotions.offeredprice'),
        ),
        *[
            migrations.RunSQL(SHORTEN.format(table=table), migrations.RunSQL.noop)
            for table in ('promotions_priceuse', 'promotions_presaleuse')
        ],
    ]
