"""The world of the statements' tests, rolled back after each test."""

from __future__ import annotations

import pytest

from tests.presence.world import World


@pytest.fixture
def world(db: None) -> World:
    return World()
