"""Fixtures of every test: databases, a site with a browser, hypothesis.

A test that touches the database asks for `db`, as usual: it runs as the application's role and is
rolled back. One that needs real commits (two connections, threads, a browser) asks for
`committed_db`; one that needs pages in a browser, for `site` and `page`.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from apps.core import fence
from tests import databases

hypothesis_settings.register_profile(
    "default", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
hypothesis_settings.register_profile(
    "full", parent=hypothesis_settings.get_profile("default"), max_examples=2_000
)

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", help="also run the long checks")
    parser.addoption("--fuzz-seed", type=int, default=6, help="seed of the damaged files (6)")
    parser.addoption("--fuzz-count", type=int, help="damaged files of each import (300, or 10 000)")


def pytest_configure(config: pytest.Config) -> None:
    # Tests prepare and look at everything, in every thread; a request is fenced as in production.
    fence._current = ContextVar("fence", default=fence.EVERYTHING)
    hypothesis_settings.load_profile("full" if config.getoption("--full") else "default")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    long_check = pytest.mark.skip(reason="long check: run with --full")
    for item in items:
        if "full" in item.keywords and not config.getoption("--full"):
            item.add_marker(long_check)
        marker = item.get_closest_marker("django_db")
        if marker and marker.kwargs.get("transaction"):
            raise pytest.UsageError(f"{item.nodeid}: use the fixture committed_db instead")


def pytest_sessionfinish() -> None:
    shutil.rmtree(django_settings.MEDIA_ROOT, ignore_errors=True)


@pytest.fixture(scope="session")
def migrated_template(django_test_environment: None, django_db_blocker: Any) -> str:
    """Name of the database, migrated as the owner, that others are copied from."""
    if not os.environ.get("DATABASE_URL"):
        pytest.exit("DATABASE_URL is not set: run bin/test, or set it", returncode=2)
    with django_db_blocker.unblock():
        return databases.migrated_template()


@pytest.fixture(scope="session")
def django_db_setup(migrated_template: str, django_db_blocker: Any) -> Iterator[None]:
    """The database of this test process, for the tests that are rolled back."""
    with django_db_blocker.unblock():
        copy = databases.copy_of(migrated_template, databases.process_name())
        copy.__enter__()
    yield
    with django_db_blocker.unblock():
        copy.__exit__(None, None, None)


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    """What a test leaves in the cache speaks of rows that are rolled back."""
    cache.clear()


@pytest.fixture
def committed_db(
    django_db_setup: None, migrated_template: str, django_db_blocker: Any
) -> Iterator[None]:
    """A database of the test's own, where commits are real; dropped afterwards."""
    name = f"{databases.process_name()}_own"
    with django_db_blocker.unblock(), databases.copy_of(migrated_template, name):
        yield


@pytest.fixture
def site(committed_db: None) -> Iterator[str]:
    """Address of the running site, on the test's own database."""
    from django.contrib.staticfiles.handlers import StaticFilesHandler
    from django.test.testcases import LiveServerThread

    thread = LiveServerThread("127.0.0.1", StaticFilesHandler)
    thread.daemon = True
    thread.start()
    thread.is_ready.wait()
    if thread.error:
        raise thread.error
    yield f"http://127.0.0.1:{thread.port}"
    thread.terminate()


@pytest.fixture(scope="session")
def browser(django_db_setup: None) -> Iterator[Any]:
    """The Chromium of the system, without download."""
    path = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if path is None:
        pytest.skip("no Chromium on this machine: install the package chromium")
    from playwright.sync_api import sync_playwright

    # Playwright keeps an event loop in this thread, where Django would then refuse the database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield running
        running.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def page(browser: Any, site: str) -> Iterator[Any]:
    """A page of the browser in a context of its own; relative addresses are those of the site."""
    context = browser.new_context(base_url=site, locale="fr-FR", timezone_id="Europe/Paris")
    context.set_default_timeout(float(os.environ.get("BROWSER_TIMEOUT_MS", "10000")))
    yield context.new_page()
    context.close()


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's folder."""
    return Path(django_settings.BASE_DIR)
