from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("dashboards", "0003_fichiers_nominatifs")]

    operations = [
        migrations.RemoveConstraint("bilanemis", "dashboards_bilan_once_per_run"),
        migrations.AddConstraint(
            "bilanemis",
            models.UniqueConstraint(
                condition=models.Q(("nature", "OBJECTIFS"), _negated=True),
                fields=("annexe", "nature", "trimestre", "campagne"),
                name="dashboards_bilan_once_per_run",
            ),
        ),
    ]
