"""Draws, their seeds, entrants and wins; gifts of stalls; countdowns and milestones."""

import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('catalog', '0005_skus_by_list_price'),
        ('live', '0006_coupon_drops'),
        ('orders', '0006_names_and_guards'),
        ('programme', '0001_initial'),
        ('promotions', '0005_lean_rows'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Draw',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('draw', 'lucky draw'), ('gift', 'surprise gift')], max_length=5)),
                ('prize', models.CharField(max_length=120)),
                ('rule', models.JSONField()),
                ('winners', models.PositiveSmallIntegerField()),
                ('terms', models.TextField()),
                ('steps', models.PositiveIntegerField()),
                ('promise', models.CharField(max_length=64, unique=True)),
                ('opens_at', models.DateTimeField()),
                ('closes_at', models.DateTimeField()),
                ('frozen_at', models.DateTimeField(blank=True, null=True)),
                ('entries_digest', models.CharField(blank=True, max_length=64)),
                ('entrant_count', models.PositiveIntegerField(default=0)),
                ('drawn_at', models.DateTimeField(blank=True, null=True)),
                ('seed', models.CharField(blank=True, max_length=64)),
                ('mixed', models.CharField(blank=True, max_length=64)),
                ('called_off_at', models.DateTimeField(blank=True, null=True)),
                ('called_off_why', models.CharField(blank=True, max_length=120)),
                ('coupon', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='promotions.coupon')),
                ('made_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL)),
                ('room', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='draws', to='live.room')),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='SealedSeed',
            fields=[
                ('draw', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, serialize=False, to='draws.draw')),
                ('seed', models.CharField(max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name='Entrant',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('receipt', models.CharField(max_length=32)),
                ('maker', models.CharField(choices=[('device', "the person's device"), ('fair', 'the fair, for who came without a script')], max_length=6)),
                ('joined_at', models.DateTimeField()),
                ('missing', models.CharField(blank=True, max_length=80)),
                ('place', models.PositiveIntegerField(blank=True, null=True)),
                ('draw', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='entrants', to='draws.draw')),
                ('user', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='GiftOffer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('count', models.PositiveIntegerField()),
                ('left', models.PositiveIntegerField()),
                ('made_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('made_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL)),
                ('show', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='gift_offers', to='programme.show')),
                ('sku', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='gift_offers', to='catalog.sku')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.AddField(
            model_name='draw',
            name='offer',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='draws', to='draws.giftoffer'),
        ),
        migrations.CreateModel(
            name='Milestone',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('measure', models.CharField(choices=[('likes', 'likes'), ('viewers', 'viewers'), ('orders', 'orders'), ('sales', 'sales')], max_length=7)),
                ('threshold', models.PositiveBigIntegerField()),
                ('reached_at', models.DateTimeField(blank=True, null=True)),
                ('counted', models.PositiveBigIntegerField(blank=True, null=True)),
                ('show', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='milestones', to='programme.show')),
            ],
            options={
                'ordering': ['measure', 'threshold'],
            },
        ),
        migrations.CreateModel(
            name='Watch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=32)),
                ('watched_ms', models.PositiveBigIntegerField(default=0)),
                ('first_at', models.DateTimeField()),
                ('last_at', models.DateTimeField()),
                ('show', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='watches', to='programme.show')),
                ('user', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Win',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('state', models.CharField(choices=[('told', 'told'), ('claimed', 'claimed'), ('passed_on', 'passed_on'), ('expired', 'expired')], default='told', max_length=9)),
                ('told_at', models.DateTimeField()),
                ('deadline_at', models.DateTimeField()),
                ('settled_at', models.DateTimeField(blank=True, null=True)),
                ('is_reminded', models.BooleanField(default=False)),
                ('order', models.UUIDField(blank=True, null=True)),
                ('sent_at', models.DateTimeField(blank=True, null=True)),
                ('address', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='orders.savedaddress')),
                ('draw', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='wins', to='draws.draw')),
                ('entrant', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='win', to='draws.entrant')),
                ('held', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='promotions.walletcoupon')),
            ],
            options={
                'ordering': ['entrant__place'],
            },
        ),
        migrations.CreateModel(
            name='Countdown',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('words', 'to what its words say'), ('pin', 'to the next product, which is then put on air'), ('drop', 'to a coupon, which then falls')], max_length=5)),
                ('text', models.CharField(blank=True, max_length=120)),
                ('lasts_s', models.PositiveIntegerField(default=0)),
                ('count_max', models.PositiveIntegerField(blank=True, null=True)),
                ('made_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('done_at', models.DateTimeField(blank=True, null=True)),
                ('coupon', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='promotions.coupon')),
                ('made_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL)),
                ('room', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='countdowns', to='live.room')),
                ('sku', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, to='catalog.sku')),
            ],
            options={
                'ordering': ['-id'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('done_at__isnull', True)), fields=('room',), name='one_countdown_at_a_time'), models.CheckConstraint(condition=models.Q(models.Q(('coupon__isnull', True), ('kind', 'words'), ('sku__isnull', True), models.Q(('text', ''), _negated=True)), models.Q(('coupon__isnull', True), ('kind', 'pin'), ('sku__isnull', False)), models.Q(('coupon__isnull', False), ('kind', 'drop'), ('lasts_s__gte', 1), ('sku__isnull', True)), _connector='OR'), name='countdown_has_its_goal')],
            },
        ),
        migrations.AddConstraint(
            model_name='entrant',
            constraint=models.UniqueConstraint(fields=('draw', 'user'), name='draw_once_a_person'),
        ),
        migrations.AddConstraint(
            model_name='entrant',
            constraint=models.UniqueConstraint(fields=('draw', 'receipt'), name='draw_receipt_once'),
        ),
        migrations.AddConstraint(
            model_name='entrant',
            constraint=models.UniqueConstraint(fields=('draw', 'place'), name='draw_place_once'),
        ),
        migrations.AddConstraint(
            model_name='entrant',
            constraint=models.CheckConstraint(condition=models.Q(('place__isnull', True), ('missing', ''), _connector='OR'), name='draw_place_needs_all'),
        ),
        migrations.AddConstraint(
            model_name='giftoffer',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('show', 'sku'), name='gift_offer_once'),
        ),
        migrations.AddConstraint(
            model_name='giftoffer',
            constraint=models.CheckConstraint(condition=models.Q(('left__lte', models.F('count'))), name='gift_not_overgiven'),
        ),
        migrations.AddIndex(
            model_name='draw',
            index=models.Index(condition=models.Q(('called_off_at__isnull', True), ('drawn_at__isnull', True)), fields=['closes_at'], name='draw_under_way'),
        ),
        migrations.AddConstraint(
            model_name='draw',
            constraint=models.UniqueConstraint(condition=models.Q(('called_off_at__isnull', True), ('drawn_at__isnull', True)), fields=('room',), name='one_draw_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='draw',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('drawn_at__isnull', True), ('seed', '')), models.Q(models.Q(('seed', ''), _negated=True), ('drawn_at__isnull', False)), _connector='OR'), name='draw_seed_told_when_drawn'),
        ),
        migrations.AddConstraint(
            model_name='draw',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('entries_digest', ''), ('frozen_at__isnull', True)), models.Q(('frozen_at__gte', models.F('closes_at')), models.Q(('entries_digest', ''), _negated=True)), _connector='OR'), name='draw_frozen_when_closed'),
        ),
        migrations.AddConstraint(
            model_name='draw',
            constraint=models.CheckConstraint(condition=models.Q(('drawn_at__isnull', True), ('drawn_at__gt', models.F('frozen_at')), _connector='OR'), name='draw_drawn_after_frozen'),
        ),
        migrations.AddConstraint(
            model_name='draw',
            constraint=models.CheckConstraint(condition=models.Q(('called_off_at__isnull', True), models.Q(('frozen_at__isnull', True), models.Q(('called_off_why', ''), _negated=True)), _connector='OR'), name='draw_called_off_before_frozen'),
        ),
        migrations.AddConstraint(
            model_name='draw',
            constraint=models.CheckConstraint(condition=models.Q(('closes_at__gt', models.F('opens_at')), ('winners__gte', 1)), name='draw_not_empty'),
        ),
        migrations.AddConstraint(
            model_name='draw',
            constraint=models.CheckConstraint(condition=models.Q(('coupon__isnull', True), ('offer__isnull', True), _connector='OR'), name='draw_one_prize'),
        ),
        migrations.AddConstraint(
            model_name='milestone',
            constraint=models.UniqueConstraint(fields=('show', 'measure', 'threshold'), name='milestone_once'),
        ),
        migrations.AddConstraint(
            model_name='milestone',
            constraint=models.CheckConstraint(condition=models.Q(('threshold__gte', 1)), name='milestone_not_zero'),
        ),
        migrations.AddConstraint(
            model_name='milestone',
            constraint=models.CheckConstraint(condition=models.Q(('reached_at__isnull', True), ('counted__gte', models.F('threshold')), _connector='OR'), name='milestone_reached_by_count'),
        ),
        migrations.AddConstraint(
            model_name='watch',
            constraint=models.UniqueConstraint(fields=('show', 'user'), name='watch_once'),
        ),
        migrations.AddIndex(
            model_name='win',
            index=models.Index(condition=models.Q(('state', 'told')), fields=['deadline_at'], name='win_waits_for_claim'),
        ),
        migrations.AddConstraint(
            model_name='win',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['told', 'claimed', 'passed_on', 'expired'])), name='win_state_known'),
        ),
        migrations.AddConstraint(
            model_name='win',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('settled_at__isnull', True), ('state', 'told')), models.Q(models.Q(('state', 'told'), _negated=True), ('settled_at__isnull', False)), _connector='OR'), name='win_settled_at'),
        ),
    ]
