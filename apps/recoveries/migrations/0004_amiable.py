"""Amicable phase, cash, plans, set-off."""

import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('conventions', '0004_accord_objectif'),
        ('core', '0002_courriels'),
        ('payments', '0004_reglements'),
        ('recoveries', '0003_phases'),
        ('siae', '0002_fiche_complete'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Excedent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('origine', models.CharField(choices=[('ENCAISSEMENT', 'Paiement supérieur à la somme due'), ('REDUCTION', 'Réduction d’un ordre déjà payé'), ('COMPENSATION', 'Compensation d’un ordre payé entre-temps')], max_length=12)),
                ('motif', models.CharField(blank=True, max_length=300)),
                ('montant', models.DecimalField(decimal_places=2, max_digits=12)),
                ('impute', models.DecimalField(decimal_places=2, default=0, max_digits=12, verbose_name='imputé')),
                ('rembourse', models.DecimalField(decimal_places=2, default=0, max_digits=12, verbose_name='remboursé')),
                ('ne_le', models.DateField(verbose_name='constaté le')),
                ('annule_le', models.DateField(blank=True, null=True, verbose_name='annulé le')),
                ('decide_par', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('ecriture', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='excedent', to='payments.ecriture')),
                ('financeur', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='conventions.financeur')),
                ('mandat', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='conventions.conventionmandat')),
                ('ordre', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='excedents', to='recoveries.ordrederecouvrer')),
                ('structure', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='excedents', to='siae.structure')),
            ],
            options={
                'verbose_name': 'excédent de versement',
                'verbose_name_plural': 'excédents de versement',
                'ordering': ['-ne_le', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='Encaissement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('mode', models.CharField(choices=[('VIREMENT', 'Virement'), ('CHEQUE', 'Chèque'), ('SAISIE', 'Recouvrement forcé'), ('DIVIDENDE', 'Dividende d’une procédure collective'), ('COMPENSATION', 'Compensation sur un versement'), ('EXCEDENT', 'Imputation d’un excédent')], max_length=12)),
                ('montant', models.DecimalField(decimal_places=2, max_digits=12)),
                ('recu_le', models.DateField(verbose_name='reçu le')),
                ('reference', models.CharField(max_length=60, verbose_name='référence')),
                ('saisi_le', models.DateField(verbose_name='enregistré le')),
                ('annule_le', models.DateField(blank=True, null=True, verbose_name='annulé le')),
                ('motif_annulation', models.CharField(blank=True, max_length=300, verbose_name='motif de l’annulation')),
                ('annule_par', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('ecriture', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='encaissement', to='payments.ecriture')),
                ('ordre', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='encaissements', to='recoveries.ordrederecouvrer')),
                ('saisi_par', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('versement', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='encaissements', to='payments.versement')),
                ('excedent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='imputations', to='recoveries.excedent')),
                ('excedent_ne', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='encaissement', to='recoveries.excedent')),
            ],
            options={
                'verbose_name': 'encaissement',
                'ordering': ['recu_le', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='PlanDePaiement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveSmallIntegerField()),
                ('etat', models.CharField(choices=[('DEMANDE', 'Demandé'), ('ACCORDE', 'Accordé'), ('REFUSE', 'Refusé'), ('ROMPU', 'Rompu'), ('TERMINE', 'Terminé')], default='DEMANDE', max_length=8, verbose_name='état')),
                ('nombre', models.PositiveSmallIntegerField(verbose_name='nombre d’échéances')),
                ('premiere', models.DateField(verbose_name='première échéance le')),
                ('motif', models.CharField(max_length=600, verbose_name='motif de la demande')),
                ('demande_le', models.DateField(verbose_name='demandé le')),
                ('par_la_structure', models.BooleanField(default=True)),
                ('montant', models.DecimalField(blank=True, decimal_places=2, max_digits=12, null=True)),
                ('decide_le', models.DateField(blank=True, null=True, verbose_name='décidé le')),
                ('motif_decision', models.CharField(blank=True, max_length=600, verbose_name='motif de la décision')),
                ('fin_le', models.DateField(blank=True, null=True, verbose_name='rompu ou terminé le')),
                ('decide_par', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('demande_par', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('document', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.fichier')),
                ('ordre', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='plans', to='recoveries.ordrederecouvrer')),
                ('remplace', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='remplacant', to='recoveries.plandepaiement')),
            ],
            options={
                'verbose_name': 'plan de paiement',
                'verbose_name_plural': 'plans de paiement',
                'ordering': ['ordre', '-version'],
            },
        ),
        migrations.CreateModel(
            name='EcheancePlan',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('rang', models.PositiveSmallIntegerField()),
                ('le', models.DateField(verbose_name='à payer le')),
                ('montant', models.DecimalField(decimal_places=2, max_digits=12)),
                ('plan', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='echeances', to='recoveries.plandepaiement')),
            ],
            options={
                'verbose_name': 'échéance d’un plan',
                'ordering': ['plan', 'rang'],
            },
        ),
        migrations.CreateModel(
            name='Remboursement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('montant', models.DecimalField(decimal_places=2, max_digits=12)),
                ('etat', models.CharField(choices=[('ORDONNE', 'Ordonné'), ('PAYE', 'Payé'), ('ABANDONNE', 'Abandonné')], default='ORDONNE', max_length=9, verbose_name='état')),
                ('motif', models.CharField(max_length=300)),
                ('ordonne_le', models.DateField(verbose_name='ordonné le')),
                ('reference', models.CharField(blank=True, max_length=60, verbose_name='référence bancaire')),
                ('clos_le', models.DateField(blank=True, null=True, verbose_name='payé ou abandonné le')),
                ('motif_abandon', models.CharField(blank=True, max_length=300, verbose_name='motif de l’abandon')),
                ('clos_par', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('coordonnees', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='siae.coordonneesbancaires')),
                ('excedent', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='remboursements', to='recoveries.excedent')),
                ('ordonne_par', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'remboursement d’excédent',
                'verbose_name_plural': 'remboursements d’excédents',
                'ordering': ['-ordonne_le', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='ActeDeRecouvrement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('nature', models.CharField(choices=[('NOTIFICATION', 'Notification'), ('RELANCE', 'Relance'), ('MISE_EN_DEMEURE', 'Mise en demeure'), ('FORCE', 'Engagement du recouvrement forcé')], max_length=15)),
                ('jour', models.DateField(verbose_name='fait le')),
                ('reste', models.DecimalField(decimal_places=2, max_digits=12, verbose_name='somme réclamée')),
                ('echeance', models.DateField(blank=True, null=True, verbose_name='à payer avant le')),
                ('voie', models.CharField(blank=True, choices=[('COMMISSAIRE', 'Remise du titre à un commissaire de justice'), ('SAISIE', 'Saisie administrative à tiers détenteur')], max_length=11)),
                ('detail', models.CharField(blank=True, max_length=300, verbose_name='détail')),
                ('document', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.fichier')),
                ('ordre', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='actes', to='recoveries.ordrederecouvrer')),
                ('par', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'acte de recouvrement',
                'verbose_name_plural': 'actes de recouvrement',
                'ordering': ['jour', 'pk'],
                'constraints': [models.UniqueConstraint(fields=('ordre', 'nature', 'jour'), name='recoveries_act_once_a_day'), models.UniqueConstraint(condition=models.Q(('nature', 'NOTIFICATION')), fields=('ordre',), name='recoveries_notified_once'), models.CheckConstraint(condition=models.Q(('reste__gt', 0)), name='recoveries_act_claims'), models.CheckConstraint(condition=models.Q(models.Q(('echeance__isnull', True), ('nature', 'FORCE'), models.Q(('voie', ''), _negated=True)), models.Q(models.Q(('nature', 'FORCE'), _negated=True), ('echeance__gt', models.F('jour')), ('echeance__isnull', False), ('voie', '')), _connector='OR'), name='recoveries_act_is_complete'), models.CheckConstraint(condition=models.Q(('nature__in', ['NOTIFICATION', 'RELANCE']), ('par__isnull', False), _connector='OR'), name='recoveries_act_decided_by_a_person')],
            },
        ),
        migrations.CreateModel(
            name='Compensation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('etat', models.CharField(choices=[('DECIDEE', 'Décidée'), ('LEVEE', 'Levée'), ('TERMINEE', 'Terminée')], default='DECIDEE', max_length=8, verbose_name='état')),
                ('motif', models.CharField(max_length=300)),
                ('reste', models.DecimalField(decimal_places=2, max_digits=12, verbose_name='somme due')),
                ('plafond', models.DecimalField(blank=True, decimal_places=2, max_digits=12, null=True, verbose_name='plafond par campagne')),
                ('decidee_le', models.DateField(verbose_name='décidée le')),
                ('applicable_le', models.DateField(verbose_name='applicable à partir du')),
                ('fin_le', models.DateField(blank=True, null=True, verbose_name='levée ou terminée le')),
                ('motif_levee', models.CharField(blank=True, max_length=300, verbose_name='motif de la levée')),
                ('decidee_par', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('document', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.fichier')),
                ('levee_par', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('ordre', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='compensations', to='recoveries.ordrederecouvrer')),
            ],
            options={
                'verbose_name': 'compensation',
                'ordering': ['-decidee_le', '-pk'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('etat', 'DECIDEE')), fields=('ordre',), name='recoveries_one_set_off'), models.CheckConstraint(condition=models.Q(('plafond__isnull', True), ('plafond__gt', 0), _connector='OR'), name='recoveries_set_off_ceiling'), models.CheckConstraint(condition=models.Q(('applicable_le__gt', models.F('decidee_le'))), name='recoveries_set_off_after_notice'), models.CheckConstraint(condition=models.Q(models.Q(('etat', 'LEVEE'), _negated=True), models.Q(('levee_par__isnull', False), models.Q(('motif_levee', ''), _negated=True)), _connector='OR'), name='recoveries_set_off_lifted_with_reason')],
            },
        ),
        migrations.AddConstraint(
            model_name='excedent',
            constraint=models.CheckConstraint(condition=models.Q(('impute__gte', 0), ('montant__gt', 0), ('rembourse__gte', 0), ('montant__gte', django.db.models.expressions.CombinedExpression(models.F('impute'), '+', models.F('rembourse')))), name='recoveries_surplus_used_once'),
        ),
        migrations.AddConstraint(
            model_name='excedent',
            constraint=models.CheckConstraint(condition=models.Q(('annule_le__isnull', True), models.Q(('impute', 0), ('rembourse', 0)), _connector='OR'), name='recoveries_surplus_cancelled_unused'),
        ),
        migrations.AddConstraint(
            model_name='excedent',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('origine', 'ENCAISSEMENT'), _negated=True), models.Q(models.Q(('motif', ''), _negated=True), ('decide_par__isnull', False)), _connector='OR'), name='recoveries_surplus_is_decided'),
        ),
        migrations.AddConstraint(
            model_name='encaissement',
            constraint=models.UniqueConstraint(condition=models.Q(('annule_le__isnull', True), ('mode__in', ['VIREMENT', 'CHEQUE', 'SAISIE', 'DIVIDENDE'])), fields=('reference',), name='recoveries_bank_line_once'),
        ),
        migrations.AddConstraint(
            model_name='encaissement',
            constraint=models.UniqueConstraint(fields=('ordre', 'versement'), name='recoveries_set_off_once_per_line'),
        ),
        migrations.AddConstraint(
            model_name='encaissement',
            constraint=models.CheckConstraint(condition=models.Q(('montant__gt', 0), models.Q(('excedent_ne__isnull', False), ('montant', 0)), _connector='OR'), name='recoveries_cash_positive'),
        ),
        migrations.AddConstraint(
            model_name='encaissement',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('mode', 'COMPENSATION'), ('versement__isnull', False)), models.Q(models.Q(('mode', 'COMPENSATION'), _negated=True), ('versement__isnull', True)), _connector='OR'), name='recoveries_set_off_has_its_line'),
        ),
        migrations.AddConstraint(
            model_name='encaissement',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('excedent__isnull', False), ('mode', 'EXCEDENT')), models.Q(models.Q(('mode', 'EXCEDENT'), _negated=True), ('excedent__isnull', True)), _connector='OR'), name='recoveries_imputation_has_its_surplus'),
        ),
        migrations.AddConstraint(
            model_name='encaissement',
            constraint=models.CheckConstraint(condition=models.Q(('annule_le__isnull', True), models.Q(('annule_par__isnull', False), models.Q(('motif_annulation', ''), _negated=True)), _connector='OR'), name='recoveries_cash_cancelled_with_reason'),
        ),
        migrations.AddConstraint(
            model_name='plandepaiement',
            constraint=models.UniqueConstraint(fields=('ordre', 'version'), name='recoveries_plan_version'),
        ),
        migrations.AddConstraint(
            model_name='plandepaiement',
            constraint=models.UniqueConstraint(condition=models.Q(('etat__in', ['DEMANDE', 'ACCORDE'])), fields=('ordre',), name='recoveries_one_plan_in_force'),
        ),
        migrations.AddConstraint(
            model_name='plandepaiement',
            constraint=models.CheckConstraint(condition=models.Q(('nombre__gte', 1)), name='recoveries_plan_spreads'),
        ),
        migrations.AddConstraint(
            model_name='plandepaiement',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decide_par__isnull', True), ('etat', 'DEMANDE')), models.Q(models.Q(('etat', 'DEMANDE'), _negated=True), ('decide_le__isnull', False)), _connector='OR'), name='recoveries_plan_is_decided'),
        ),
        migrations.AddConstraint(
            model_name='plandepaiement',
            constraint=models.CheckConstraint(condition=models.Q(('decide_par__isnull', True), models.Q(('decide_par', models.F('demande_par')), _negated=True), _connector='OR'), name='recoveries_plan_four_eyes'),
        ),
        migrations.AddConstraint(
            model_name='plandepaiement',
            constraint=models.CheckConstraint(condition=models.Q(('etat__in', ['DEMANDE', 'REFUSE']), ('montant__gt', 0), _connector='OR'), name='recoveries_plan_has_its_amount'),
        ),
        migrations.AddConstraint(
            model_name='plandepaiement',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('etat', 'REFUSE'), _negated=True), models.Q(('motif_decision', ''), _negated=True), _connector='OR'), name='recoveries_plan_refused_with_reason'),
        ),
        migrations.AddConstraint(
            model_name='echeanceplan',
            constraint=models.UniqueConstraint(fields=('plan', 'rang'), name='recoveries_instalment_once'),
        ),
        migrations.AddConstraint(
            model_name='echeanceplan',
            constraint=models.CheckConstraint(condition=models.Q(('montant__gt', 0)), name='recoveries_instalment_positive'),
        ),
        migrations.AddConstraint(
            model_name='remboursement',
            constraint=models.UniqueConstraint(condition=models.Q(('etat', 'ORDONNE')), fields=('excedent',), name='recoveries_one_refund_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='remboursement',
            constraint=models.UniqueConstraint(condition=models.Q(('reference', ''), _negated=True), fields=('reference',), name='recoveries_refund_once'),
        ),
        migrations.AddConstraint(
            model_name='remboursement',
            constraint=models.CheckConstraint(condition=models.Q(('montant__gt', 0)), name='recoveries_refund_positive'),
        ),
        migrations.AddConstraint(
            model_name='remboursement',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('etat', 'PAYE'), _negated=True), models.Q(('clos_le__isnull', False), ('clos_par__isnull', False), ('coordonnees__isnull', False), models.Q(('reference', ''), _negated=True), models.Q(('clos_par', models.F('ordonne_par')), _negated=True)), _connector='OR'), name='recoveries_refund_four_eyes'),
        ),
        migrations.AddConstraint(
            model_name='remboursement',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('etat', 'ABANDONNE'), _negated=True), models.Q(('motif_abandon', ''), _negated=True), _connector='OR'), name='recoveries_refund_given_up_with_reason'),
        ),
    ]
