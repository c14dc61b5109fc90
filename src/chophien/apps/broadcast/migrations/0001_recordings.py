"""Recordings, and what was pinned when."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


NOTE_PINNED = """
CREATE FUNCTION broadcast_note_pinned() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO broadcast_pinnedmoment (show_id, sku_id, pinned_at)
    VALUES (NEW.show_id, NEW.pinned_id, clock_timestamp() + fair_offset());
    RETURN NULL;
END $$;
CREATE TRIGGER broadcast_first_pinned AFTER INSERT ON live_room FOR EACH ROW
    WHEN (NEW.pinned_id IS NOT NULL) EXECUTE FUNCTION broadcast_note_pinned();
CREATE TRIGGER broadcast_pinned AFTER UPDATE OF pinned_id ON live_room FOR EACH ROW
    WHEN (NEW.pinned_id IS DISTINCT FROM OLD.pinned_id) EXECUTE FUNCTION broadcast_note_pinned();
"""
FORGET_PINNED = """
DROP TRIGGER broadcast_pinned ON live_room;
DROP TRIGGER broadcast_first_pinned ON live_room;
DROP FUNCTION broadcast_note_pinned();
"""


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('catalog', '0005_skus_by_list_price'),
        ('festivals', '0005_fair_clock'),
        ('live', '0006_coupon_drops'),
        ('programme', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Recording',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('duration_ms', models.PositiveBigIntegerField()),
                ('size_bytes', models.PositiveBigIntegerField()),
                ('deleted_at', models.DateTimeField(blank=True, null=True)),
                ('deletion_reason', models.CharField(blank=True, max_length=300)),
                ('deleted_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL)),
                ('show', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='recording', to='programme.show')),
            ],
            options={
                'ordering': ['-starts_at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='RecordedStretch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position_ms', models.PositiveBigIntegerField()),
                ('starts_at', models.DateTimeField()),
                ('duration_ms', models.PositiveBigIntegerField()),
                ('recording', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='stretches', to='broadcast.recording')),
            ],
            options={
                'ordering': ['recording', 'position_ms'],
            },
        ),
        migrations.CreateModel(
            name='PinnedMoment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('pinned_at', models.DateTimeField()),
                ('show', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='pinned_moments', to='programme.show')),
                ('sku', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, to='catalog.sku')),
            ],
            options={
                'ordering': ['show', 'pinned_at', 'id'],
                'indexes': [models.Index(fields=['show', 'pinned_at'], name='pinned_by_show')],
            },
        ),
        migrations.AddIndex(
            model_name='recording',
            index=models.Index(condition=models.Q(('deleted_at__isnull', True)), fields=['ends_at'], name='recording_kept_by_end'),
        ),
        migrations.AddConstraint(
            model_name='recording',
            constraint=models.CheckConstraint(condition=models.Q(('deleted_at__isnull', True), models.Q(('deletion_reason', ''), _negated=True), _connector='OR'), name='recording_deleted_for_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='recordedstretch',
            constraint=models.UniqueConstraint(fields=('recording', 'position_ms'), name='stretch_place_once'),
        ),
        migrations.RunSQL(NOTE_PINNED, FORGET_PINNED),
    ]
