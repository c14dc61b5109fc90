from django.db import migrations


class Migration(migrations.Migration):
    """`reference_price` of promotions.0003 stands in for the column that anyone could set."""

    dependencies = [
        ("catalog", "0003_cost_and_promotion_ban"),
        ("live", "0005_every_kind_of_price"),
    ]
    operations = [migrations.RemoveField(model_name="sku", name="reference_price_minor")]
