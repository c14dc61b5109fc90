"""Rows of orders that cost little to write: fewer indexes, shared documents, ids in order of time."""

import django.db.models.deletion
import django.db.models.expressions
import uuid_utils.compat
from django.conf import settings
from django.db import migrations, models


KEEP_DOCUMENTS = """
INSERT INTO orders_pricedrequest (digest, request, quote)
SELECT DISTINCT ON (digest) digest, request, quote
FROM (SELECT md5(request::text || quote::text) AS digest, request, quote FROM orders_order) o;
UPDATE orders_order o SET priced_id = p.id
FROM orders_pricedrequest p WHERE p.digest = md5(o.request::text || o.quote::text);
"""


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0005_skus_by_list_price'),
        ('festivals', '0006_coupon_limits'),
        ('orders', '0004_festival_subsidy'),
        ('programme', '0001_initial'),
        ('promotions', '0005_lean_rows'),
        ('sellers', '0002_membership'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Numbering',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.BinaryField(max_length=32)),
            ],
        ),
        migrations.CreateModel(
            name='PricedRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(max_length=64, unique=True)),
                ('request', models.JSONField(default=dict)),
                ('quote', models.JSONField()),
            ],
        ),
        migrations.CreateModel(
            name='ReadyQuote',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('quantity', models.PositiveIntegerField()),
                ('price_kind', models.CharField(max_length=10)),
                ('unit_minor', models.PositiveBigIntegerField()),
                ('goods_minor', models.PositiveBigIntegerField()),
                ('shipping_minor', models.PositiveBigIntegerField()),
                ('subsidy_minor', models.PositiveBigIntegerField(default=0)),
                ('due_minor', models.PositiveBigIntegerField()),
                ('name_vi', models.CharField(max_length=160)),
                ('unit_vi', models.CharField(max_length=60)),
                ('bank_bin', models.CharField(max_length=6)),
                ('bank_account', models.CharField(max_length=19)),
                ('uses', models.JSONField(default=dict)),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('retired_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='SavedAddress',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('recipient', models.CharField(max_length=80)),
                ('phone', models.CharField(max_length=11)),
                ('buyer_key', models.CharField(max_length=70)),
                ('ward', models.CharField(max_length=80)),
                ('street', models.CharField(max_length=160)),
                ('note', models.CharField(blank=True, max_length=300)),
                ('made_at', models.DateTimeField()),
                ('removed_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.AlterField(
            model_name='order',
            name='festival',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='festivals.festival'),
        ),
        migrations.AlterField(
            model_name='order',
            name='id',
            field=models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False),
        ),
        migrations.AlterField(
            model_name='order',
            name='number',
            field=models.CharField(max_length=12),
        ),
        migrations.AlterField(
            model_name='order',
            name='province',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='festivals.province'),
        ),
        migrations.AlterField(
            model_name='order',
            name='token',
            field=models.CharField(max_length=40),
        ),
        migrations.AlterField(
            model_name='order',
            name='user',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='orderline',
            name='show',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, to='programme.show'),
        ),
        migrations.AlterField(
            model_name='orderline',
            name='sku',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to='catalog.sku'),
        ),
        migrations.AlterField(
            model_name='orderline',
            name='stall_order',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='orders.stallorder'),
        ),
        migrations.AlterField(
            model_name='stallorder',
            name='id',
            field=models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False),
        ),
        migrations.AlterField(
            model_name='stallorder',
            name='order',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='stall_orders', to='orders.order'),
        ),
        migrations.AlterField(
            model_name='stallorder',
            name='stall',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='sellers.stall'),
        ),
        migrations.AddIndex(
            model_name='orderline',
            index=models.Index(condition=models.Q(('show__isnull', False)), fields=['show'], name='order_line_by_show'),
        ),
        migrations.AddField(
            model_name='order',
            name='priced',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='orders.pricedrequest'),
        ),
        migrations.RunSQL(KEEP_DOCUMENTS, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name='order',
            name='priced',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='orders.pricedrequest'),
        ),
        migrations.RemoveField(
            model_name='order',
            name='quote',
        ),
        migrations.RemoveField(
            model_name='order',
            name='request',
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.UniqueConstraint(fields=('number',), name='order_number_once'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.UniqueConstraint(fields=('token',), name='order_token_once'),
        ),
        migrations.AddField(
            model_name='readyquote',
            name='festival',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='festivals.festival'),
        ),
        migrations.AddField(
            model_name='readyquote',
            name='price',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='promotions.offeredprice'),
        ),
        migrations.AddField(
            model_name='readyquote',
            name='priced',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='orders.pricedrequest'),
        ),
        migrations.AddField(
            model_name='readyquote',
            name='sku',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='catalog.sku'),
        ),
        migrations.AddField(
            model_name='readyquote',
            name='stall',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='sellers.stall'),
        ),
        migrations.AddField(
            model_name='savedaddress',
            name='province',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='festivals.province'),
        ),
        migrations.AddField(
            model_name='savedaddress',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='addresses', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddIndex(
            model_name='readyquote',
            index=models.Index(condition=models.Q(('retired_at__isnull', True)), fields=['sku', 'quantity', 'ends_at'], name='ready_quote_in_use'),
        ),
        migrations.AddConstraint(
            model_name='readyquote',
            constraint=models.CheckConstraint(condition=models.Q(('due_minor', django.db.models.expressions.CombinedExpression(models.F('goods_minor'), '+', models.F('shipping_minor')))), name='ready_quote_due_explained'),
        ),
        migrations.AddConstraint(
            model_name='readyquote',
            constraint=models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='ready_quote_window_not_empty'),
        ),
    ]
