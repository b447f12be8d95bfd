"""The eve of April: the database from which each month of these tests is copied."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connections

from tests import databases
from tests.faults import april


@pytest.fixture
def eve_of_april(
    django_db_setup: None, migrated_template: str, django_db_blocker: Any
) -> Iterator[str]:
    """Its name; real commits are allowed on the copies that are made of it."""
    name = f"{databases.process_name()}_april"
    with django_db_blocker.unblock(), databases.copy_of(migrated_template, name):
        april.before_april()
        connections.close_all()
        yield name
