"""Rights requests, destructions and purges; a signed attestation of destruction is sealed."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

SEALED = """
CREATE FUNCTION dashboards_destruction() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'UPDATE' THEN
        RAISE EXCEPTION 'Une attestation de destruction ne s''efface pas : % est refusé.', TG_OP;
    END IF;
    IF OLD.document_id IS NOT NULL AND NEW.document_id IS DISTINCT FROM OLD.document_id THEN
        RAISE EXCEPTION 'L''attestation de destruction est archivée une fois pour toutes.';
    END IF;
    IF OLD.etat <> 'PROPOSEE'
       AND (to_jsonb(NEW) - 'document_id') <> (to_jsonb(OLD) - 'document_id') THEN
        RAISE EXCEPTION 'Une destruction signée ou écartée ne change plus.';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER dashboards_destruction_scellee BEFORE UPDATE OR DELETE ON dashboards_destruction
    FOR EACH ROW EXECUTE FUNCTION dashboards_destruction();
CREATE TRIGGER dashboards_destruction_garde BEFORE TRUNCATE ON dashboards_destruction
    FOR EACH STATEMENT EXECUTE FUNCTION dashboards_destruction();
"""
UNDO = """
DROP TRIGGER dashboards_destruction_garde ON dashboards_destruction;
DROP TRIGGER dashboards_destruction_scellee ON dashboards_destruction;
DROP FUNCTION dashboards_destruction();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('conventions', '0005_credits'),
        ('core', '0002_courriels'),
        ('dashboards', '0006_comptes'),
        ('siae', '0005_banque_differee'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Purge',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('le', models.DateField(verbose_name='exécutée au')),
                ('execute_le', models.DateTimeField(auto_now_add=True)),
                ('contenu', models.JSONField(default=dict)),
            ],
            options={
                'verbose_name': 'purge',
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='ContactRgpd',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('service', models.CharField(blank=True, max_length=160, verbose_name='service qui traite les demandes')),
                ('courriel_droits', models.EmailField(blank=True, max_length=254, verbose_name='adresse pour les demandes de droits')),
                ('courriel_violations', models.EmailField(blank=True, max_length=254, verbose_name='adresse pour les violations de données')),
                ('dpo', models.CharField(blank=True, max_length=160, verbose_name='délégué à la protection des données')),
                ('modifie_le', models.DateField(verbose_name='modifié le')),
                ('financeur', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='contact_rgpd', to='conventions.financeur')),
                ('modifie_par', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'contact RGPD',
                'verbose_name_plural': 'contacts RGPD',
                'ordering': ['financeur__code'],
            },
        ),
        migrations.CreateModel(
            name='DemandeDroit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('numero', models.PositiveIntegerField(unique=True, verbose_name='numéro')),
                ('nature', models.CharField(choices=[('ACCES', 'Accès aux données'), ('RECTIFICATION', 'Rectification'), ('EFFACEMENT', 'Effacement'), ('OPPOSITION', 'Opposition'), ('LIMITATION', 'Limitation du traitement'), ('PORTABILITE', 'Portabilité')], max_length=13, verbose_name='droit exercé')),
                ('etat', models.CharField(choices=[('RECUE', 'Reçue, réponse attendue'), ('PROLONGEE', 'Délai prolongé'), ('REPONDUE', 'Répondue'), ('REFUSEE', 'Refusée')], default='RECUE', max_length=9, verbose_name='état')),
                ('demandeur', models.CharField(blank=True, max_length=160, verbose_name='demandeur')),
                ('joindre', models.CharField(blank=True, max_length=200, verbose_name='pour lui répondre')),
                ('texte', models.CharField(blank=True, max_length=1000, verbose_name='objet de la demande')),
                ('recue_le', models.DateField(verbose_name='reçue le')),
                ('echeance', models.DateField(verbose_name='réponse attendue avant le')),
                ('enregistree_le', models.DateField(verbose_name='enregistrée le')),
                ('transmise_le', models.DateField(blank=True, null=True, verbose_name='transmise au département le')),
                ('motif_prolongation', models.CharField(blank=True, max_length=500, verbose_name='motif de la prolongation')),
                ('reponse', models.CharField(blank=True, max_length=1000, verbose_name='réponse')),
                ('close_le', models.DateField(blank=True, null=True, verbose_name='close le')),
                ('close_par', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('enregistree_par', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('financeurs', models.ManyToManyField(blank=True, related_name='demandes_droits', to='conventions.financeur')),
                ('salarie', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='demandes_droits', to='siae.salarie')),
                ('structure', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='demandes_droits', to='siae.structure')),
            ],
            options={
                'verbose_name': 'demande de droits',
                'verbose_name_plural': 'demandes de droits',
                'ordering': ['-numero'],
                'constraints': [models.CheckConstraint(condition=models.Q(('echeance__gte', models.F('recue_le'))), name='dashboards_right_deadline'), models.CheckConstraint(condition=models.Q(models.Q(('close_le__isnull', True), ('etat__in', ['RECUE', 'PROLONGEE'])), models.Q(('close_le__isnull', False), ('etat__in', ['REPONDUE', 'REFUSEE'])), _connector='OR'), name='dashboards_right_closed_on_a_day'), models.CheckConstraint(condition=models.Q(models.Q(('etat', 'RECUE'), ('motif_prolongation', '')), models.Q(('etat', 'RECUE'), _negated=True), _connector='OR'), name='dashboards_right_extended_once')],
            },
        ),
        migrations.CreateModel(
            name='Destruction',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('numero', models.PositiveIntegerField(unique=True, verbose_name='numéro')),
                ('etat', models.CharField(choices=[('PROPOSEE', 'À signer'), ('SIGNEE', 'Signée, données détruites'), ('ECARTEE', 'Écartée')], default='PROPOSEE', max_length=8, verbose_name='état')),
                ('contenu', models.JSONField(default=dict)),
                ('proposee_le', models.DateField(verbose_name='proposée le')),
                ('signee_le', models.DateField(blank=True, null=True, verbose_name='signée le')),
                ('ecartee_le', models.DateField(blank=True, null=True, verbose_name='écartée le')),
                ('motif', models.CharField(blank=True, max_length=300, verbose_name='motif de la mise à l’écart')),
                ('document', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.fichier')),
                ('ecartee_par', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('mandat', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='destructions', to='conventions.conventionmandat')),
                ('proposee_par', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('signee_par', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'destruction de données',
                'verbose_name_plural': 'destructions de données',
                'ordering': ['-numero'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('etat', 'PROPOSEE')), fields=('mandat',), name='dashboards_destruction_proposed_once'), models.CheckConstraint(condition=models.Q(('signee_par__isnull', True), models.Q(('signee_par', models.F('proposee_par')), _negated=True), _connector='OR'), name='dashboards_destruction_four_eyes'), models.CheckConstraint(condition=models.Q(models.Q(('ecartee_le__isnull', True), ('etat', 'PROPOSEE'), ('signee_le__isnull', True), ('signee_par__isnull', True)), models.Q(('etat', 'SIGNEE'), ('signee_le__isnull', False), ('signee_par__isnull', False)), models.Q(('ecartee_le__isnull', False), ('ecartee_par__isnull', False), ('etat', 'ECARTEE'), models.Q(('motif', ''), _negated=True)), _connector='OR'), name='dashboards_destruction_state_is_complete')],
            },
        ),
        migrations.RunSQL(SEALED, UNDO),
    ]
