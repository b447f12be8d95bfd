"""Comptes d’emploi, and what the database refuses of one that is signed.

The figures of an account never change, from its preparation; once signed or set aside nothing does,
but for its two files, which are archived once.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

SEALED = """
CREATE FUNCTION dashboards_compte_emploi() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    archived text[] := ARRAY['document_id', 'classeur_id'];
    act text[] := ARRAY['etat', 'signe_le', 'signe_par_id', 'ecarte_le', 'ecarte_par_id', 'motif'];
BEGIN
    IF TG_OP <> 'UPDATE' THEN
        RAISE EXCEPTION 'Un compte d''emploi ne s''efface pas : % est refusé.', TG_OP;
    END IF;
    IF (OLD.document_id IS NOT NULL AND NEW.document_id IS DISTINCT FROM OLD.document_id)
       OR (OLD.classeur_id IS NOT NULL AND NEW.classeur_id IS DISTINCT FROM OLD.classeur_id) THEN
        RAISE EXCEPTION 'Le document d''un compte d''emploi est archivé une fois pour toutes.';
    END IF;
    IF (to_jsonb(NEW) - archived - act) <> (to_jsonb(OLD) - archived - act) THEN
        RAISE EXCEPTION 'Les chiffres d''un compte d''emploi ne changent pas.';
    END IF;
    IF OLD.etat <> 'PREPARE' AND (to_jsonb(NEW) - archived) <> (to_jsonb(OLD) - archived) THEN
        RAISE EXCEPTION 'Un compte d''emploi signé ou écarté ne change plus.';
    END IF;
    IF NEW.etat <> 'SIGNE' AND (NEW.document_id IS NOT NULL OR NEW.classeur_id IS NOT NULL) THEN
        RAISE EXCEPTION 'Seul un compte d''emploi signé a des documents archivés.';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER dashboards_compte_scelle BEFORE UPDATE OR DELETE ON dashboards_compteemploi
    FOR EACH ROW EXECUTE FUNCTION dashboards_compte_emploi();
CREATE TRIGGER dashboards_compte_garde BEFORE TRUNCATE ON dashboards_compteemploi
    FOR EACH STATEMENT EXECUTE FUNCTION dashboards_compte_emploi();
"""
UNDO = """
DROP TRIGGER dashboards_compte_garde ON dashboards_compteemploi;
DROP TRIGGER dashboards_compte_scelle ON dashboards_compteemploi;
DROP FUNCTION dashboards_compte_emploi();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("conventions", "0005_credits"),
        ("core", "0002_courriels"),
        ("dashboards", "0005_seuils_alertes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CompteEmploi',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('numero', models.PositiveIntegerField(unique=True, verbose_name='numéro')),
                ('annee', models.PositiveSmallIntegerField(verbose_name='année')),
                ('arrete_au', models.DateField(verbose_name='arrêté au')),
                ('nature', models.CharField(choices=[('PROVISOIRE', 'Compte d’emploi provisoire'), ('CERTIFIE', 'Compte d’emploi certifié')], max_length=10)),
                ('edition', models.PositiveSmallIntegerField(default=1, verbose_name='édition')),
                ('etat', models.CharField(choices=[('PREPARE', 'À signer'), ('SIGNE', 'Signé'), ('ECARTE', 'Écarté')], default='PREPARE', max_length=7, verbose_name='état')),
                ('contenu', models.JSONField()),
                ('empreinte', models.CharField(max_length=64, verbose_name='empreinte des écritures')),
                ('empreinte_cloture', models.CharField(blank=True, max_length=64, verbose_name='empreinte de la clôture')),
                ('prepare_le', models.DateField(verbose_name='préparé le')),
                ('signe_le', models.DateField(blank=True, null=True, verbose_name='signé le')),
                ('ecarte_le', models.DateField(blank=True, null=True, verbose_name='écarté le')),
                ('motif', models.CharField(blank=True, max_length=300, verbose_name='motif de la mise à l’écart')),
                ('classeur', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.fichier')),
                ('document', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.fichier')),
                ('ecarte_par', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('mandat', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='comptes_emploi', to='conventions.conventionmandat')),
                ('prepare_par', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('signe_par', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'compte d’emploi',
                'verbose_name_plural': 'comptes d’emploi',
                'ordering': ['-arrete_au', '-numero'],
                'constraints': [models.UniqueConstraint(fields=('mandat', 'arrete_au', 'nature', 'edition'), name='dashboards_account_edition'), models.UniqueConstraint(condition=models.Q(('etat', 'PREPARE')), fields=('mandat', 'arrete_au', 'nature'), name='dashboards_account_prepared_once'), models.CheckConstraint(condition=models.Q(('prepare_par__isnull', True), ('signe_par__isnull', True), models.Q(('prepare_par', models.F('signe_par')), _negated=True), _connector='OR'), name='dashboards_account_four_eyes'), models.CheckConstraint(condition=models.Q(models.Q(('ecarte_le__isnull', True), ('etat', 'PREPARE'), ('motif', ''), ('signe_le__isnull', True), ('signe_par__isnull', True)), models.Q(('ecarte_le__isnull', True), ('etat', 'SIGNE'), ('motif', ''), ('signe_le__gte', models.F('prepare_le')), ('signe_par__isnull', False)), models.Q(('ecarte_le__gte', models.F('prepare_le')), ('ecarte_par__isnull', False), ('etat', 'ECARTE'), ('signe_le__isnull', True), ('signe_par__isnull', True), models.Q(('motif', ''), _negated=True)), _connector='OR'), name='dashboards_account_state_is_complete'), models.CheckConstraint(condition=models.Q(('arrete_au__year', models.F('annee')), models.Q(models.Q(('arrete_au__day', 31), ('arrete_au__month', 12)), models.Q(('arrete_au__day', 31), ('arrete_au__month', 3), ('nature', 'PROVISOIRE')), models.Q(('arrete_au__day', 30), ('arrete_au__month__in', (6, 9)), ('nature', 'PROVISOIRE')), _connector='OR')), name='dashboards_account_period'), models.CheckConstraint(condition=models.Q(('prepare_le__gt', models.F('arrete_au'))), name='dashboards_account_period_over'), models.CheckConstraint(condition=models.Q(models.Q(('empreinte_cloture', ''), ('nature', 'PROVISOIRE')), models.Q(('nature', 'CERTIFIE'), models.Q(('empreinte_cloture', ''), _negated=True)), _connector='OR'), name='dashboards_account_certified_on_a_closing')],
            },
        ),
        migrations.RunSQL(SEALED, UNDO),
    ]
