"""Management fees: invoices, their rows and receipts, letters of prices (convention, art. 3.2)."""

import django.db.models.deletion
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models

# What was issued never changes: an invoice is cancelled by a credit note, a receipt reversed.
FROZEN = """
CREATE FUNCTION payments_refuse_invoice_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (NEW.numero, NEW.mandat_id, NEW.annee, NEW.periode, NEW.arretee_au,
            NEW.montant, NEW.siret, NEW.engagement, NEW.code_service, NEW.calcul, NEW.emise_par_id,
            NEW.emise_le, NEW.preparee_par_id)
        IS NOT DISTINCT FROM (OLD.numero, OLD.mandat_id, OLD.annee, OLD.periode, OLD.arretee_au,
            OLD.montant, OLD.siret, OLD.engagement, OLD.code_service, OLD.calcul, OLD.emise_par_id,
            OLD.emise_le, OLD.preparee_par_id)
        AND NEW.annule_id IS NOT DISTINCT FROM OLD.annule_id
    THEN RETURN NEW;
    END IF;
    RAISE EXCEPTION 'Une facture émise ne se modifie pas : % est refusé.', TG_OP;
END $$;
CREATE TRIGGER payments_facturefrais_issued_is_frozen BEFORE UPDATE OR DELETE
    ON payments_facturefrais
    FOR EACH ROW WHEN (OLD.numero IS NOT NULL) EXECUTE FUNCTION payments_refuse_invoice_change();
CREATE FUNCTION payments_refuse_invoice_row_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT numero IS NULL FROM payments_facturefrais WHERE id = OLD.facture_id) THEN
        IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
        RETURN NEW;
    END IF;
    -- An issued row only stops counting.
    IF TG_OP = 'UPDATE' AND OLD.compte AND NOT NEW.compte
        AND (NEW.facture_id, NEW.nature, NEW.libelle, NEW.version_id, NEW.montant)
        IS NOT DISTINCT FROM (OLD.facture_id, OLD.nature, OLD.libelle, OLD.version_id, OLD.montant)
    THEN RETURN NEW;
    END IF;
    RAISE EXCEPTION 'Une ligne de facture émise ne se modifie pas : % est refusé.', TG_OP;
END $$;
CREATE TRIGGER payments_lignefrais_issued_is_frozen BEFORE UPDATE OR DELETE ON payments_lignefrais
    FOR EACH ROW EXECUTE FUNCTION payments_refuse_invoice_row_change();
CREATE FUNCTION payments_refuse_fee_receipt_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.extourne_le IS NULL
        AND (NEW.facture_id, NEW.reference_bancaire, NEW.montant, NEW.recu_le)
        IS NOT DISTINCT FROM (OLD.facture_id, OLD.reference_bancaire, OLD.montant, OLD.recu_le)
    THEN RETURN NEW;
    END IF;
    RAISE EXCEPTION 'Un encaissement ne se modifie pas, il s''extourne : % est refusé.', TG_OP;
END $$;
CREATE TRIGGER payments_encaissementfrais_frozen BEFORE UPDATE OR DELETE
    ON payments_encaissementfrais
    FOR EACH ROW EXECUTE FUNCTION payments_refuse_fee_receipt_change();
CREATE TRIGGER payments_avistarif_sent_is_frozen BEFORE UPDATE OR DELETE ON payments_avistarif
    FOR EACH ROW WHEN (OLD.document_id IS NOT NULL)
    EXECUTE FUNCTION payments_refuse_change();
"""

