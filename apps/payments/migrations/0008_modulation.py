"""Modulated part of the aid: notified by the DDETS, validated by the ASP, paid once."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0007_frais"),
        ("annexes", "0002_notification_protegee"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name='PartModulee',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('taux', models.DecimalField(decimal_places=2, max_digits=4)),
                ('base', models.DecimalField(decimal_places=2, max_digits=12, verbose_name='socle réalisé')),
                ('montant', models.DecimalField(decimal_places=2, max_digits=12)),
                ('calcul', models.JSONField(default=list)),
                ('reference', models.CharField(max_length=80, verbose_name='référence de la notification')),
                ('notifiee_le', models.DateField(verbose_name='décision du')),
                ('piece', models.FileField(blank=True, upload_to='modulation/%Y/', verbose_name='notification (PDF)')),
                ('etat', models.CharField(choices=[('NOTIFIEE', 'Notifiée, à valider'), ('VALIDEE', 'Validée'), ('REFUSEE', 'Refusée')], default='NOTIFIEE', max_length=8, verbose_name='état')),
                ('proposee_le', models.DateField(verbose_name='notifiée le')),
                ('decidee_le', models.DateField(blank=True, null=True, verbose_name='validée ou refusée le')),
                ('motif_refus', models.CharField(blank=True, max_length=300, verbose_name='motif du refus')),
            ],
            options={
                'verbose_name': 'part modulée',
                'verbose_name_plural': 'parts modulées',
                'ordering': ['-notifiee_le', '-pk'],
            },
        ),
        migrations.AddConstraint(
            model_name='versement',
            constraint=models.UniqueConstraint(condition=models.Q(('nature', 'modulation'), ('statut__in', ['PROPOSE', 'EXECUTE'])), fields=('annexe',), name='payments_modulated_part_once'),
        ),
        migrations.AddField(
            model_name='partmodulee',
            name='annexe',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='parts_modulees', to='annexes.annexefinanciere'),
        ),
        migrations.AddField(
            model_name='partmodulee',
            name='decidee_par',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='partmodulee',
            name='proposee_par',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='partmodulee',
            name='version',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='annexes.versionannexe'),
        ),
        migrations.AddConstraint(
            model_name='partmodulee',
            constraint=models.UniqueConstraint(condition=models.Q(('etat', 'REFUSEE'), _negated=True), fields=('annexe',), name='payments_modulation_once'),
        ),
        migrations.AddConstraint(
            model_name='partmodulee',
            constraint=models.CheckConstraint(condition=models.Q(('taux__gte', 0), ('taux__lte', 10)), name='payments_modulation_rate'),
        ),
        migrations.AddConstraint(
            model_name='partmodulee',
            constraint=models.CheckConstraint(condition=models.Q(('montant__gte', 0), ('montant__lte', models.F('base'))), name='payments_modulation_amount'),
        ),
        migrations.AddConstraint(
            model_name='partmodulee',
            constraint=models.CheckConstraint(condition=models.Q(('decidee_par__isnull', True), models.Q(('decidee_par', models.F('proposee_par')), _negated=True), _connector='OR'), name='payments_modulation_four_eyes'),
        ),
        migrations.AddConstraint(
            model_name='partmodulee',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decidee_le__isnull', True), ('decidee_par__isnull', True), ('etat', 'NOTIFIEE')), models.Q(models.Q(('etat', 'NOTIFIEE'), _negated=True), ('decidee_le__isnull', False), ('decidee_par__isnull', False)), _connector='OR'), name='payments_modulation_decision'),
        ),
        migrations.AddConstraint(
            model_name='partmodulee',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('etat', 'REFUSEE'), _negated=True), models.Q(('motif_refus', ''), _negated=True), _connector='OR'), name='payments_modulation_refusal_reason'),
        ),
    ]
