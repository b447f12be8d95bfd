"""docs/operations.md against the sources: every variable that is read, and no other."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from config.secret_files import SECRETS

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs/operations.md"
# Written by us for others to read: Playwright's loop, pg_dump.
NOT_OURS = {"DJANGO_ALLOW_ASYNC_UNSAFE", "PGPASSWORD"}


def documented() -> set[str]:
    section = DOCUMENT.read_text().split("## Variables")[1].split("## Roles")[0]
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    assert rows
    return {name for row in rows for name in re.findall(r"`([A-Z][A-Z0-9_]+)`", row.split("|")[1])}


def read_by_the_sources() -> set[str]:
    """Names given to os.environ (get or []), or to `environment` of production's checks."""
    found = set()
    for path in [*(ROOT / "config").rglob("*.py"), *(ROOT / "apps").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            arguments: list[ast.expr] = []
            if isinstance(node, ast.Subscript) and "environ" in ast.unparse(node.value):
                arguments = [node.slice]
            elif isinstance(node, ast.Call) and "environ" in ast.unparse(node.func):
                arguments = node.args[:1]
            for argument in arguments:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    found.add(argument.value)
    return {name for name in found if re.fullmatch(r"[A-Z][A-Z0-9_]+", name)} - NOT_OURS


def test_every_variable_is_documented() -> None:
    assert documented() == read_by_the_sources()


def test_every_secret_may_come_from_a_file() -> None:
    marked = re.findall(r"`([A-Z_]+)` †", DOCUMENT.read_text())
    assert set(marked) == set(SECRETS)


def test_the_composition_gives_every_variable() -> None:
    """What the application reads in production is passed on, or set by the image."""
    composition = (ROOT / "docker-compose.yml").read_text()
    passed = set(re.findall(r"^ +([A-Z][A-Z0-9_]+): ", composition, re.MULTILINE))
    refused = {"DEBUG", "EXTRANET_TODAY", "SECOND_FACTOR_REQUIRED"}
    by_the_image = {"DJANGO_SETTINGS_MODULE", "MEDIA_ROOT", "PG_BIN"}
    assert documented() - passed == refused | by_the_image