UNDO = """
DROP TRIGGER payments_avistarif_sent_is_frozen ON payments_avistarif;
DROP TRIGGER payments_encaissementfrais_frozen ON payments_encaissementfrais;
DROP FUNCTION payments_refuse_fee_receipt_change();
DROP TRIGGER payments_lignefrais_issued_is_frozen ON payments_lignefrais;
DROP FUNCTION payments_refuse_invoice_row_change();
DROP TRIGGER payments_facturefrais_issued_is_frozen ON payments_facturefrais;
DROP FUNCTION payments_refuse_invoice_change();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0006_fonds"),
        ("annexes", "0002_notification_protegee"),
        ("conventions", "0004_accord_objectif"),
        ("core", "0002_courriels"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name='AvisTarif',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('annee', models.PositiveSmallIntegerField(verbose_name='année')),
                ('prix_ancien', models.DecimalField(decimal_places=2, max_digits=8)),
                ('forfait_ancien', models.DecimalField(decimal_places=2, max_digits=10)),
                ('prix_annexe', models.DecimalField(decimal_places=2, max_digits=8, verbose_name='prix par annexe ou avenant')),
                ('forfait_annuel', models.DecimalField(decimal_places=2, max_digits=10)),
                ('calcul', models.JSONField(default=list)),
                ('etat', models.CharField(choices=[('PREPARE', 'Préparé'), ('NOTIFIE', 'Notifié')], default='PREPARE', max_length=8, verbose_name='état')),
                ('prepare_le', models.DateField(verbose_name='préparé le')),
                ('notifie_le', models.DateField(blank=True, null=True, verbose_name='notifié le')),
            ],
            options={
                'verbose_name': 'avis de tarif',
                'verbose_name_plural': 'avis de tarif',
                'ordering': ['-annee', 'mandat'],
            },
        ),
        migrations.CreateModel(
            name='EncaissementFrais',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reference_bancaire', models.CharField(max_length=60, verbose_name='référence bancaire')),
                ('montant', models.DecimalField(decimal_places=2, max_digits=12, verbose_name='montant reçu')),
                ('recu_le', models.DateField(verbose_name='reçu le')),
                ('extourne_le', models.DateField(blank=True, null=True, verbose_name='extourné le')),
            ],
            options={
                'verbose_name': 'encaissement de frais de gestion',
                'verbose_name_plural': 'encaissements de frais de gestion',
                'ordering': ['recu_le', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='FactureFrais',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('numero', models.PositiveIntegerField(blank=True, null=True, unique=True, verbose_name='numéro')),
                ('annee', models.PositiveSmallIntegerField(verbose_name='année')),
                ('periode', models.CharField(choices=[('S1', '1er semestre'), ('S2', '2d semestre'), ('AJUSTEMENT', 'Ajustement de l’année'), ('AVOIR', 'Avoir')], max_length=10, verbose_name='période')),
                ('arretee_au', models.DateField(verbose_name='arrêtée au')),
                ('montant', models.DecimalField(decimal_places=2, max_digits=12)),
                ('etat', models.CharField(choices=[('PREPAREE', 'Préparée'), ('EMISE', 'Émise'), ('PAYEE', 'Soldée'), ('ANNULEE', 'Annulée'), ('ABANDONNEE', 'Abandonnée')], default='PREPAREE', max_length=10, verbose_name='état')),
                ('motif', models.CharField(blank=True, max_length=300)),
                ('siret', models.CharField(blank=True, max_length=14, verbose_name='SIRET du destinataire')),
                ('engagement', models.CharField(blank=True, max_length=50, verbose_name='numéro d’engagement')),
                ('code_service', models.CharField(blank=True, max_length=100, verbose_name='code service Chorus Pro')),
                ('calcul', models.JSONField(default=list)),
                ('preparee_le', models.DateField(verbose_name='préparée le')),
                ('emise_le', models.DateField(blank=True, null=True, verbose_name='émise le')),
            ],
            options={
                'verbose_name': 'facture de frais de gestion',
                'verbose_name_plural': 'factures de frais de gestion',
                'ordering': ['-annee', '-preparee_le', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='LigneFrais',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('nature', models.CharField(choices=[('FORFAIT', 'Forfait annuel'), ('ACTE', 'Annexe ou avenant'), ('RETRAIT', 'Annexe annulée, facturée à tort')], max_length=8)),
                ('libelle', models.CharField(max_length=200, verbose_name='libellé')),
                ('validee_le', models.DateField(blank=True, null=True, verbose_name='validée le')),
                ('montant_cd', models.DecimalField(blank=True, decimal_places=2, max_digits=12, null=True, verbose_name='montant du département')),
                ('montant', models.DecimalField(decimal_places=2, max_digits=10)),
                ('compte', models.BooleanField(default=True)),
                ('annee', models.PositiveSmallIntegerField(verbose_name='année')),
            ],
            options={
                'verbose_name': 'ligne de frais de gestion',
                'verbose_name_plural': 'lignes de frais de gestion',
                'ordering': ['facture', 'pk'],
            },
        ),
        migrations.AddField(
            model_name='avistarif',
            name='document',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.fichier'),
        ),
        migrations.AddField(
            model_name='avistarif',
            name='mandat',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='avis_tarifs', to='conventions.conventionmandat'),
        ),
        migrations.AddField(
            model_name='avistarif',
            name='notifie_par',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='avistarif',
            name='prepare_par',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='encaissementfrais',
            name='enregistre_par',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='facturefrais',
            name='annule',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='avoirs', to='payments.facturefrais', verbose_name='annule'),
        ),
        migrations.AddField(
            model_name='facturefrais',
            name='document',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.fichier'),
        ),
        migrations.AddField(
            model_name='facturefrais',
            name='emise_par',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='facturefrais',
            name='financeur',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='factures_frais', to='conventions.financeur'),
        ),
        migrations.AddField(
            model_name='facturefrais',
            name='impute_sur',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='imputations', to='payments.facturefrais'),
        ),
        migrations.AddField(
            model_name='facturefrais',
            name='mandat',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='factures_frais', to='conventions.conventionmandat'),
        ),
        migrations.AddField(
            model_name='facturefrais',
            name='preparee_par',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='encaissementfrais',
            name='ecriture',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='encaissement_frais', to='payments.ecriture'),
        ),
        migrations.AddField(
            model_name='encaissementfrais',
            name='facture',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='encaissements', to='payments.facturefrais'),
        ),
        migrations.AddField(
            model_name='lignefrais',
            name='facture',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lignes', to='payments.facturefrais'),
        ),
        migrations.AddField(
            model_name='lignefrais',
            name='mandat',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='conventions.conventionmandat'),
        ),
        migrations.AddField(
            model_name='lignefrais',
            name='version',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='lignes_frais', to='annexes.versionannexe'),
        ),
        migrations.AddConstraint(
            model_name='avistarif',
            constraint=models.UniqueConstraint(fields=('mandat', 'annee'), name='payments_fee_notice_yearly'),
        ),
        migrations.AddConstraint(
            model_name='avistarif',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('etat', 'PREPARE'), ('notifie_le__isnull', True), ('notifie_par__isnull', True)), models.Q(('etat', 'NOTIFIE'), ('notifie_le__isnull', False), ('notifie_par__isnull', False)), _connector='OR'), name='payments_fee_notice_is_dated'),
        ),
        migrations.AddConstraint(
            model_name='avistarif',
            constraint=models.CheckConstraint(condition=models.Q(('notifie_par__isnull', True), ('prepare_par__isnull', True), models.Q(('notifie_par', models.F('prepare_par')), _negated=True), _connector='OR'), name='payments_fee_notice_four_eyes'),
        ),
        migrations.AddConstraint(
            model_name='avistarif',
            constraint=models.CheckConstraint(condition=models.Q(('forfait_annuel__gte', Decimal('0')), ('prix_annexe__gt', Decimal('0'))), name='payments_fee_notice_prices'),
        ),
        migrations.AddConstraint(
            model_name='facturefrais',
            constraint=models.UniqueConstraint(condition=models.Q(('etat__in', ['PREPAREE', 'EMISE', 'PAYEE']), ('periode__in', ['S1', 'S2'])), fields=('mandat', 'annee', 'periode'), name='payments_fee_invoice_once'),
        ),
        migrations.AddConstraint(
            model_name='facturefrais',
            constraint=models.UniqueConstraint(condition=models.Q(('etat', 'PREPAREE'), ('periode', 'AJUSTEMENT')), fields=('mandat', 'annee'), name='payments_fee_one_adjustment_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='facturefrais',
            constraint=models.UniqueConstraint(condition=models.Q(('etat__in', ['PREPAREE', 'EMISE', 'PAYEE'])), fields=('annule',), name='payments_fee_cancelled_once'),
        ),
        migrations.AddConstraint(
            model_name='facturefrais',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('etat__in', ['PREPAREE', 'ABANDONNEE']), ('numero__isnull', True)), models.Q(('emise_le__isnull', False), ('emise_par__isnull', False), ('etat__in', ['EMISE', 'PAYEE', 'ANNULEE']), ('numero__isnull', False)), _connector='OR'), name='payments_fee_issued_is_numbered'),
        ),
        migrations.AddConstraint(
            model_name='facturefrais',
            constraint=models.CheckConstraint(condition=models.Q(('emise_par__isnull', True), ('preparee_par__isnull', True), models.Q(('emise_par', models.F('preparee_par')), _negated=True), _connector='OR'), name='payments_fee_four_eyes'),
        ),
        migrations.AddConstraint(
            model_name='facturefrais',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('annule__isnull', False), ('montant__lt', 0), ('periode', 'AVOIR')), models.Q(models.Q(('periode', 'AVOIR'), _negated=True), ('annule__isnull', True)), _connector='OR'), name='payments_fee_credit_note'),
        ),
        migrations.AddConstraint(
            model_name='facturefrais',
            constraint=models.CheckConstraint(condition=models.Q(('impute_sur__isnull', True), models.Q(('etat', 'PAYEE'), ('montant__lt', 0)), _connector='OR'), name='payments_fee_only_credit_is_deducted'),
        ),
        migrations.AddConstraint(
            model_name='encaissementfrais',
            constraint=models.UniqueConstraint(condition=models.Q(('extourne_le__isnull', True)), fields=('reference_bancaire',), name='payments_fee_receipt_once'),
        ),
        migrations.AddConstraint(
            model_name='encaissementfrais',
            constraint=models.CheckConstraint(condition=models.Q(('montant__gt', 0)), name='payments_fee_receipt_amount'),
        ),
        migrations.AddConstraint(
            model_name='lignefrais',
            constraint=models.UniqueConstraint(condition=models.Q(('compte', True), ('version__isnull', False)), fields=('version', 'nature'), name='payments_fee_act_once'),
        ),
        migrations.AddConstraint(
            model_name='lignefrais',
            constraint=models.UniqueConstraint(condition=models.Q(('compte', True), ('nature', 'FORFAIT')), fields=('mandat', 'annee'), name='payments_fee_flat_once_a_year'),
        ),
        migrations.AddConstraint(
            model_name='lignefrais',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('nature', 'FORFAIT'), ('version__isnull', True)), models.Q(('nature__in', ['ACTE', 'RETRAIT']), ('version__isnull', False)), _connector='OR'), name='payments_fee_act_has_version'),
        ),
        migrations.RunSQL(FROZEN, UNDO),
    ]
