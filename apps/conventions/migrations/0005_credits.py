"""Credits of the mandates: how they are funded, credits for payment, day of their notification."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("conventions", "0004_accord_objectif"),
    ]
    operations = [
        migrations.AddField(
            model_name="avenantfinancier",
            name="credits_paiement",
            field=models.DecimalField(
                blank=True,
                decimal_places=2,
                max_digits=14,
                null=True,
                verbose_name="crédits de paiement",
            ),
        ),
        migrations.AddField(
            model_name="avenantfinancier",
            name="notifie_le",
            field=models.DateField(blank=True, null=True, verbose_name="crédits notifiés le"),
        ),
        migrations.AddField(
            model_name="conventionmandat",
            name="modalite",
            field=models.CharField(
                choices=[
                    ("AVANCE_UNIQUE", "Avance unique à la signature"),
                    ("AVANCE_ET_APPELS", "Avance et appels de fonds trimestriels"),
                ],
                default="AVANCE_UNIQUE",
                max_length=16,
                verbose_name="modalité de versement des fonds",
            ),
        ),
    ]
