"""An individual entrepreneur may run an EI or an ETTI: the rare natural person among debtors."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("siae", "0002_fiche_complete"),
    ]

    operations = [
        migrations.AlterField(
            model_name="structure",
            name="forme_juridique",
            field=models.CharField(
                choices=[
                    ("ASSOCIATION", "Association"),
                    ("CCAS", "CCAS"),
                    ("CIAS", "CIAS"),
                    ("OBNL", "Organisme de droit privé à but non lucratif"),
                    ("EPCI", "EPCI"),
                    ("COMMUNE", "Commune"),
                    ("DEPARTEMENT", "Département"),
                    ("CHAMBRE_AGRI", "Chambre d’agriculture"),
                    ("SYNDICAT", "Syndicat mixte"),
                    ("EPLE", "Établissement d’enseignement professionnel ou agricole de l’État"),
                    ("ONF", "Office national des forêts"),
                    ("SOCIETE", "Société commerciale"),
                    ("INDIVIDUELLE", "Entrepreneur individuel"),
                ],
                max_length=12,
                verbose_name="forme juridique",
            ),
        ),
    ]
