"""Locks of the accounting months and years, their re-opening, successions of départements.

The database refuses an entry, or a movement added to one, on a locked day; a lock changes once,
when it is opened again by two people; a decision never changes.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

LOCKED = """
CREATE FUNCTION payments_refuse_locked_day() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    locked date;
    day date;
BEGIN
    SELECT MAX(fin) INTO locked FROM payments_cloture
     WHERE etat = 'VERROUILLEE' AND nature = 'MOIS';
    IF locked IS NULL THEN RETURN NULL;
    ELSIF TG_TABLE_NAME = 'payments_ecriture' THEN SELECT MIN(jour) INTO day FROM added;
    ELSE SELECT MIN(e.jour) INTO day FROM added
           JOIN payments_ecriture e ON e.id = added.ecriture_id;
    END IF;
    IF day <= locked THEN
        RAISE EXCEPTION 'Les comptes sont verrouillés jusqu''au % : rien ne se comptabilise au %.',
            to_char(locked, 'DD/MM/YYYY'), to_char(day, 'DD/MM/YYYY')
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER payments_ecriture_unlocked AFTER INSERT ON payments_ecriture
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION payments_refuse_locked_day();
CREATE TRIGGER payments_mouvement_unlocked AFTER INSERT ON payments_mouvement
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION payments_refuse_locked_day();
"""

FROZEN = """
CREATE FUNCTION payments_refuse_lock_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.etat = 'VERROUILLEE' AND NEW.etat = 'REOUVERTE'
        AND (NEW.nature, NEW.debut, NEW.fin, NEW.ecritures, NEW.debit, NEW.empreinte,
            NEW.verrouille_par_id, NEW.verrouille_le)
        IS NOT DISTINCT FROM (OLD.nature, OLD.debut, OLD.fin, OLD.ecritures, OLD.debit,
            OLD.empreinte, OLD.verrouille_par_id, OLD.verrouille_le)
        AND EXISTS (SELECT 1 FROM payments_reouverture
                     WHERE id = NEW.reouverture_id AND etat = 'ACCORDEE')
    THEN RETURN NEW;
    END IF;
    RAISE EXCEPTION 'Une clôture ne change que par une réouverture accordée : % est refusé.', TG_OP
        USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER payments_cloture_frozen BEFORE UPDATE OR DELETE ON payments_cloture
    FOR EACH ROW EXECUTE FUNCTION payments_refuse_lock_change();
CREATE FUNCTION payments_refuse_decided_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Une demande décidée ne se modifie pas : % sur % est refusé.',
        TG_OP, TG_TABLE_NAME USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER payments_reouverture_decided BEFORE UPDATE OR DELETE ON payments_reouverture
    FOR EACH ROW WHEN (OLD.etat <> 'DEMANDEE') EXECUTE FUNCTION payments_refuse_decided_change();
CREATE TRIGGER payments_succession_decided BEFORE UPDATE OR DELETE ON payments_succession
    FOR EACH ROW WHEN (OLD.etat <> 'PROPOSEE') EXECUTE FUNCTION payments_refuse_decided_change();
