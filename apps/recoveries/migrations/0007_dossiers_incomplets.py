"""The day a département last said that a file was not complete: no receipt of it comes before."""

from django.db import migrations, models

INCOMPLETE = models.DateField(blank=True, null=True, verbose_name="dite incomplète le")


class Migration(migrations.Migration):
    dependencies = [("recoveries", "0006_apurements")]

    operations = [
        migrations.AddField("listenonvaleur", "incomplete_le", INCOMPLETE.clone()),
        migrations.AddField("demanderemise", "incomplete_le", INCOMPLETE.clone()),
    ]
