import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("broadcast", "0002_outward")]
    operations = [
        migrations.CreateModel(
            name="OnAir",
            fields=[
                ("show", models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name="on_air", serialize=False, to="programme.show")),
                ("state", models.CharField(choices=[("waiting", "Waiting"), ("live", "Live"), ("slate", "Slate"), ("ended", "Ended")], max_length=10)),
                ("source", models.CharField(blank=True, max_length=10)),
                ("since", models.DateTimeField()),
                ("on_air_since", models.DateTimeField(blank=True, null=True)),
                ("bitrate_bps", models.PositiveIntegerField(default=0)),
                ("epochs", models.PositiveIntegerField(default=0)),
                ("fault", models.CharField(blank=True, max_length=30)),
                ("reported_at", models.DateTimeField()),
            ],
        ),
        # Written every few seconds, and worth nothing once the media process is gone.
        migrations.RunSQL(
            "ALTER TABLE broadcast_onair SET UNLOGGED;", "ALTER TABLE broadcast_onair SET LOGGED;"
        ),
    ]
