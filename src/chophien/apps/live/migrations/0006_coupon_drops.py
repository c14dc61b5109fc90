"""Coupons that are dropped in rooms, and who took them."""


import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('live', '0005_every_kind_of_price'),
        ('promotions', '0003_prices_are_history'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CouponDrop',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('dropped_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('count_max', models.PositiveIntegerField(blank=True, null=True)),
                ('claimed', models.PositiveIntegerField(default=0)),
                ('coupon', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='drops', to='promotions.coupon')),
                ('dropped_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL)),
                ('room', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='drops', to='live.room')),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='DropClaim',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('claimed_at', models.DateTimeField()),
                ('drop', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='claims', to='live.coupondrop')),
                ('held', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, to='promotions.walletcoupon')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.AddIndex(
            model_name='coupondrop',
            index=models.Index(fields=['room', 'ends_at'], name='drop_by_room'),
        ),
        migrations.AddConstraint(
            model_name='coupondrop',
            constraint=models.CheckConstraint(condition=models.Q(('ends_at__gte', models.F('dropped_at'))), name='drop_ends_after_start'),
        ),
        migrations.AddConstraint(
            model_name='coupondrop',
            constraint=models.CheckConstraint(condition=models.Q(('count_max__isnull', True), ('claimed__lte', models.F('count_max')), _connector='OR'), name='drop_not_overclaimed'),
        ),
        migrations.AddConstraint(
            model_name='dropclaim',
            constraint=models.UniqueConstraint(fields=('drop', 'user'), name='drop_claimed_once'),
        ),
    ]
