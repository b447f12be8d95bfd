"""Bank details take effect after a delay, may be contested meanwhile; urgency is a third's act."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q

ETATS = [
    ("PROPOSEE", "Proposées, à contrôler"),
    ("CONTROLEE", "Contrôlées, pas encore en service"),
    ("ACTIVE", "Actives"),
    ("GELEE", "Gelées après une contestation"),
    ("CONTESTEE", "Contestées par la structure"),
    ("REMPLACEE", "Remplacées"),
    ("REJETEE", "Rejetées"),
]


class Migration(migrations.Migration):
    dependencies = [("siae", "0004_nir")]

    operations = [
        migrations.AlterField(
            "coordonneesbancaires",
            "etat",
            models.CharField(choices=ETATS, default="PROPOSEE", max_length=9),
        ),
        migrations.AddField(
            "coordonneesbancaires",
            "effet_le",
            models.DateField("en service le", blank=True, null=True),
        ),
        migrations.AddField(
            "coordonneesbancaires",
            "dispense_par",
            models.ForeignKey(
                settings.AUTH_USER_MODEL,
                django.db.models.deletion.PROTECT,
                blank=True,
                null=True,
                related_name="+",
            ),
        ),
        migrations.AddField(
            "coordonneesbancaires",
            "motif_dispense",
            models.CharField(blank=True, max_length=300),
        ),
        migrations.RemoveConstraint("coordonneesbancaires", "siae_one_active_bank"),
        migrations.AddConstraint(
            "coordonneesbancaires",
            models.UniqueConstraint(
                fields=["structure"],
                condition=Q(etat__in=["ACTIVE", "GELEE"]),
                name="siae_one_active_bank",
            ),
        ),
        migrations.RemoveConstraint("coordonneesbancaires", "siae_bank_active_is_checked"),
        migrations.AddConstraint(
            "coordonneesbancaires",
            models.CheckConstraint(
                condition=~Q(etat__in=["CONTROLEE", "ACTIVE", "GELEE"])
                | Q(controle_par__isnull=False),
                name="siae_bank_active_is_checked",
            ),
        ),
        migrations.AddConstraint(
            "coordonneesbancaires",
            models.CheckConstraint(
                condition=~Q(etat="CONTROLEE") | Q(effet_le__isnull=False),
                name="siae_bank_effect_is_dated",
            ),
        ),
        migrations.AddConstraint(
            "coordonneesbancaires",
            models.CheckConstraint(
                condition=Q(dispense_par__isnull=True, motif_dispense="")
                | ~Q(motif_dispense="")
                & Q(controle_par__isnull=False)
                & ~Q(dispense_par=F("propose_par"))
                & ~Q(dispense_par=F("controle_par")),
                name="siae_bank_waiver_by_a_third",
            ),
        ),
    ]
