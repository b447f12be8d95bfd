"""Every archived statement is kept, per version and state; only the last one was linked before."""

import re

import django.db.models.deletion
from django.db import migrations, models

# « EMP-…-v2-saisi.pdf »: the name of a file tells what it was drawn from.
NOM = re.compile(r"-v(\d+)-(saisi|valide|carence)\.pdf$")


def keep_linked_documents(apps, schema_editor):
    EtatMensuel = apps.get_model("presence", "EtatMensuel")
    DocumentEtat = apps.get_model("presence", "DocumentEtat")
    alias = schema_editor.connection.alias
    linked = EtatMensuel.objects.using(alias).filter(document__isnull=False)
    DocumentEtat.objects.using(alias).bulk_create(
        DocumentEtat(
            etat_mensuel=etat,
            version=int(told[1]),
            etat=told[2].upper(),
            fichier_id=etat.document_id,
        )
        for etat in linked.select_related("document")
        if (told := NOM.search(etat.document.nom))
    )


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0002_courriels'),
        ('presence', '0002_justifications_signature_controles'),
    ]

    operations = [
        migrations.CreateModel(
            name='DocumentEtat',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveSmallIntegerField()),
                ('etat', models.CharField(choices=[('BROUILLON', 'En cours de saisie'), ('SAISI', 'Certifié, à valider'), ('VALIDE', 'Validé'), ('DEBLOQUE', 'Rouvert'), ('CARENCE', 'Carence constatée')], max_length=9, verbose_name='état')),
                ('etat_mensuel', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='documents', to='presence.etatmensuel')),
                ('fichier', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.fichier')),
            ],
            options={
                'verbose_name': 'état mensuel archivé',
                'verbose_name_plural': 'états mensuels archivés',
                'ordering': ['pk'],
                'constraints': [models.UniqueConstraint(fields=('etat_mensuel', 'version', 'etat'), name='presence_one_document_per_state'), models.CheckConstraint(condition=models.Q(('etat__in', ['SAISI', 'VALIDE', 'CARENCE'])), name='presence_no_document_while_open')],
            },
        ),
        migrations.RunPython(keep_linked_documents, migrations.RunPython.noop),
    ]
