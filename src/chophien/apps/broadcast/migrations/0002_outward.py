"""Stream keys, destinations outward, and how it goes with them."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('broadcast', '0001_recordings'),
        ('programme', '0002_planning'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Destination',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('platform', models.CharField(choices=[('facebook', 'facebook'), ('youtube', 'youtube'), ('tiktok', 'tiktok'), ('shopee', 'shopee'), ('twitch', 'twitch'), ('custom', 'custom')], max_length=20)),
                ('name', models.CharField(blank=True, max_length=80)),
                ('address', models.CharField(max_length=300)),
                ('sealed_key', models.BinaryField()),
                ('key_hint', models.CharField(blank=True, max_length=4)),
                ('is_on', models.BooleanField(default=True)),
                ('made_at', models.DateTimeField()),
                ('voices_confirmed_at', models.DateTimeField(blank=True, null=True)),
                ('made_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='made_destinations', to=settings.AUTH_USER_MODEL)),
                ('show', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='destinations', to='programme.show')),
                ('voices_confirmed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='confirmed_destinations', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='DestinationState',
            fields=[
                ('destination', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='state', serialize=False, to='broadcast.destination')),
                ('state', models.CharField(max_length=20)),
                ('reported_at', models.DateTimeField()),
                ('connected_at', models.DateTimeField(null=True)),
                ('first_connected_at', models.DateTimeField(null=True)),
                ('connections', models.PositiveIntegerField(default=0)),
                ('sent_bytes', models.PositiveBigIntegerField(default=0)),
                ('dropped_ms', models.PositiveBigIntegerField(default=0)),
                ('queued_ms', models.PositiveIntegerField(default=0)),
                ('video_bps', models.PositiveIntegerField(default=0)),
                ('keyframe_ms', models.PositiveIntegerField(default=0)),
                ('width', models.PositiveIntegerField(default=0)),
                ('height', models.PositiveIntegerField(default=0)),
                ('audio_rate_hz', models.PositiveIntegerField(default=0)),
                ('sizes', models.PositiveIntegerField(default=0)),
                ('fault', models.CharField(blank=True, max_length=30)),
                ('fault_detail', models.CharField(blank=True, max_length=200)),
                ('fault_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='DestinationFault',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=30)),
                ('detail', models.CharField(blank=True, max_length=200)),
                ('at', models.DateTimeField()),
                ('destination', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='faults', to='broadcast.destination')),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='StreamKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(max_length=64, unique=True)),
                ('made_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('ended_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='ended_stream_keys', to=settings.AUTH_USER_MODEL)),
                ('host', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='stream_keys', to='programme.host')),
                ('made_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='made_stream_keys', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.AddConstraint(
            model_name='destination',
            constraint=models.CheckConstraint(condition=models.Q(('platform__in', ['facebook', 'youtube', 'tiktok', 'shopee', 'twitch', 'custom'])), name='destination_platform_known'),
        ),
        migrations.AddConstraint(
            model_name='destination',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('voices_confirmed_at__isnull', True), ('voices_confirmed_by__isnull', True)), models.Q(('voices_confirmed_at__isnull', False), ('voices_confirmed_by__isnull', False)), _connector='OR'), name='destination_confirmed_by_somebody'),
        ),
        migrations.AddIndex(
            model_name='destinationfault',
            index=models.Index(fields=['destination', '-id'], name='fault_by_destination'),
        ),
        migrations.AddConstraint(
            model_name='streamkey',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('host',), name='stream_key_one_of_host'),
        ),
        migrations.AddConstraint(
            model_name='streamkey',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', True), ('ended_by__isnull', True)), models.Q(('ended_at__isnull', False), ('ended_by__isnull', False)), _connector='OR'), name='stream_key_ended_by_somebody'),
        ),
    ]
