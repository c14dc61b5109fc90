"""Holds are found by their stall order only, and refer without being checked row by row."""

import django.db.models.deletion
import uuid_utils.compat
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0005_skus_by_list_price'),
        ('inventory', '0002_units_set_aside'),
        ('sellers', '0002_membership'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='hold',
            name='hold_expiring',
        ),
        migrations.AlterField(
            model_name='hold',
            name='id',
            field=models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False),
        ),
        migrations.AlterField(
            model_name='hold',
            name='sku',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='catalog.sku'),
        ),
        migrations.AlterField(
            model_name='hold',
            name='stall',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='sellers.stall'),
        ),
    ]
