"""Codes of goods, and orders written in the chat."""

import django.db.models.deletion
import uuid
import uuid_utils.compat
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('catalog', '0005_skus_by_list_price'),
        ('live', '0006_coupon_drops'),
        ('orders', '0006_names_and_guards'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='DraftOrder',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
                ('token', models.UUIDField(default=uuid.uuid4, unique=True)),
                ('code', models.CharField(max_length=7)),
                ('quantity', models.PositiveSmallIntegerField()),
                ('writer', models.CharField(max_length=160)),
                ('name', models.CharField(max_length=80)),
                ('platform', models.CharField(blank=True, max_length=20)),
                ('phone', models.CharField(blank=True, max_length=11)),
                ('state', models.CharField(choices=[('draft', 'draft'), ('confirmed', 'confirmed'), ('ordered', 'ordered'), ('dropped', 'dropped')], default='draft', max_length=10)),
                ('said_count', models.PositiveIntegerField(default=1)),
                ('said_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('confirmed_at', models.DateTimeField(blank=True, null=True)),
                ('cart_id', models.UUIDField(blank=True, null=True)),
                ('order', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.order')),
                ('room', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='drafts', to='live.room')),
                ('sku', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.sku')),
                ('user', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-id'],
                'indexes': [models.Index(fields=['room', '-said_at'], name='draft_by_room'), models.Index(fields=['cart_id'], name='draft_by_cart')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state__in', ['draft', 'confirmed'])), fields=('room', 'writer', 'sku'), name='draft_once'), models.CheckConstraint(condition=models.Q(('quantity__gte', 1)), name='draft_of_something'), models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'confirmed', 'ordered', 'dropped'])), name='draft_state_known')],
            },
        ),
        migrations.CreateModel(
            name='OrderCode',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=7)),
                ('room', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='order_codes', to='live.room')),
                ('sku', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='catalog.sku')),
            ],
            options={
                'ordering': ['id'],
                'constraints': [models.UniqueConstraint(fields=('room', 'sku'), name='order_code_of_sku_once'), models.UniqueConstraint(fields=('room', 'code'), name='order_code_once')],
            },
        ),
    ]
