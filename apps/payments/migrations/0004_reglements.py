"""Transfers, parts waiting for funds, set-offs and holds; the mandate as a dimension (spec 05)."""


import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

ACCOUNTS = {
    "451": "Reprises entre départements",
    "466": "Excédents de versement des structures",
    "4671": "Départements – fonds reçus",
    "4672": "Départements – frais de gestion à recevoir",
    "5152": "Compte de dépôt au Trésor – frais de gestion",
    "6541": "Créances admises en non-valeur ou abandonnées",
    "6542": "Créances éteintes",
    "6543": "Remises gracieuses",
    "6544": "Apurements automatiques",
    "706": "Frais de gestion facturés",
}

# An entry balances for each funder and, since the mandate is a dimension too, for each mandate.
BALANCE = """
CREATE OR REPLACE FUNCTION payments_check_entry() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    entry bigint;
    movements integer;
    gap numeric;
BEGIN
    IF TG_TABLE_NAME = 'payments_ecriture' THEN entry := NEW.id;
    ELSE entry := NEW.ecriture_id;
    END IF;
    SELECT COALESCE(SUM(n), 0), COALESCE(MAX(ABS(d)), 0) INTO movements, gap
      FROM (SELECT COUNT(*) AS n, SUM(debit - credit) AS d
              FROM payments_mouvement WHERE ecriture_id = entry
             GROUP BY financeur_id{mandate}) AS sides;
    IF movements < 2 THEN
        RAISE EXCEPTION 'L''écriture % a moins de deux mouvements.', entry
            USING ERRCODE = 'check_violation';
    END IF;
    IF gap <> 0 THEN
        RAISE EXCEPTION 'L''écriture % n''est pas équilibrée pour un financeur (écart %).', entry, gap
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
"""

# What the bank was asked to pay never changes; what it answers is added.
FROZEN = """
CREATE FUNCTION payments_refuse_transfer_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (NEW.campagne_id, NEW.annexe_id, NEW.structure_id, NEW.coordonnees_id,
            NEW.montant, NEW.reference, NEW.emis_le, NEW.etat = 'PROPOSE')
        IS NOT DISTINCT FROM (OLD.campagne_id, OLD.annexe_id, OLD.structure_id,
            OLD.coordonnees_id, OLD.montant, OLD.reference, OLD.emis_le, false)
        AND NEW.remplace_id IS NOT DISTINCT FROM OLD.remplace_id
    THEN RETURN NEW;
    END IF;
    RAISE EXCEPTION 'Un virement émis ne se modifie pas : % est refusé.', TG_OP;
END $$;
CREATE TRIGGER payments_virement_sent_is_frozen BEFORE UPDATE OR DELETE ON payments_virement
    FOR EACH ROW WHEN (OLD.etat <> 'PROPOSE') EXECUTE FUNCTION payments_refuse_transfer_change();
CREATE TRIGGER payments_fichiervirements_frozen BEFORE UPDATE OR DELETE ON payments_fichiervirements
    FOR EACH ROW EXECUTE FUNCTION payments_refuse_change();
CREATE TRIGGER payments_attente_paid_is_frozen BEFORE UPDATE OR DELETE ON payments_partenattente
    FOR EACH ROW WHEN (OLD.liberee_le IS NOT NULL) EXECUTE FUNCTION payments_refuse_change();
"""

UNDO = """
DROP TRIGGER payments_attente_paid_is_frozen ON payments_partenattente;
DROP TRIGGER payments_fichiervirements_frozen ON payments_fichiervirements;
DROP TRIGGER payments_virement_sent_is_frozen ON payments_virement;
DROP FUNCTION payments_refuse_transfer_change();
"""


def create_accounts(apps, schema_editor):
    compte = apps.get_model("payments", "Compte")
    compte.objects.using(schema_editor.connection.alias).bulk_create(
        [compte(code=code, libelle=libelle) for code, libelle in ACCOUNTS.items()]
    )


def remove_accounts(apps, schema_editor):
    compte = apps.get_model("payments", "Compte")
    compte.objects.using(schema_editor.connection.alias).filter(code__in=ACCOUNTS).delete()


