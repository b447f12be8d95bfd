"""Bank returns."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0004_reglements"),
    ]
    operations = []
