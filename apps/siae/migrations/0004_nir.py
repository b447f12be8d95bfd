from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [("siae", "0003_entrepreneur_individuel")]

    operations = []
