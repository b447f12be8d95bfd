"""An order cleared, then claimed again after a payment cancelled, may be cleared again."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("recoveries", "0005_apurement")]

    operations = [
        migrations.AlterField(
            model_name="apurement",
            name="ordre",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="apurements",
                to="recoveries.ordrederecouvrer",
            ),
        ),
    ]