class Migration(migrations.Migration):

    dependencies = [
        ('annexes', '0002_notification_protegee'),
        ('conventions', '0004_accord_objectif'),
        ('core', '0002_courriels'),
        ('payments', '0003_avis_protege'),
        ('siae', '0002_fiche_complete'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='BlocagePaiement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('motif', models.CharField(choices=[('BANQUE_MODIFIEE', 'Coordonnées bancaires modifiées, à vérifier'), ('REJET_VIREMENT', 'Virement rejeté par la banque'), ('BAISSE', 'Baisse importante, à vérifier')], max_length=16)),
                ('detail', models.CharField(max_length=400, verbose_name='détail')),
                ('objet', models.CharField(max_length=60)),
                ('pose_le', models.DateField(verbose_name='depuis le')),
                ('leve_le', models.DateField(blank=True, null=True, verbose_name='levé le')),
                ('motif_levee', models.CharField(blank=True, max_length=400, verbose_name='motif de la levée')),
            ],
            options={
                'verbose_name': 'blocage des paiements',
                'verbose_name_plural': 'blocages des paiements',
                'ordering': ['-pose_le', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='Deduction',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reference', models.CharField(max_length=40, verbose_name='pièce')),
                ('montant', models.DecimalField(decimal_places=2, max_digits=12)),
            ],
            options={
                'verbose_name': 'compensation sur un versement',
                'ordering': ['versement', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='FichierVirements',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('numero', models.PositiveIntegerField(unique=True, verbose_name='numéro')),
                ('nom', models.CharField(max_length=80, unique=True, verbose_name='nom du fichier')),
                ('nombre', models.PositiveIntegerField(verbose_name='nombre de virements')),
                ('montant', models.DecimalField(decimal_places=2, max_digits=14)),
                ('produit_le', models.DateTimeField(auto_now_add=True, verbose_name='produit le')),
            ],
            options={
                'verbose_name': 'fichier de virements',
                'verbose_name_plural': 'fichiers de virements',
                'ordering': ['-numero'],
            },
        ),
        migrations.CreateModel(
            name='PartEnAttente',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('especes', models.DecimalField(decimal_places=2, max_digits=12, verbose_name='espèces en attente')),
                ('reimputation', models.DecimalField(decimal_places=2, default=0, max_digits=12)),
                ('liberee_le', models.DateField(blank=True, null=True, verbose_name='payée le')),
            ],
            options={
                'verbose_name': 'part en attente de fonds',
                'verbose_name_plural': 'parts en attente de fonds',
                'ordering': ['versement__mois', 'versement__annexe__numero', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Virement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('montant', models.DecimalField(decimal_places=2, max_digits=12)),
                ('reference', models.CharField(blank=True, max_length=35, null=True, unique=True, verbose_name='référence')),
                ('etat', models.CharField(choices=[('PROPOSE', 'Proposé'), ('EMIS', 'Émis'), ('CONFIRME', 'Confirmé par la banque'), ('REJETE', 'Rejeté par la banque')], default='PROPOSE', max_length=8, verbose_name='état')),
                ('emis_le', models.DateField(blank=True, null=True, verbose_name='émis le')),
                ('denoue_le', models.DateField(blank=True, null=True, verbose_name='dénoué le')),
                ('code_rejet', models.CharField(blank=True, max_length=4, verbose_name='code du rejet')),
                ('motif_rejet', models.CharField(blank=True, max_length=200, verbose_name='motif du rejet')),
            ],
            options={
                'verbose_name': 'virement',
                'ordering': ['campagne', 'annexe', 'pk'],
            },
        ),
        migrations.AddField(
            model_name='campagne',
            name='denoue_le',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='campagne',
            name='denoue_par',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='campagne',
            name='montant_vire',
            field=models.DecimalField(decimal_places=2, default=0, max_digits=14),
        ),
        migrations.AddField(
            model_name='campagne',
            name='version_regles',
            field=models.CharField(blank=True, max_length=40, verbose_name='version des règles'),
        ),
        migrations.AddField(
            model_name='ecriture',
            name='reference',
            field=models.CharField(blank=True, max_length=40, verbose_name='pièce'),
        ),
        migrations.AddField(
            model_name='mouvement',
            name='mandat',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='mouvements', to='conventions.conventionmandat'),
        ),
        migrations.AddField(
            model_name='versement',
            name='mandat',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='conventions.conventionmandat'),
        ),
        migrations.AlterField(
            model_name='ecriture',
            name='evenement',
            field=models.CharField(choices=[('LIQUIDATION', 'Liquidation de l’aide'), ('PAIEMENT', 'Paiement à la structure'), ('REIMPUTATION', 'Réimputation entre financeurs'), ('ORDRE', 'Ordre de recouvrer émis'), ('REDUCTION_ORDRE', 'Réduction d’un ordre de recouvrer'), ('EXTOURNE', 'Extourne'), ('REJET_VIREMENT', 'Virement rejeté par la banque'), ('REEMISSION', 'Virement rejeté émis de nouveau'), ('COMPENSATION', 'Compensation d’un ordre de recouvrer'), ('FONDS_RECUS', 'Fonds reçus du département'), ('FONDS_REVERSES', 'Fonds reversés au département'), ('ENCAISSEMENT', 'Encaissement sur un ordre de recouvrer'), ('EXCEDENT', 'Excédent de versement conservé'), ('EXCEDENT_REDUCTION', 'Excédent né de la réduction d’un ordre'), ('EXCEDENT_IMPUTE', 'Excédent imputé sur un ordre de recouvrer'), ('EXCEDENT_REMBOURSE', 'Excédent remboursé à la structure'), ('REMISE', 'Remise gracieuse'), ('NON_VALEUR', 'Admission en non-valeur ou abandon'), ('EXTINCTION', 'Créance éteinte'), ('APUREMENT', 'Apurement automatique'), ('PERTE_ANNULEE', 'Perte annulée par la réduction d’un ordre'), ('FRAIS_FACTURES', 'Frais de gestion facturés'), ('FRAIS_AVOIR', 'Avoir sur frais de gestion'), ('FRAIS_ENCAISSES', 'Frais de gestion encaissés'), ('REPRISE', 'Reprise par le département successeur')], max_length=20),
        ),
        migrations.AlterField(
            model_name='retenue',
            name='motif',
            field=models.CharField(choices=[('EMP_MANQUANT', 'État mensuel non validé'), ('SUSPENSION', 'Paiements suspendus'), ('BANQUE', 'Coordonnées bancaires absentes ou rejetées'), ('CAOM', 'CAOM non signée'), ('MANDAT', 'Convention de mandat non signée'), ('BAREME', 'Barème réglementaire à compléter'), ('RETRAIT', 'Ligne retirée de la campagne'), ('FONDS', 'Fonds du département insuffisants'), ('BANQUE_MODIFIEE', 'Coordonnées bancaires modifiées, à vérifier'), ('REJET_VIREMENT', 'Virement rejeté par la banque'), ('BAISSE', 'Baisse importante, à vérifier')], max_length=16),
        ),
        migrations.AlterField(
            model_name='retenue',
            name='nature',
            field=models.CharField(choices=[('forfait', 'Forfait mensuel'), ('regularisation', 'Régularisation trimestrielle'), ('rappel', 'Rappel de revalorisation'), ('solde', 'Régularisation finale (solde)'), ('modulation', 'Part modulée')], max_length=14),
        ),
        migrations.AlterField(
            model_name='versement',
            name='nature',
            field=models.CharField(choices=[('forfait', 'Forfait mensuel'), ('regularisation', 'Régularisation trimestrielle'), ('rappel', 'Rappel de revalorisation'), ('solde', 'Régularisation finale (solde)'), ('modulation', 'Part modulée')], max_length=14),
        ),
        migrations.AddIndex(
            model_name='mouvement',
            index=models.Index(fields=['mandat', 'compte'], name='payments_movement_mandate'),
        ),
        migrations.AddField(
            model_name='blocagepaiement',
            name='annexe',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='blocages', to='annexes.annexefinanciere'),
        ),
        migrations.AddField(
            model_name='blocagepaiement',
            name='leve_par',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='blocagepaiement',
            name='pose_par',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='blocagepaiement',
            name='structure',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='blocages', to='siae.structure'),
        ),
        migrations.AddField(
            model_name='deduction',
            name='annexe',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='annexes.annexefinanciere'),
        ),
        migrations.AddField(
            model_name='deduction',
            name='financeur',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='conventions.financeur'),
        ),
        migrations.AddField(
            model_name='deduction',
            name='mandat',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='conventions.conventionmandat'),
        ),
        migrations.AddField(
            model_name='deduction',
            name='versement',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deductions', to='payments.versement'),
        ),
        migrations.AddField(
            model_name='fichiervirements',
            name='campagne',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='fichier_virements', to='payments.campagne'),
        ),
        migrations.AddField(
            model_name='fichiervirements',
            name='fichier',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.fichier'),
        ),
        migrations.AddField(
            model_name='fichiervirements',
            name='produit_par',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='partenattente',
            name='financeur',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='conventions.financeur'),
        ),
        migrations.AddField(
            model_name='partenattente',
            name='liberation',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='liberations', to='payments.campagne'),
        ),
        migrations.AddField(
            model_name='partenattente',
            name='mandat',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='parts_en_attente', to='conventions.conventionmandat'),
        ),
        migrations.AddField(
            model_name='partenattente',
            name='versement',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='attente', to='payments.versement'),
        ),
        migrations.AddField(
            model_name='virement',
            name='annexe',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='virements', to='annexes.annexefinanciere'),
        ),
        migrations.AddField(
            model_name='virement',
            name='campagne',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='virements', to='payments.campagne'),
        ),
        migrations.AddField(
            model_name='virement',
            name='coordonnees',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='siae.coordonneesbancaires'),
        ),
        migrations.AddField(
            model_name='virement',
            name='remplace',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='remplacant', to='payments.virement'),
        ),
        migrations.AddField(
            model_name='virement',
            name='structure',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='virements', to='siae.structure'),
        ),
        migrations.AddField(
            model_name='ecriture',
            name='virement',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='ecritures', to='payments.virement'),
        ),
        migrations.AddIndex(
            model_name='ecriture',
            index=models.Index(fields=['jour'], name='payments_entry_day'),
        ),
        migrations.AddIndex(
            model_name='ecriture',
            index=models.Index(condition=models.Q(('reference', ''), _negated=True), fields=['reference'], name='payments_entry_reference'),
        ),
        migrations.AddConstraint(
            model_name='blocagepaiement',
            constraint=models.UniqueConstraint(fields=('structure', 'motif', 'objet'), name='payments_block_once'),
        ),
        migrations.AddConstraint(
            model_name='blocagepaiement',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('leve_le__isnull', True), ('motif_levee', '')), models.Q(('leve_le__isnull', False), models.Q(('motif_levee', ''), _negated=True)), _connector='OR'), name='payments_block_lifted_with_reason'),
        ),
        migrations.AddConstraint(
            model_name='deduction',
            constraint=models.UniqueConstraint(fields=('versement', 'reference'), name='payments_deduction_once'),
        ),
        migrations.AddConstraint(
            model_name='deduction',
            constraint=models.CheckConstraint(condition=models.Q(('montant__gt', 0)), name='payments_deduction_positive'),
        ),
        migrations.AddConstraint(
            model_name='partenattente',
            constraint=models.CheckConstraint(condition=models.Q(('especes__gte', 0)), name='payments_waiting_cash'),
        ),
        migrations.AddConstraint(
            model_name='partenattente',
            constraint=models.CheckConstraint(condition=models.Q(('liberee_le__isnull', True), ('liberation__isnull', False), _connector='OR'), name='payments_waiting_released_by_a_run'),
        ),
        migrations.AddConstraint(
            model_name='virement',
            constraint=models.UniqueConstraint(condition=models.Q(('remplace__isnull', True)), fields=('campagne', 'annexe'), name='payments_transfer_once'),
        ),
        migrations.AddConstraint(
            model_name='virement',
            constraint=models.CheckConstraint(condition=models.Q(('montant__gt', 0)), name='payments_transfer_positive'),
        ),
        migrations.AddConstraint(
            model_name='virement',
            constraint=models.CheckConstraint(condition=models.Q(('etat', 'PROPOSE'), models.Q(('coordonnees__isnull', False), ('emis_le__isnull', False), ('reference__isnull', False)), _connector='OR'), name='payments_transfer_sent_is_complete'),
        ),
        migrations.AddConstraint(
            model_name='virement',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('etat__in', ['CONFIRME', 'REJETE']), _negated=True), ('denoue_le__gte', models.F('emis_le')), _connector='OR'), name='payments_transfer_settled_is_dated'),
        ),
        migrations.RunPython(create_accounts, remove_accounts),
        migrations.RunSQL(
            BALANCE.replace("{mandate}", ", mandat_id"), BALANCE.replace("{mandate}", "")
        ),
        migrations.RunSQL(FROZEN, UNDO),
    ]
