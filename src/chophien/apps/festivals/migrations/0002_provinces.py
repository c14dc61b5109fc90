"""The country's provinces, of before July 2025 and since."""

import json
from pathlib import Path

from django.db import migrations

DATA = Path(__file__).resolve().parents[1] / "data" / "provinces.json"


def fill(apps, schema_editor):
    document = json.loads(DATA.read_text())
    province = apps.get_model("festivals", "Province")
    former = apps.get_model("festivals", "FormerProvince")
    units = {
        entry["slug"]: province.objects.create(**_fields(entry)) for entry in document["units"]
    }
    former.objects.bulk_create(
        former(**_fields(entry), shape=entry["shape"], province=units[entry["unit"]])
        for entry in document["provinces"]
    )


def _fields(entry):
    names = entry["name"]
    return {
        "slug": entry["slug"],
        "name": names["vi"],
        "name_en": names["en"],
        "name_zh": names["zh"],
        "region": entry["region"],
    }


class Migration(migrations.Migration):
    dependencies = [("festivals", "0001_initial")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
