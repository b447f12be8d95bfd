"""Seals of the journal: one row per batch of entries, each bound to the one before; append-only."""

from django.db import migrations, models

APPEND_ONLY = """
CREATE TRIGGER journal_scelle_append_only BEFORE UPDATE OR DELETE ON journal_scelle
    FOR EACH ROW EXECUTE FUNCTION journal_refuse_change();
CREATE TRIGGER journal_scelle_no_truncate BEFORE TRUNCATE ON journal_scelle
    FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse_change();
"""
UNDO = """
DROP TRIGGER journal_scelle_append_only ON journal_scelle;
DROP TRIGGER journal_scelle_no_truncate ON journal_scelle;
"""


class Migration(migrations.Migration):
    dependencies = [("journal", "0003_empreintes")]
    operations = [
        migrations.CreateModel(
            name="Scelle",
            fields=[
                (
                    "numero",
                    models.PositiveIntegerField(
                        primary_key=True, serialize=False, verbose_name="numéro"
                    ),
                ),
                ("de", models.BigIntegerField(verbose_name="à partir de l’entrée")),
                ("a", models.BigIntegerField(unique=True, verbose_name="jusqu’à l’entrée")),
                ("nombre", models.PositiveIntegerField(verbose_name="entrées")),
                ("identifiants", models.TextField()),
                ("temoins", models.BinaryField()),
                ("le", models.DateTimeField(verbose_name="scellé le")),
                ("empreinte", models.CharField(max_length=64, unique=True)),
            ],
            options={"verbose_name": "scellé du journal", "ordering": ["-numero"]},
        ),
        migrations.AddConstraint(
            "scelle",
            models.CheckConstraint(
                condition=models.Q(de__lte=models.F("a"), nombre__gt=0),
                name="journal_seal_not_empty",
            ),
        ),
        migrations.RunSQL(APPEND_ONLY, UNDO),
    ]
