from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [("siae", "0004_nir")]

    operations = []
