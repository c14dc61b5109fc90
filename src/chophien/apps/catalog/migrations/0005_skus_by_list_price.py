from django.db import migrations, models


class Migration(migrations.Migration):
    """Goods near a price are found by walking along the list price."""

    dependencies = [("catalog", "0004_reference_price_is_read_from_history")]
    operations = [
        migrations.AddIndex(
            model_name="sku",
            index=models.Index(fields=["list_price_minor", "id"], name="sku_by_list_price"),
        ),
    ]
