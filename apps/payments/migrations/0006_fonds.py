"""Calls for funds, notifications, receipts, sums paid back, closing of a mandate."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# What was sent or recorded is not rewritten: a call once issued, a receipt, a sum paid back.
FROZEN = """
CREATE FUNCTION payments_refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Une pièce émise ou enregistrée ne se modifie pas : % sur % est refusé.',
        TG_OP, TG_TABLE_NAME;
END $$;
CREATE TRIGGER payments_call_is_frozen BEFORE UPDATE ON payments_appeldefonds
    FOR EACH ROW WHEN (OLD.etat <> 'PROPOSE' AND
        (NEW.numero, NEW.mandat_id, NEW.nature, NEW.periode, NEW.montant, NEW.lignes, NEW.attentes)
        IS DISTINCT FROM
        (OLD.numero, OLD.mandat_id, OLD.nature, OLD.periode, OLD.montant, OLD.lignes, OLD.attentes))
    EXECUTE FUNCTION payments_refuse_rewriting();
CREATE TRIGGER payments_receipt_is_frozen BEFORE UPDATE ON payments_recettedefonds
    FOR EACH ROW WHEN (
        (NEW.numero, NEW.mandat_id, NEW.montant, NEW.recu_le, NEW.reference_bancaire)
        IS DISTINCT FROM
        (OLD.numero, OLD.mandat_id, OLD.montant, OLD.recu_le, OLD.reference_bancaire))
    EXECUTE FUNCTION payments_refuse_rewriting();
CREATE TRIGGER payments_pay_back_is_frozen BEFORE UPDATE ON payments_reversementdefonds
    FOR EACH ROW WHEN (
        (NEW.numero, NEW.mandat_id, NEW.nature, NEW.annee, NEW.montant, NEW.lignes)
        IS DISTINCT FROM
        (OLD.numero, OLD.mandat_id, OLD.nature, OLD.annee, OLD.montant, OLD.lignes))
    EXECUTE FUNCTION payments_refuse_rewriting();
CREATE TRIGGER payments_call_kept BEFORE DELETE ON payments_appeldefonds
    FOR EACH ROW EXECUTE FUNCTION payments_refuse_rewriting();
CREATE TRIGGER payments_receipt_kept BEFORE DELETE ON payments_recettedefonds
    FOR EACH ROW EXECUTE FUNCTION payments_refuse_rewriting();
CREATE TRIGGER payments_pay_back_kept BEFORE DELETE ON payments_reversementdefonds
    FOR EACH ROW EXECUTE FUNCTION payments_refuse_rewriting();
