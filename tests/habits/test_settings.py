"""Production refuses to start on defaults, and passes Django's own deployment checks."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COMPLETE = {
    "DJANGO_SETTINGS_MODULE": "config.settings.prod",
    "SECRET_KEY": "k9" + "abcdefghijklmnopqrstuvwxyz0123456789" * 2,
    "ALLOWED_HOSTS": "extranet.example.fr",
    "DATABASE_URL": "postgresql://iae_app:mot-de-passe@db.example/iae",
    "REDIS_URL": "redis://redis.example:6379/0",
}
KEPT = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}


def python(environment, code):
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=KEPT | environment,
        capture_output=True,
        text=True,
    )


def setting(environment, expression):
    code = f"from django.conf import settings; print({expression})"
    return python(environment, code)


@pytest.mark.parametrize("name", ["SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL", "REDIS_URL"])
def test_production_refuses_to_start_without(name):
    """A missing variable is named, and nothing starts."""
    done = setting({key: value for key, value in COMPLETE.items() if key != name}, "settings.DEBUG")
    assert done.returncode != 0
    assert f"Set these environment variables: {name}" in done.stderr


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("SECRET_KEY", "court", "at least 50 random characters"),
        ("SECRET_KEY", "a" * 60, "at least 50 random characters"),
        ("ALLOWED_HOSTS", "*", "must name the site's hosts"),
        ("ALLOWED_HOSTS", " , ", "must name the site's hosts"),
    ],
)
def test_production_refuses_weak_values(name, value, sentence):
    """A short key or an open list of hosts is refused."""
    done = setting(COMPLETE | {name: value}, "settings.DEBUG")
    assert done.returncode != 0
    assert sentence in done.stderr


def test_production_connects_as_the_application_only():
    """DATABASE_URL is the application's role as it is given; the owner's is unknown."""
    done = setting(COMPLETE, "sorted(settings.DATABASES), settings.DATABASES['default']['USER']")
    assert done.stdout == "['default'] iae_app\n", done.stderr


def test_deployment_checks_are_clean():
    """`check --deploy` only speaks of the account of the agent comptable that is not given: neither
    transfers nor payments to the State without it."""
    code = (
        "import django; django.setup(); from django.core.management import call_command;"
        "call_command('check', deploy=True, fail_level='WARNING', databases=[])"
    )
    account = {"ISSUER_IBAN": "FR7610071999990000000000178", "ISSUER_BIC": "TRPUFRP1XXX"}
    done = python(COMPLETE | account, code)
    assert (done.returncode, done.stderr) == (0, "")
    done = python(COMPLETE, code)
    assert done.returncode != 0
    assert "recoveries.W001" in done.stderr
    assert "payments.W001" in done.stderr
    assert "identified 2 issues" in done.stderr


def test_links_of_e_mails_lead_to_the_site():
    """SITE_URL, else the first host; e-mails leave by SMTP."""
    expression = "settings.SITE_URL, settings.EMAIL_HOST, settings.EMAIL_USE_TLS"
    done = setting(COMPLETE, expression)
    assert done.stdout == "https://extranet.example.fr localhost False\n", done.stderr
    given = {"SITE_URL": "https://iae.example.fr", "EMAIL_HOST": "smtp", "EMAIL_USE_TLS": "1"}
    assert setting(COMPLETE | given, expression).stdout == "https://iae.example.fr smtp True\n"


def test_production_shows_no_account_of_the_demonstration():
    """Whatever the day it is given."""
    done = setting(COMPLETE | {"EXTRANET_TODAY": "2024-02-21"}, "settings.DEMO_ACCOUNTS")
    assert done.stdout == "()\n", done.stderr
