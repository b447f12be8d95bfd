"""Three people for a run, an account checked after a rejection, unused funds back several times."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("payments", "0011_fonds_juges")]

    operations = [
        migrations.RemoveConstraint(
            model_name='reversementdefonds',
            name='payments_pay_back_once',
        ),
        migrations.AddField(
            model_name='blocagepaiement',
            name='compte_verifie',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='siae.coordonneesbancaires'),
        ),
        migrations.AddConstraint(
            model_name='blocagepaiement',
            constraint=models.CheckConstraint(condition=models.Q(('compte_verifie__isnull', True), models.Q(('leve_le__isnull', False), ('leve_par__isnull', False), ('motif', 'REJET_VIREMENT')), _connector='OR'), name='payments_block_account_checked_by_someone'),
        ),
        migrations.AddConstraint(
            model_name='campagne',
            constraint=models.CheckConstraint(condition=models.Q(('vise_par__isnull', True), models.Q(('prepare_par__isnull', False), models.Q(('vise_par', models.F('prepare_par')), _negated=True)), models.Q(('controle_par__isnull', False), ('prepare_par__isnull', True), models.Q(('vise_par', models.F('controle_par')), _negated=True)), _connector='OR'), name='payments_run_visa_not_by_preparer'),
        ),
        migrations.AddConstraint(
            model_name='campagne',
            constraint=models.CheckConstraint(condition=models.Q(('execute_par__isnull', True), models.Q(('prepare_par__isnull', False), models.Q(('execute_par', models.F('prepare_par')), _negated=True)), models.Q(('controle_par__isnull', False), ('prepare_par__isnull', True), models.Q(('execute_par', models.F('controle_par')), _negated=True)), _connector='OR'), name='payments_run_executed_not_by_preparer'),
        ),
        migrations.AddConstraint(
            model_name='reversementdefonds',
            constraint=models.UniqueConstraint(condition=models.Q(models.Q(('etat', 'ANNULE'), _negated=True), ('nature', 'RECOUVREMENTS')), fields=('mandat', 'annee'), name='payments_pay_back_once'),
        ),
        migrations.AddConstraint(
            model_name='reversementdefonds',
            constraint=models.UniqueConstraint(condition=models.Q(('etat', 'PROPOSE')), fields=('mandat',), name='payments_one_pay_back_at_a_time'),
        ),
    ]