"""

UNDO = """
DROP TRIGGER payments_succession_decided ON payments_succession;
DROP TRIGGER payments_reouverture_decided ON payments_reouverture;
DROP FUNCTION payments_refuse_decided_change();
DROP TRIGGER payments_cloture_frozen ON payments_cloture;
DROP FUNCTION payments_refuse_lock_change();
DROP TRIGGER payments_mouvement_unlocked ON payments_mouvement;
DROP TRIGGER payments_ecriture_unlocked ON payments_ecriture;
DROP FUNCTION payments_refuse_locked_day();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("conventions", "0004_accord_objectif"),
        ("payments", "0008_modulation"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name='Cloture',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('nature', models.CharField(choices=[('MOIS', 'Mois'), ('ANNEE', 'Année')], max_length=5)),
                ('debut', models.DateField(verbose_name='premier jour')),
                ('fin', models.DateField(verbose_name='dernier jour')),
                ('etat', models.CharField(choices=[('VERROUILLEE', 'Verrouillé'), ('REOUVERTE', 'Rouvert')], default='VERROUILLEE', max_length=11, verbose_name='état')),
                ('ecritures', models.PositiveBigIntegerField(verbose_name='écritures')),
                ('debit', models.DecimalField(decimal_places=2, max_digits=16, verbose_name='total des débits')),
                ('empreinte', models.CharField(max_length=64, verbose_name='empreinte du grand livre')),
                ('verrouille_le', models.DateField(verbose_name='verrouillé le')),
                ('verrouille_par', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'clôture comptable',
                'verbose_name_plural': 'clôtures comptables',
                'ordering': ['-fin', 'nature', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='Reouverture',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('motif', models.CharField(max_length=500)),
                ('etat', models.CharField(choices=[('DEMANDEE', 'Demandée'), ('ACCORDEE', 'Accordée'), ('REFUSEE', 'Refusée')], default='DEMANDEE', max_length=8, verbose_name='état')),
                ('demandee_le', models.DateField(verbose_name='demandée le')),
                ('decidee_le', models.DateField(blank=True, null=True, verbose_name='décidée le')),
                ('motif_refus', models.CharField(blank=True, max_length=500, verbose_name='motif du refus')),
                ('cloture', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='demandes', to='payments.cloture')),
                ('decidee_par', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('demandee_par', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'réouverture d’un mois comptable',
                'verbose_name_plural': 'réouvertures de mois comptables',
                'ordering': ['-pk'],
            },
        ),
        migrations.AddField(
            model_name='cloture',
            name='reouverture',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='rouvertes', to='payments.reouverture'),
        ),
        migrations.CreateModel(
            name='Succession',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('numero', models.PositiveIntegerField(unique=True, verbose_name='numéro')),
                ('effet', models.DateField(verbose_name='prend effet le')),
                ('texte', models.CharField(max_length=300, verbose_name='texte qui la fonde')),
                ('etat', models.CharField(choices=[('PROPOSEE', 'Proposée'), ('ACCORDEE', 'Accordée'), ('REFUSEE', 'Refusée')], default='PROPOSEE', max_length=8, verbose_name='état')),
                ('proposee_le', models.DateField(verbose_name='proposée le')),
                ('decidee_le', models.DateField(blank=True, null=True, verbose_name='décidée le')),
                ('motif_refus', models.CharField(blank=True, max_length=500, verbose_name='motif du refus')),
                ('decidee_par', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('financeur', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='successions', to='conventions.financeur')),
                ('proposee_par', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('successeur', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reprises', to='conventions.financeur')),
            ],
            options={
                'verbose_name': 'succession d’un département',
                'verbose_name_plural': 'successions de départements',
                'ordering': ['-numero'],
            },
        ),
        migrations.AddConstraint(
            model_name='reouverture',
            constraint=models.UniqueConstraint(models.F('etat'), condition=models.Q(('etat', 'DEMANDEE')), name='payments_one_reopening_asked'),
        ),
        migrations.AddConstraint(
            model_name='reouverture',
            constraint=models.CheckConstraint(condition=models.Q(('motif', ''), _negated=True), name='payments_reopening_reason'),
        ),
        migrations.AddConstraint(
            model_name='reouverture',
            constraint=models.CheckConstraint(condition=models.Q(('decidee_par__isnull', True), models.Q(('decidee_par', models.F('demandee_par')), _negated=True), _connector='OR'), name='payments_reopening_four_eyes'),
        ),
        migrations.AddConstraint(
            model_name='reouverture',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decidee_le__isnull', True), ('decidee_par__isnull', True), ('etat', 'DEMANDEE')), models.Q(models.Q(('etat', 'DEMANDEE'), _negated=True), ('decidee_le__isnull', False), ('decidee_par__isnull', False)), _connector='OR'), name='payments_reopening_decided'),
        ),
        migrations.AddConstraint(
            model_name='reouverture',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('etat', 'REFUSEE'), _negated=True), models.Q(('motif_refus', ''), _negated=True), _connector='OR'), name='payments_reopening_refusal_reason'),
        ),
        migrations.AddConstraint(
            model_name='cloture',
            constraint=models.UniqueConstraint(condition=models.Q(('etat', 'VERROUILLEE')), fields=('nature', 'debut'), name='payments_locked_once'),
        ),
        migrations.AddConstraint(
            model_name='cloture',
            constraint=models.CheckConstraint(condition=models.Q(('debut__day', 1), ('debut__lt', models.F('fin'))), name='payments_lock_period'),
        ),
        migrations.AddConstraint(
            model_name='cloture',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('etat', 'VERROUILLEE'), ('reouverture__isnull', True)), models.Q(('etat', 'REOUVERTE'), ('reouverture__isnull', False)), _connector='OR'), name='payments_lock_opened_on_request'),
        ),
        migrations.AddConstraint(
            model_name='succession',
            constraint=models.UniqueConstraint(condition=models.Q(('etat', 'REFUSEE'), _negated=True), fields=('financeur',), name='payments_succeeded_once'),
        ),
        migrations.AddConstraint(
            model_name='succession',
            constraint=models.CheckConstraint(condition=models.Q(('financeur', models.F('successeur')), _negated=True), name='payments_succeeded_by_another'),
        ),
        migrations.AddConstraint(
            model_name='succession',
            constraint=models.CheckConstraint(condition=models.Q(('decidee_par__isnull', True), models.Q(('decidee_par', models.F('proposee_par')), _negated=True), _connector='OR'), name='payments_succession_four_eyes'),
        ),
        migrations.AddConstraint(
            model_name='succession',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decidee_le__isnull', True), ('decidee_par__isnull', True), ('etat', 'PROPOSEE')), models.Q(models.Q(('etat', 'PROPOSEE'), _negated=True), ('decidee_le__isnull', False), ('decidee_par__isnull', False)), _connector='OR'), name='payments_succession_decided'),
        ),
        migrations.AddConstraint(
            model_name='succession',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('etat', 'ACCORDEE'), _negated=True), ('decidee_le__gte', models.F('effet')), _connector='OR'), name='payments_succession_granted_from_its_day'),
        ),
        migrations.AddConstraint(
            model_name='succession',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('etat', 'REFUSEE'), _negated=True), models.Q(('motif_refus', ''), _negated=True), _connector='OR'), name='payments_succession_refusal_reason'),
        ),
        migrations.RunSQL(LOCKED + FROZEN, UNDO),
    ]
