"""The NIR (encrypted, with its fingerprint) and the anonymised fiche, which has no PASS IAE."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("siae", "0003_entrepreneur_individuel")]

    operations = [
        migrations.RemoveConstraint(
            model_name='salarie',
            name='siae_salarie_one_pass_per_structure',
        ),
        migrations.AddField(
            model_name='salarie',
            name='anonymise_le',
            field=models.DateField(blank=True, null=True, verbose_name='anonymisé le'),
        ),
        migrations.AddField(
            model_name='salarie',
            name='nir_chiffre',
            field=models.TextField(blank=True, verbose_name='numéro de sécurité sociale'),
        ),
        migrations.AddField(
            model_name='salarie',
            name='nir_empreinte',
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddConstraint(
            model_name='salarie',
            constraint=models.UniqueConstraint(condition=models.Q(('pass_iae', ''), _negated=True), fields=('structure', 'pass_iae'), name='siae_salarie_one_pass_per_structure', violation_error_message='Un salarié de la structure porte déjà ce numéro de PASS IAE.'),
        ),
        migrations.AddConstraint(
            model_name='salarie',
            constraint=models.UniqueConstraint(condition=models.Q(('nir_empreinte', ''), _negated=True), fields=('structure', 'nir_empreinte'), name='siae_salarie_one_nir_per_structure'),
        ),
        migrations.AddConstraint(
            model_name='salarie',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('nir_chiffre', ''), ('nir_empreinte', '')), models.Q(models.Q(('nir_chiffre', ''), _negated=True), models.Q(('nir_empreinte', ''), _negated=True)), _connector='OR'), name='siae_salarie_nir_with_its_mark'),
        ),
        migrations.AddConstraint(
            model_name='salarie',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('anonymise_le__isnull', True), models.Q(('pass_iae', ''), _negated=True)), models.Q(('anonymise_le__isnull', False), ('nir_chiffre', ''), ('numero_caf', ''), ('pass_iae', '')), _connector='OR'), name='siae_salarie_anonymous_without_numbers'),
        ),
    ]
