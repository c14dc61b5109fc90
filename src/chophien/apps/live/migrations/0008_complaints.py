"""Complaints have a number to follow, the moment that they are about, and a day to be answered."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

FILL = """
UPDATE live_complaint
SET token = replace(gen_random_uuid()::text, '-', ''), due_at = made_at + interval '7 days';
"""


class Migration(migrations.Migration):
    dependencies = [
        ("live", "0007_viewer_counts"),
        ("catalog", "0005_skus_by_list_price"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.AddField("complaint", "token", models.CharField(default="", max_length=32)),
        migrations.AddField("complaint", "due_at", models.DateTimeField(null=True)),
        migrations.AddField(
            "complaint", "about_at", models.DateTimeField(blank=True, null=True)
        ),
        migrations.AddField(
            "complaint",
            "about_sku",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="catalog.sku",
            ),
        ),
        migrations.AddField(
            "complaint",
            "answered_by",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.AlterField(
            "complaint", "token", models.CharField(max_length=32, unique=True)
        ),
        migrations.AlterField("complaint", "due_at", models.DateTimeField()),
    ]