"""

UNDO = """
DROP TRIGGER payments_pay_back_kept ON payments_reversementdefonds;
DROP TRIGGER payments_receipt_kept ON payments_recettedefonds;
DROP TRIGGER payments_call_kept ON payments_appeldefonds;
DROP TRIGGER payments_pay_back_is_frozen ON payments_reversementdefonds;
DROP TRIGGER payments_receipt_is_frozen ON payments_recettedefonds;
DROP TRIGGER payments_call_is_frozen ON payments_appeldefonds;
DROP FUNCTION payments_refuse_rewriting();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("conventions", "0005_credits"),
        ("core", "0002_courriels"),
        ("payments", "0005_banque"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='AppelDeFonds',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('numero', models.PositiveIntegerField(unique=True, verbose_name='numéro')),
                ('nature', models.CharField(choices=[('AVANCE', 'Avance'), ('TRIMESTRIEL', 'Appel trimestriel'), ('EXCEPTIONNEL', 'Appel exceptionnel'), ('SOLDE_NEGATIF', 'Solde négatif des recouvrements')], max_length=14)),
                ('periode', models.DateField(verbose_name='période à partir du')),
                ('montant', models.DecimalField(decimal_places=2, max_digits=14)),
                ('encaisse', models.DecimalField(decimal_places=2, default=0, max_digits=14, verbose_name='encaissé')),
                ('lignes', models.JSONField(default=list)),
                ('attentes', models.JSONField(default=list, verbose_name='parts en attente')),
                ('etat', models.CharField(choices=[('PROPOSE', 'Proposé'), ('EMIS', 'Émis'), ('PARTIEL', 'Encaissé en partie'), ('ENCAISSE', 'Encaissé'), ('ANNULE', 'Annulé')], default='PROPOSE', max_length=8, verbose_name='état')),
                ('propose_le', models.DateField(verbose_name='proposé le')),
                ('motif', models.CharField(blank=True, max_length=400, verbose_name='motif')),
                ('emis_le', models.DateField(blank=True, null=True, verbose_name='émis le')),
                ('echeance', models.DateField(blank=True, null=True, verbose_name='à verser avant le')),
                ('annule_le', models.DateField(blank=True, null=True, verbose_name='annulé le')),
                ('motif_annulation', models.CharField(blank=True, max_length=400, verbose_name='motif de l’annulation')),
            ],
            options={
                'verbose_name': 'appel de fonds',
                'verbose_name_plural': 'appels de fonds',
                'ordering': ['-numero'],
            },
        ),
        migrations.CreateModel(
            name='ClotureMandat',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('cloture_le', models.DateField(verbose_name='clôturée le')),
            ],
            options={
                'verbose_name': 'clôture de la convention de mandat',
                'ordering': ['-cloture_le'],
            },
        ),
        migrations.CreateModel(
            name='NotificationDeFonds',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('montant', models.DecimalField(decimal_places=2, max_digits=14)),
                ('ordonnance_le', models.DateField(verbose_name='ordonnancés le')),
                ('reference', models.CharField(max_length=60, verbose_name='numéro du mandat de paiement')),
                ('notifie_le', models.DateField(verbose_name='notifié le')),
                ('annulee_le', models.DateField(blank=True, null=True, verbose_name='retirée le')),
                ('motif_annulation', models.CharField(blank=True, max_length=400, verbose_name='motif du retrait')),
            ],
            options={
                'verbose_name': 'notification de fonds',
                'verbose_name_plural': 'notifications de fonds',
                'ordering': ['-ordonnance_le', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='RecetteDeFonds',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('numero', models.PositiveIntegerField(unique=True, verbose_name='numéro')),
                ('montant', models.DecimalField(decimal_places=2, max_digits=14)),
                ('recu_le', models.DateField(verbose_name='reçus le')),
                ('reference_bancaire', models.CharField(max_length=60, verbose_name='référence bancaire')),
                ('enregistre_le', models.DateField(verbose_name='enregistrés le')),
                ('annulee_le', models.DateField(blank=True, null=True, verbose_name='annulée le')),
                ('motif_annulation', models.CharField(blank=True, max_length=400, verbose_name='motif de l’annulation')),
            ],
            options={
                'verbose_name': 'fonds reçus',
                'verbose_name_plural': 'fonds reçus',
                'ordering': ['-recu_le', '-numero'],
            },
        ),
        migrations.CreateModel(
            name='ReversementDeFonds',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('numero', models.PositiveIntegerField(unique=True, verbose_name='numéro')),
                ('nature', models.CharField(choices=[('RECOUVREMENTS', 'Sommes recouvrées au cours de l’exercice'), ('NON_EMPLOYES', 'Fonds non employés')], max_length=13)),
                ('annee', models.PositiveSmallIntegerField(verbose_name='exercice')),
                ('montant', models.DecimalField(decimal_places=2, max_digits=14)),
                ('lignes', models.JSONField(default=list)),
                ('etat', models.CharField(choices=[('PROPOSE', 'Ordonnancé'), ('EXECUTE', 'Reversé'), ('ANNULE', 'Annulé')], default='PROPOSE', max_length=7, verbose_name='état')),
                ('ordonnance_le', models.DateField(verbose_name='ordonnancé le')),
                ('paye_le', models.DateField(blank=True, null=True, verbose_name='reversé le')),
                ('motif_annulation', models.CharField(blank=True, max_length=400, verbose_name='motif de l’annulation')),
            ],
            options={
                'verbose_name': 'reversement de fonds',
                'verbose_name_plural': 'reversements de fonds',
                'ordering': ['-numero'],
            },
        ),
        migrations.AddField(
            model_name='appeldefonds',
            name='annule_par',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='appeldefonds',
            name='campagne',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='appels', to='payments.campagne'),
        ),
        migrations.AddField(
            model_name='appeldefonds',
            name='document',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.fichier'),
        ),
        migrations.AddField(
            model_name='appeldefonds',
            name='emis_par',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='appeldefonds',
            name='mandat',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='appels', to='conventions.conventionmandat'),
        ),
        migrations.AddField(
            model_name='appeldefonds',
            name='propose_par',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='cloturemandat',
            name='cloture_par',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='cloturemandat',
            name='mandat',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='cloture', to='conventions.conventionmandat'),
        ),
        migrations.AddField(
            model_name='notificationdefonds',
            name='appel',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='notifications', to='payments.appeldefonds'),
        ),
        migrations.AddField(
            model_name='notificationdefonds',
            name='mandat',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='notifications_fonds', to='conventions.conventionmandat'),
        ),
        migrations.AddField(
            model_name='notificationdefonds',
            name='notifie_par',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='recettedefonds',
            name='appel',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='recettes', to='payments.appeldefonds'),
        ),
        migrations.AddField(
            model_name='recettedefonds',
            name='enregistre_par',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='recettedefonds',
            name='mandat',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='recettes', to='conventions.conventionmandat'),
        ),
        migrations.AddField(
            model_name='recettedefonds',
            name='notification',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='recettes', to='payments.notificationdefonds'),
        ),
        migrations.AddField(
            model_name='reversementdefonds',
            name='document',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.fichier'),
        ),
        migrations.AddField(
            model_name='reversementdefonds',
            name='mandat',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reversements', to='conventions.conventionmandat'),
        ),
        migrations.AddField(
            model_name='reversementdefonds',
            name='ordonnance_par',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='reversementdefonds',
            name='paye_par',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='appeldefonds',
            constraint=models.UniqueConstraint(condition=models.Q(models.Q(('etat', 'ANNULE'), _negated=True), models.Q(('nature', 'EXCEPTIONNEL'), _negated=True)), fields=('mandat', 'nature', 'periode'), name='payments_call_once'),
        ),
        migrations.AddConstraint(
            model_name='appeldefonds',
            constraint=models.UniqueConstraint(condition=models.Q(models.Q(('etat', 'ANNULE'), _negated=True), ('campagne__isnull', False)), fields=('mandat', 'campagne'), name='payments_call_once_per_run'),
        ),
        migrations.AddConstraint(
            model_name='appeldefonds',
            constraint=models.CheckConstraint(condition=models.Q(('emis_par__isnull', True), ('propose_par__isnull', True), models.Q(('emis_par', models.F('propose_par')), _negated=True), _connector='OR'), name='payments_call_four_eyes'),
        ),
        migrations.AddConstraint(
            model_name='appeldefonds',
            constraint=models.CheckConstraint(condition=models.Q(('encaisse__gte', 0), ('montant__gte', 0)), name='payments_call_amounts'),
        ),
        migrations.AddConstraint(
            model_name='appeldefonds',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('etat__in', ['EMIS', 'PARTIEL', 'ENCAISSE']), _negated=True), models.Q(('echeance__isnull', False), ('emis_le__isnull', False), ('emis_par__isnull', False)), _connector='OR'), name='payments_call_issued_is_complete'),
        ),
        migrations.AddConstraint(
            model_name='appeldefonds',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('encaisse', 0), ('etat__in', ['PROPOSE', 'EMIS', 'ANNULE'])), models.Q(('encaisse__gt', 0), ('encaisse__lt', models.F('montant')), ('etat', 'PARTIEL')), models.Q(('encaisse__gte', models.F('montant')), ('etat', 'ENCAISSE')), _connector='OR'), name='payments_call_state_says_what_came'),
        ),
        migrations.AddConstraint(
            model_name='appeldefonds',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('etat', 'ANNULE'), _negated=True), models.Q(('annule_le__isnull', False), models.Q(('motif_annulation', ''), _negated=True)), _connector='OR'), name='payments_call_cancelled_with_reason'),
        ),
        migrations.AddConstraint(
            model_name='notificationdefonds',
            constraint=models.UniqueConstraint(condition=models.Q(('annulee_le__isnull', True)), fields=('mandat', 'reference'), name='payments_funds_notice_once'),
        ),
        migrations.AddConstraint(
            model_name='notificationdefonds',
            constraint=models.CheckConstraint(condition=models.Q(('montant__gt', 0)), name='payments_funds_notice_positive'),
        ),
        migrations.AddConstraint(
            model_name='notificationdefonds',
            constraint=models.CheckConstraint(condition=models.Q(('annulee_le__isnull', True), models.Q(('motif_annulation', ''), _negated=True), _connector='OR'), name='payments_funds_notice_withdrawn_with_reason'),
        ),
        migrations.AddConstraint(
            model_name='recettedefonds',
            constraint=models.UniqueConstraint(condition=models.Q(('annulee_le__isnull', True)), fields=('reference_bancaire',), name='payments_receipt_once'),
        ),
        migrations.AddConstraint(
            model_name='recettedefonds',
            constraint=models.CheckConstraint(condition=models.Q(('montant__gt', 0)), name='payments_receipt_positive'),
        ),
        migrations.AddConstraint(
            model_name='recettedefonds',
            constraint=models.CheckConstraint(condition=models.Q(('annulee_le__isnull', True), models.Q(('motif_annulation', ''), _negated=True), _connector='OR'), name='payments_receipt_reversed_with_reason'),
        ),
        migrations.AddConstraint(
            model_name='reversementdefonds',
            constraint=models.UniqueConstraint(condition=models.Q(('etat', 'ANNULE'), _negated=True), fields=('mandat', 'nature', 'annee'), name='payments_pay_back_once'),
        ),
        migrations.AddConstraint(
            model_name='reversementdefonds',
            constraint=models.CheckConstraint(condition=models.Q(('montant__gt', 0)), name='payments_pay_back_positive'),
        ),
        migrations.AddConstraint(
            model_name='reversementdefonds',
            constraint=models.CheckConstraint(condition=models.Q(('paye_par__isnull', True), models.Q(('paye_par', models.F('ordonnance_par')), _negated=True), _connector='OR'), name='payments_pay_back_four_eyes'),
        ),
        migrations.AddConstraint(
            model_name='reversementdefonds',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('etat', 'EXECUTE'), ('paye_le__isnull', False), ('paye_par__isnull', False)), models.Q(models.Q(('etat', 'EXECUTE'), _negated=True), ('paye_le__isnull', True), ('paye_par__isnull', True)), _connector='OR'), name='payments_pay_back_executed_by_someone'),
        ),
        migrations.AddConstraint(
            model_name='reversementdefonds',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('etat', 'ANNULE'), _negated=True), models.Q(('motif_annulation', ''), _negated=True), _connector='OR'), name='payments_pay_back_cancelled_with_reason'),
        ),
        migrations.RunSQL(FROZEN, UNDO),
    ]
