"""`manage.py prepare_database`: the database, its application role, its tables and its rights.

Run as the owner, before the application starts and after each update (the `migrate` service of
docker-compose.yml does). Safe to run again; two at once wait for each other.
"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import CommandError, call_command
from django.core.management.base import BaseCommand
from django.db import connections

from apps.core.database import locations, preparation, prepared

# Any constant does: all preparations of one server take the same lock.
LOCK = 729_534_82


class Command(BaseCommand):
    help = (
        "Crée la base et le rôle applicatif s’ils manquent, applique les migrations et les droits."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--reset", action="store_true", help="Recommence la démonstration.")

    def handle(self, *, reset: bool, verbosity: int, **options: Any) -> None:
        owner = locations.owner_database()
        application = locations.application_database()
        if owner is None or application is None:
            raise CommandError("Indiquez la base de données dans la variable DATABASE_URL.")
        with preparation.maintenance_connection(owner) as lock:
            lock.execute("SELECT pg_advisory_lock(%s)", [LOCK])
            if reset:
                if preparation.holds_other_data(owner):
                    raise CommandError(f"La base « {owner['NAME']} » n’est pas une démonstration.")
                preparation.drop_database(owner)
            elif prepared.is_prepared():
                return
            created = preparation.create_database(owner)
            if created and verbosity:
                self.stdout.write(f"Base « {owner['NAME']} » créée.")
            preparation.ensure_application_role(owner)
            call_command("migrate", database="owner", verbosity=max(0, verbosity - 1))
            connections["owner"].close()
            preparation.grant_rights(owner, application["USER"], settings.APPEND_ONLY_TABLES)
            preparation.raise_fence(owner, settings.FENCE_FUNCTIONS, settings.FENCED)
            preparation.leave_comment(owner, prepared.fingerprint())
