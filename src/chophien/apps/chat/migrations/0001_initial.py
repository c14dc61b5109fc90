"""What is said in rooms, and who keeps order."""

import django.db.models.deletion
import uuid_utils.compat
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('festivals', '0006_coupon_limits'),
        ('live', '0009_viewer_minutes'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ChatMessage',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
                ('said_at', models.DateTimeField()),
                ('writer', models.CharField(max_length=160)),
                ('name', models.CharField(max_length=80)),
                ('kind', models.CharField(choices=[('viewer', 'viewer'), ('guest', 'guest'), ('host', 'host'), ('moderator', 'moderator'), ('organiser', 'organiser'), ('outside', 'of another platform')], max_length=12)),
                ('platform', models.CharField(blank=True, max_length=20)),
                ('outside_id', models.CharField(blank=True, default='', max_length=200)),
                ('text', models.CharField(max_length=2000)),
                ('state', models.CharField(choices=[('shown', 'shown'), ('held', 'held for a moderator'), ('removed', 'removed')], max_length=8)),
                ('why', models.CharField(blank=True, max_length=40)),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('decided_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('room', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='live.room')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='Likes',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('count', models.PositiveBigIntegerField(default=0)),
                ('room', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='likes', to='live.room')),
            ],
        ),
        migrations.CreateModel(
            name='ListedWord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('phrase', models.CharField(max_length=80)),
                ('action', models.CharField(choices=[('refuse', 'refuse'), ('hold', 'hold'), ('mask', 'mask')], max_length=8)),
                ('added_at', models.DateTimeField()),
                ('added_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('festival', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='festivals.festival')),
                ('room', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='listed_words', to='live.room')),
            ],
            options={
                'ordering': ['phrase', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Moderator',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('named_at', models.DateTimeField()),
                ('named_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('room', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='moderators', to='live.room')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='Mute',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('writer', models.CharField(max_length=160)),
                ('name', models.CharField(max_length=80)),
                ('made_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('lifted_at', models.DateTimeField(blank=True, null=True)),
                ('festival', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='festivals.festival')),
                ('lifted_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('made_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('room', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='mutes', to='live.room')),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='OutsideFeed',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('platform', models.CharField(choices=[('youtube', 'YouTube'), ('facebook', 'Facebook'), ('handed_in', "handed in by a partner's tool")], max_length=20)),
                ('label', models.CharField(max_length=20)),
                ('video_id', models.CharField(blank=True, max_length=120)),
                ('sealed_token', models.BinaryField(blank=True, default=b'')),
                ('key_number', models.PositiveIntegerField(default=1)),
                ('cursor', models.CharField(blank=True, max_length=500)),
                ('ask_at', models.DateTimeField()),
                ('is_on', models.BooleanField(default=True)),
                ('fault', models.CharField(blank=True, max_length=200)),
                ('fault_count', models.PositiveIntegerField(default=0)),
                ('heard_at', models.DateTimeField(blank=True, null=True)),
                ('heard_count', models.PositiveIntegerField(default=0)),
                ('added_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('room', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='outside_feeds', to='live.room')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='PinnedNotice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.CharField(max_length=300)),
                ('pinned_at', models.DateTimeField()),
                ('taken_down_at', models.DateTimeField(blank=True, null=True)),
                ('pinned_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('room', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='chat_notices', to='live.room')),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='Report',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reporter', models.CharField(max_length=160)),
                ('reason', models.CharField(max_length=20)),
                ('made_at', models.DateTimeField()),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
                ('closed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('message', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='reports', to='chat.chatmessage')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='RoomRules',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slow_s', models.PositiveSmallIntegerField(default=0)),
                ('is_closed', models.BooleanField(default=False)),
                ('links', models.CharField(choices=[('refuse', 'refuse'), ('hold', 'hold'), ('allow', 'allow')], default='refuse', max_length=8)),
                ('changed_at', models.DateTimeField()),
                ('changed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('room', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='chat_rules', to='live.room')),
            ],
        ),
        migrations.AddIndex(
            model_name='chatmessage',
            index=models.Index(fields=['room', '-id'], name='message_by_room'),
        ),
        migrations.AddIndex(
            model_name='chatmessage',
            index=models.Index(condition=models.Q(('state', 'held')), fields=['room', '-id'], name='message_held'),
        ),
        migrations.AddIndex(
            model_name='chatmessage',
            index=models.Index(fields=['said_at'], name='message_by_time'),
        ),
        migrations.AddConstraint(
            model_name='chatmessage',
            constraint=models.UniqueConstraint(condition=models.Q(('outside_id', ''), _negated=True), fields=('room', 'platform', 'outside_id'), name='message_outside_once'),
        ),
        migrations.AddConstraint(
            model_name='chatmessage',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['shown', 'held', 'removed'])), name='message_state_known'),
        ),
        migrations.AddConstraint(
            model_name='listedword',
            constraint=models.UniqueConstraint(fields=('festival', 'room', 'phrase'), name='word_once', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='moderator',
            constraint=models.UniqueConstraint(fields=('room', 'user'), name='moderator_once'),
        ),
        migrations.AddIndex(
            model_name='mute',
            index=models.Index(fields=['festival', 'ends_at'], name='mute_by_festival'),
        ),
        migrations.AddConstraint(
            model_name='mute',
            constraint=models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('made_at'))), name='mute_ends_after_start'),
        ),
        migrations.AddIndex(
            model_name='outsidefeed',
            index=models.Index(condition=models.Q(('is_on', True)), fields=['ask_at'], name='feed_due'),
        ),
        migrations.AddConstraint(
            model_name='pinnednotice',
            constraint=models.UniqueConstraint(condition=models.Q(('taken_down_at__isnull', True)), fields=('room',), name='notice_one_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='report',
            constraint=models.UniqueConstraint(fields=('message', 'reporter'), name='reported_once'),
        ),
    ]
