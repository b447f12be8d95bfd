"""Production refuses to start on defaults, and passes Django's own deployment checks.

The settings are loaded in a process of their own, with an environment of their own. The role of
the database is judged at the start of the web server and of a worker.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import connection, connections
from django.test import override_settings

from apps.core.database import role
from apps.core.database.locations import connection_arguments
from apps.core.models import Sequence
from config.production import faults
from config.secret_files import read_secret_files

ROOT = Path(__file__).resolve().parents[2]
COMPLETE = {
    "DJANGO_SETTINGS_MODULE": "config.settings.prod",
    "SECRET_KEY": "Xq7vN2dKs9" * 6 + "LtB4mZr8WcJ5",
    "ALLOWED_HOSTS": "extranet.asp.fr",
    "DATABASE_URL": "postgresql://iae_app:Zk4tq9wLr2mVx7Bn@db.asp.fr/iae",
    "REDIS_URL": "redis://:Hf6yTq3pWn8cRz5J@redis.asp.fr:6379/0",
    "ENCRYPTION_KEYS": "7Yp0mJcVd3oQ1sXbT5uKzR8eWfLhNg2iAjEvCtByUxM=",
}
ACCOUNT = {
    "ISSUER_IBAN": "FR1420041010050500013M02606",
    "ISSUER_BIC": "TRPUFRP1XXX",
    "DEFAULT_FROM_EMAIL": "extranet@asp.fr",
}
KEPT = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}


def python(environment: dict[str, str], code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=KEPT | environment,
        capture_output=True,
        text=True,
    )


def setting(environment: dict[str, str], expression: str) -> subprocess.CompletedProcess[str]:
    return python(environment, f"from django.conf import settings; print({expression})")


REFUSED = [
    ("SECRET_KEY", "", "Set these environment variables: SECRET_KEY"),
    ("ALLOWED_HOSTS", "", "Set these environment variables: ALLOWED_HOSTS"),
    ("DATABASE_URL", "", "Set these environment variables: DATABASE_URL"),
    ("REDIS_URL", "", "Set these environment variables: REDIS_URL"),
    ("ENCRYPTION_KEYS", "", "Set these environment variables: ENCRYPTION_KEYS"),
    ("SECRET_KEY", "court", "at least 50 random characters"),
    ("SECRET_KEY", "a1" * 30, "at least 50 random characters"),
    ("SECRET_KEY", "django-insecure-" + COMPLETE["SECRET_KEY"], "SECRET_KEY is a placeholder"),
    ("SECRET_KEY", "change-me-" + COMPLETE["SECRET_KEY"], "SECRET_KEY is a placeholder"),
    ("ALLOWED_HOSTS", "*", "must name the site's hosts"),
    ("ALLOWED_HOSTS", "extranet.asp.fr,*", "must name the site's hosts"),
    ("ALLOWED_HOSTS", ".fr", "must name the site's hosts"),
    ("ALLOWED_HOSTS", "localhost", "must name the site's hosts"),
    ("ALLOWED_HOSTS", " , ", "must name the site's hosts"),
    ("DATABASE_URL", "postgresql://iae_app@db/iae", "password of DATABASE_URL"),
    ("DATABASE_URL", "postgresql://iae_app:iae_app@db/iae", "password of DATABASE_URL"),
    ("DATABASE_URL", "postgresql://iae_app:changeme-changeme@db/iae", "password of DATABASE_URL"),
    ("DATABASE_OWNER_URL", "postgresql://o:postgrespostgres1@db/iae", "of DATABASE_OWNER_URL"),
    ("REDIS_URL", "redis://redis:6379/0", "password of REDIS_URL"),
    ("REDIS_URL", "redis://:aaaaaaaaaaaaaaaaaaaa@redis:6379/0", "password of REDIS_URL"),
    ("EMAIL_HOST_PASSWORD", "password", "EMAIL_HOST_PASSWORD is short"),
    ("SUPERVISION_TOKEN", "court", "SUPERVISION_TOKEN is short"),
    ("SITE_URL", "http://extranet.asp.fr", "SITE_URL must be the https address"),
    ("SITE_URL", "https://localhost", "SITE_URL must be the https address"),
    ("SITE_URL", "extranet.asp.fr", "SITE_URL must be the https address"),
    ("PROCONNECT_ISSUER", "http://proconnect.fr", "PROCONNECT_ISSUER must be an https"),
    ("ENCRYPTION_KEYS", "abc", "ENCRYPTION_KEYS: key 1"),
    ("ENCRYPTION_KEYS", "A" * 43 + "=", "ENCRYPTION_KEYS: key 1"),
    ("ENCRYPTION_KEYS", COMPLETE["ENCRYPTION_KEYS"] + ",abc", "ENCRYPTION_KEYS: key 2"),
    ("EXTRANET_TODAY", "2024-02-21", "EXTRANET_TODAY fixes the day"),
    ("DEBUG", "1", "DEBUG is for development"),
    ("DEBUG", "True", "DEBUG is for development"),
    ("ISSUER_IBAN", "FR76 1007 1999 9900 0000 0000 178", "account of the demonstration"),
    ("SECOND_FACTOR_REQUIRED", "0", "SECOND_FACTOR_REQUIRED may not be switched off"),
    ("SECOND_FACTOR_REQUIRED", "false", "SECOND_FACTOR_REQUIRED may not be switched off"),
]


@pytest.mark.parametrize(("name", "value", "sentence"), REFUSED)
def test_a_default_is_refused(name: str, value: str, sentence: str) -> None:
    """One fault, and it is the one that is said."""
    (fault,) = faults(COMPLETE | {name: value})
    assert sentence in fault


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "postgresql:///iae?host=/run/postgresql&user=iae_app"),
        ("REDIS_URL", "unix:///run/redis/redis.sock?db=0"),
        ("ENCRYPTION_KEYS", f"{COMPLETE['ENCRYPTION_KEYS']}, {COMPLETE['ENCRYPTION_KEYS']}"),
        ("DEBUG", "0"),
        ("PROCONNECT_ISSUER", ""),
        ("SUPERVISION_TOKEN", ""),
        ("SECOND_FACTOR_REQUIRED", "1"),
        ("SITE_URL", "https://extranet.asp.fr"),
        ("ALLOWED_HOSTS", ".asp.fr, extranet.asp.fr"),
    ],
)
def test_what_is_right_is_not_refused(name: str, value: str) -> None:
    assert faults(COMPLETE | {name: value}) == []


def test_nothing_starts_and_every_fault_is_said() -> None:
    """The settings themselves, in a process of their own."""
    wrong = {"SECRET_KEY": "court", "DEBUG": "1", "SITE_URL": "http://x.fr", "ENCRYPTION_KEYS": ""}
    done = setting(COMPLETE | wrong, "settings.DEBUG")
    assert (done.returncode, done.stdout) == (1, "")
    for sentence in ("ENCRYPTION_KEYS", "at least 50 random", "DEBUG is for", "SITE_URL must"):
        assert sentence in done.stderr
    assert setting(COMPLETE, "settings.DEBUG, settings.PRODUCTION").stdout == "False True\n"


def test_secrets_come_from_files(tmp_path: Path) -> None:
    """NAME_FILE is read; the variable itself wins; a file that is not there stops everything."""
    (tmp_path / "key").write_text(COMPLETE["SECRET_KEY"] + "\n")
    environment = {
        "SECRET_KEY_FILE": str(tmp_path / "key"),
        "REDIS_URL": "a",
        "REDIS_URL_FILE": "b",
    }
    read_secret_files(environment)
    assert environment["SECRET_KEY"] == COMPLETE["SECRET_KEY"]
    assert environment["REDIS_URL"] == "a"
    given = {name: value for name, value in COMPLETE.items() if name != "SECRET_KEY"}
    done = setting(given | {"SECRET_KEY_FILE": str(tmp_path / "key")}, "settings.SECRET_KEY")
    assert done.stdout.strip() == COMPLETE["SECRET_KEY"], done.stderr
    done = setting(given | {"SECRET_KEY_FILE": str(tmp_path / "none")}, "settings.SECRET_KEY")
    assert done.returncode == 1
    assert "FileNotFoundError" in done.stderr


def test_production_connects_as_the_application_only() -> None:
    """DATABASE_URL is the application's role as it is given; the owner's is unknown."""
    done = setting(COMPLETE, "sorted(settings.DATABASES), settings.DATABASES['default']['USER']")
    assert done.stdout == "['default'] iae_app\n", done.stderr


def test_deployment_checks_are_clean() -> None:
    """With an account and a sender, `check --deploy` says nothing, warnings as errors."""
    code = (
        "import django; django.setup(); from django.core.management import call_command;"
        "call_command('check', deploy=True, fail_level='WARNING', databases=[])"
    )
    done = python(COMPLETE | ACCOUNT, code)
    assert (done.returncode, done.stderr) == (0, "")
    done = python(COMPLETE, code)
    assert done.returncode != 0
    for identifier in ("recoveries.W001", "payments.W001", "core.W001", "identified 3 issues"):
        assert identifier in done.stderr


def test_what_browsers_are_told_in_production() -> None:
    expression = (
        "settings.SECURE_HSTS_SECONDS, settings.SECURE_SSL_REDIRECT, settings.SESSION_COOKIE_NAME,"
        "settings.SESSION_COOKIE_SECURE, settings.CSRF_COOKIE_SECURE, settings.DEMO_ACCOUNTS"
    )
    done = setting(COMPLETE, expression)
    assert done.stdout == "31536000 True __Host-session True True ()\n", done.stderr


def test_links_of_e_mails_lead_to_the_site() -> None:
    """SITE_URL, else the first host; e-mails leave by SMTP."""
    expression = "settings.SITE_URL, settings.EMAIL_HOST, settings.EMAIL_USE_TLS"
    done = setting(COMPLETE, expression)
    assert done.stdout == "https://extranet.asp.fr localhost False\n", done.stderr
    given = {"SITE_URL": "https://iae.asp.fr", "EMAIL_HOST": "smtp", "EMAIL_USE_TLS": "1"}
    assert setting(COMPLETE | given, expression).stdout == "https://iae.asp.fr smtp True\n"


# --- the role of the database -------------------------------------------------------------------
def test_the_role_of_the_tests_is_weak(committed_db: None) -> None:
    assert role.dangers() == []
    role.require_weak_role()
    call_command("check", databases=["default"], tags=["database"])


@pytest.mark.parametrize(
    ("power", "words"),
    [
        ("SUPERUSER", "is a superuser"),
        ("BYPASSRLS", "bypasses row-level security"),
        ("CREATEROLE", "may create roles"),
        ("CREATEDB", "may create roles or databases"),
        ("GRANT CREATE ON SCHEMA public TO {}", "may create tables"),
        ("ALTER TABLE core_job OWNER TO {}", "owns the database or tables"),
        ("GRANT UPDATE ON journal_entree TO {}", "may change the append-only table journal_entree"),
        ("GRANT DELETE ON payments_ecriture TO {}", "append-only table payments_ecriture"),
    ],
)
def test_a_role_with_power_is_refused(committed_db: None, power: str, words: str) -> None:
    """Given one power at a time: web server, worker and check refuse it."""
    name = "iae_essai_role"
    database = connections.settings["default"]
    with psycopg.connect(
        **connection_arguments(connections.settings["owner"]), autocommit=True
    ) as owner:
        attribute = power if " " not in power else ""
        owner.execute(f"DROP ROLE IF EXISTS {name}")
        owner.execute(f"CREATE ROLE {name} LOGIN {attribute} PASSWORD 'essai-essai'")
        owner.execute(f"GRANT SELECT ON core_sequence TO {name}")
        if " " in power:
            owner.execute(power.format(name))
        before = database["USER"], database["PASSWORD"]
        try:
            _connect_as(name, "essai-essai")
            assert any(words in danger for danger in role.dangers())
            with pytest.raises(ImproperlyConfigured, match=words):
                role.require_weak_role()
            with pytest.raises(SystemCheckError, match=r"core\.E001"):
                call_command("check", databases=["default"], tags=["database"])
        finally:
            _connect_as(*before)
            owner.execute(f"REASSIGN OWNED BY {name} TO CURRENT_USER")
            owner.execute(f"DROP OWNED BY {name}")
            owner.execute(f"DROP ROLE {name}")


def _connect_as(name: str, password: str) -> None:
    connection.close()
    connection.settings_dict |= {"USER": name, "PASSWORD": password}
    connections.settings["default"] |= {"USER": name, "PASSWORD": password}


def test_production_refuses_the_demonstration(db: None) -> None:
    """Its passwords are public; elsewhere it is what one looks at."""
    Sequence.objects.create(name="demonstration", last=1)
    assert role.dangers() == []
    with override_settings(PRODUCTION=True):
        assert role.dangers() == ["works on a demonstration, whose passwords are public"]


def test_a_process_starts_while_the_database_is_away(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It serves nothing: `/sante/` says so, and a restart in a loop would only add to it."""
    from django.db import OperationalError

    def away() -> list[str]:
        raise OperationalError

    monkeypatch.setattr(role, "dangers", away)
    monkeypatch.setattr(role.connection, "close", lambda: None)
    role.require_weak_role()
    assert "role could not be checked" in caplog.text


def start(program: str) -> subprocess.CompletedProcess[str]:
    """A process of production that connects as the owner of the tests' own server."""
    owner = connections.settings["owner"]
    url = (
        f"postgresql:///{owner['NAME']}?host={owner['HOST']}&user={owner['USER']}"
        f"&port={owner['PORT'] or 5432}"
    )
    return python(COMPLETE | {"DATABASE_URL": url}, program)


@pytest.mark.parametrize(
    "program",
    [
        "import config.wsgi",
        "from config.celery import app; app.Worker(pool='solo')",
    ],
)
def test_web_and_worker_refuse_the_owner(committed_db: None, program: str) -> None:
    done = start(program)
    assert done.returncode != 0
    assert "The role of DATABASE_URL is a superuser" in done.stderr
