"""`manage.py capturer_manuels --url http://127.0.0.1:8000`: the pictures of the user manuals."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.dashboards.demo.captures import take
from apps.dashboards.demo.pending import leave_work
from apps.dashboards.demo.pictures import CAPTURES


class Command(BaseCommand):
    help = (
        "Takes the pictures of the user manuals on a served demonstration, after leaving some work "
        "pending in it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--url", default="http://127.0.0.1:8000")
        parser.add_argument("--manuel", help="only the pictures of this manual")

    def handle(self, *args: Any, url: str, manuel: str | None, **options: Any) -> None:
        # Playwright runs an event loop in this thread: Django's own reads are allowed beside it.
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
        wanted = tuple(c for c in CAPTURES if manuel in (None, c.manuel))
        if not wanted:
            raise CommandError(f"No picture is listed for the manual « {manuel} ».")
        leave_work()
        for path in take(url, wanted):
            self.stdout.write(f"{path.parent.name}/{path.name}: {path.stat().st_size} bytes")
