"""Bank returns and their lines: kept as received, frozen once applied (spec 05 §1)."""

import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

# An applied return never changes; of its lines, only the decision on an unknown one is added, once.
FROZEN = """
CREATE FUNCTION payments_refuse_return_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Un retour bancaire appliqué ne se modifie pas : % est refusé.', TG_OP;
END $$;
CREATE FUNCTION payments_refuse_return_line_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.issue = 'INCONNUE' AND OLD.decision = '' AND NEW.decision <> ''
        AND (NEW.retour_id, NEW.rang, NEW.brut, NEW.reference, NEW.statut, NEW.code, NEW.libelle,
             NEW.date, NEW.montant, NEW.issue, NEW.raison)
        IS NOT DISTINCT FROM (OLD.retour_id, OLD.rang, OLD.brut, OLD.reference, OLD.statut,
             OLD.code, OLD.libelle, OLD.date, OLD.montant, OLD.issue, OLD.raison)
    THEN RETURN NEW;
    END IF;
    RAISE EXCEPTION 'Une ligne de retour bancaire ne se modifie pas : % est refusé.', TG_OP;
END $$;
CREATE TRIGGER payments_ligneretour_frozen BEFORE UPDATE OR DELETE ON payments_ligneretour
    FOR EACH ROW EXECUTE FUNCTION payments_refuse_return_line_change();
CREATE TRIGGER payments_retour_handled_is_frozen BEFORE UPDATE ON payments_retourbancaire
    FOR EACH ROW WHEN (OLD.etat <> 'RECU') EXECUTE FUNCTION payments_refuse_return_change();
CREATE TRIGGER payments_retour_is_kept BEFORE DELETE ON payments_retourbancaire
    FOR EACH ROW EXECUTE FUNCTION payments_refuse_return_change();
"""

