"""Amicable phase, cash, plans, set-off."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("recoveries", "0003_phases"),
    ]
    operations = []
