"""Payments refer without being checked row by row; ids in order of time."""

import django.db.models.deletion
import uuid_utils.compat
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0005_lean_rows'),
        ('payments', '0003_refund_subsidy'),
        ('sellers', '0002_membership'),
    ]

    operations = [
        migrations.AlterField(
            model_name='payment',
            name='id',
            field=models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False),
        ),
        migrations.AlterField(
            model_name='payment',
            name='reference',
            field=models.CharField(max_length=20),
        ),
        migrations.AlterField(
            model_name='payment',
            name='stall',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='sellers.stall'),
        ),
        migrations.AlterField(
            model_name='payment',
            name='stall_order',
            field=models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to='orders.stallorder'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.UniqueConstraint(fields=('reference',), name='payment_reference_once'),
        ),
    ]