UNDO = """
DROP TRIGGER payments_retour_is_kept ON payments_retourbancaire;
DROP TRIGGER payments_retour_handled_is_frozen ON payments_retourbancaire;
DROP TRIGGER payments_ligneretour_frozen ON payments_ligneretour;
DROP FUNCTION payments_refuse_return_line_change();
DROP FUNCTION payments_refuse_return_change();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0002_courriels"),
        ("payments", "0004_reglements"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="RetourBancaire",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("numero", models.PositiveIntegerField(unique=True, verbose_name="numéro")),
                ("nom", models.CharField(max_length=150, verbose_name="nom du fichier")),
                (
                    "format",
                    models.CharField(
                        choices=[
                            ("PAIN002", "Compte rendu ISO 20022 (pain.002)"),
                            ("CSV", "Tableau CSV"),
                        ],
                        max_length=7,
                    ),
                ),
                ("sha256", models.CharField(max_length=64, verbose_name="empreinte")),
                (
                    "etat",
                    models.CharField(
                        choices=[
                            ("RECU", "Reçu, à appliquer"),
                            ("APPLIQUE", "Appliqué"),
                            ("ECARTE", "Écarté"),
                        ],
                        default="RECU",
                        max_length=8,
                        verbose_name="état",
                    ),
                ),
                ("importe_le", models.DateField(verbose_name="importé le")),
                (
                    "accuse",
                    models.CharField(
                        blank=True, max_length=200, verbose_name="accusé de réception"
                    ),
                ),
                ("nombre", models.PositiveIntegerField(verbose_name="lignes")),
                ("appliquees", models.PositiveIntegerField(default=0, verbose_name="appliquées")),
                (
                    "deja_appliquees",
                    models.PositiveIntegerField(default=0, verbose_name="déjà appliquées"),
                ),
                ("inconnues", models.PositiveIntegerField(default=0, verbose_name="inconnues")),
                (
                    "traite_le",
                    models.DateField(blank=True, null=True, verbose_name="appliqué ou écarté le"),
                ),
                (
                    "motif",
                    models.CharField(
                        blank=True, max_length=300, verbose_name="motif de la mise à l’écart"
                    ),
                ),
                (
                    "fichier",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="core.fichier",
                    ),
                ),
                (
                    "importe_par",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "traite_par",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "retour bancaire",
                "verbose_name_plural": "retours bancaires",
                "ordering": ["-numero"],
            },
        ),
        migrations.CreateModel(
            name="LigneRetour",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("rang", models.PositiveIntegerField(verbose_name="ligne")),
                ("brut", models.TextField(verbose_name="contenu reçu")),
                (
                    "reference",
                    models.CharField(blank=True, max_length=140, verbose_name="référence"),
                ),
                (
                    "statut",
                    models.CharField(
                        choices=[
                            ("CONFIRME", "Confirmé"),
                            ("REJETE", "Rejeté"),
                            ("AUTRE", "Autre"),
                        ],
                        max_length=8,
                    ),
                ),
                ("code", models.CharField(blank=True, max_length=35)),
                ("libelle", models.CharField(blank=True, max_length=200, verbose_name="libellé")),
                ("date", models.DateField(blank=True, null=True, verbose_name="date de la banque")),
                (
                    "montant",
                    models.DecimalField(blank=True, decimal_places=2, max_digits=14, null=True),
                ),
                (
                    "issue",
                    models.CharField(
                        choices=[
                            ("APPLIQUEE", "Appliquée"),
                            ("DEJA", "Déjà appliquée"),
                            ("INCONNUE", "Inconnue"),
                        ],
                        max_length=9,
                    ),
                ),
                (
                    "raison",
                    models.CharField(
                        blank=True, max_length=300, verbose_name="pourquoi elle est inconnue"
                    ),
                ),
                (
                    "decision",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("RATTACHEE", "Rattachée à un virement"),
                            ("CLASSEE", "Classée sans suite"),
                        ],
                        max_length=9,
                        verbose_name="décision",
                    ),
                ),
                (
                    "motif",
                    models.CharField(
                        blank=True, max_length=300, verbose_name="motif de la décision"
                    ),
                ),
                ("traitee_le", models.DateField(blank=True, null=True, verbose_name="traitée le")),
                (
                    "traitee_par",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "virement",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="retours",
                        to="payments.virement",
                    ),
                ),
                (
                    "retour",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lignes",
                        to="payments.retourbancaire",
                    ),
                ),
            ],
            options={
                "verbose_name": "ligne de retour bancaire",
                "verbose_name_plural": "lignes de retours bancaires",
                "ordering": ["retour", "rang"],
            },
        ),
        migrations.AddConstraint(
            model_name="retourbancaire",
            constraint=models.UniqueConstraint(
                condition=models.Q(("etat", "ECARTE"), _negated=True),
                fields=("sha256",),
                name="payments_return_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="retourbancaire",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("etat", "APPLIQUE"), _negated=True),
                    (
                        "nombre",
                        django.db.models.expressions.CombinedExpression(
                            django.db.models.expressions.CombinedExpression(
                                models.F("appliquees"), "+", models.F("deja_appliquees")
                            ),
                            "+",
                            models.F("inconnues"),
                        ),
                    ),
                    _connector="OR",
                ),
                name="payments_return_loses_no_line",
            ),
        ),
        migrations.AddConstraint(
            model_name="retourbancaire",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("etat", "RECU"), ("traite_le__isnull", True), ("traite_par__isnull", True)
                    ),
                    models.Q(
                        models.Q(("etat", "RECU"), _negated=True),
                        ("traite_le__isnull", False),
                        ("traite_par__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="payments_return_handled_by_someone",
            ),
        ),
        migrations.AddConstraint(
            model_name="retourbancaire",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("etat", "ECARTE"), _negated=True),
                    models.Q(("motif", ""), _negated=True),
                    _connector="OR",
                ),
                name="payments_return_set_aside_why",
            ),
        ),
        migrations.AddIndex(
            model_name="ligneretour",
            index=models.Index(
                condition=models.Q(("decision", ""), ("issue", "INCONNUE")),
                fields=["id"],
                name="payments_return_unknown",
            ),
        ),
        migrations.AddConstraint(
            model_name="ligneretour",
            constraint=models.UniqueConstraint(
                fields=("retour", "rang"), name="payments_return_line_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="ligneretour",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("issue", "INCONNUE"), models.Q(("raison", ""), _negated=True)),
                    models.Q(
                        ("issue__in", ["APPLIQUEE", "DEJA"]),
                        ("raison", ""),
                        ("virement__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="payments_return_line_ends",
            ),
        ),
        migrations.AddConstraint(
            model_name="ligneretour",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("decision", ""),
                        ("motif", ""),
                        ("traitee_le__isnull", True),
                        ("traitee_par__isnull", True),
                    ),
                    models.Q(
                        ("issue", "INCONNUE"),
                        ("traitee_le__isnull", False),
                        ("traitee_par__isnull", False),
                        models.Q(("decision", ""), _negated=True),
                        models.Q(("motif", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="payments_return_line_decided_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="ligneretour",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decision", "RATTACHEE"), _negated=True),
                    ("virement__isnull", False),
                    _connector="OR",
                ),
                name="payments_return_line_attached",
            ),
        ),
        migrations.RunSQL(FROZEN, UNDO),
    ]
