"""What an archived file was outlives it: its name and its SHA-256 stay on the row of its date."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0001_initial"),
        ("dashboards", "0002_encadrement"),
    ]

    operations = [
        migrations.AddField(
            model_name="envoi",
            name="nom",
            field=models.CharField(blank=True, max_length=200, verbose_name="nom du fichier"),
        ),
        migrations.AddField(
            model_name="envoi",
            name="sha256",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AlterField(
            model_name="envoi",
            name="fichier",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="core.fichier",
            ),
        ),
    ]
