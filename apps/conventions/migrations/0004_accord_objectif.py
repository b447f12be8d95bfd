from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('conventions', '0003_volet_caom'),
    ]

    operations = [
        migrations.AddField(
            model_name='objectifcaom',
            name='accord_le',
            field=models.DateField(blank=True, null=True, verbose_name='accord signé le'),
        ),
    ]
