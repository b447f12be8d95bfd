"""House habits, hunted in the sources: sizes, names, exact money, a lock file that names no place.

The order of the applications and of the layers is checked by import-linter (bin/test).
"""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60
FORBIDDEN_NAMES = {"utils", "helpers", "mixins", "common", "signals", "receivers"}


def sources(*folders):
    """Every Python file under the folders, migrations excepted."""
    found = [
        path
        for folder in folders
        for path in (ROOT / folder).rglob("*.py")
        if "migrations" not in path.parts
    ]
    assert found, f"nothing to check in {folders}"
    return found


def names(paths):
    return sorted(str(path.relative_to(ROOT)) for path in paths)


def calls(path, matches):
    """Lines of `path` with a call whose function satisfies `matches`."""
    tree = ast.parse(path.read_text())
    return [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and matches(node.func)
    ]


def test_modules_are_short():
    """A module has at most 400 lines, tests included."""
    paths = sources("apps", "config", "tests")
    assert names(p for p in paths if len(p.read_text().splitlines()) > MODULE_LINES_MAX) == []


def test_functions_are_short():
    """A function has at most 60 lines."""
    long_ones = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path in sources("apps", "config", "tests")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno - node.lineno >= FUNCTION_LINES_MAX
    ]
    assert long_ones == []


def test_names_say_something():
    """No module or folder is a catch-all."""
    paths = sources("apps", "config", "tests")
    parts = {part for path in paths for part in path.relative_to(ROOT).with_suffix("").parts}
    assert parts & FORBIDDEN_NAMES == set()


def test_modules_say_what_they_are():
    """Each module that holds code opens with a docstring."""
    silent = [
        path
        for path in sources("apps", "config", "tests")
        if (tree := ast.parse(path.read_text())).body and ast.get_docstring(tree) is None
    ]
    assert names(silent) == []


@pytest.mark.parametrize("folder", ["apps/rules", "apps/payments", "apps/recoveries"])
def test_money_is_never_a_float(folder):
    """Neither float(…) nor a number with a decimal point where money is computed."""

    def is_float(function):
        return isinstance(function, ast.Name) and function.id == "float"

    converted = [line for path in sources(folder) for line in calls(path, is_float)]
    literals = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sources(folder)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, float)
    ]
    assert converted + literals == []


def test_rounding_has_one_home():
    """Only apps/rules/money.py rounds: quantize, round() and the ROUND_ constants."""

    def rounds(function):
        by_method = isinstance(function, ast.Attribute) and function.attr == "quantize"
        return by_method or (isinstance(function, ast.Name) and function.id == "round")

    found = [line for path in sources("apps") for line in calls(path, rounds)]
    assert {line.split(":")[0] for line in found} == {"apps/rules/money.py"}


def test_nothing_is_hidden_in_signals_or_save():
    """No signal receiver and no save() with effects: what happens is in the services."""
    hidden = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path in sources("apps")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and node.name == "save" and "models" in str(path)
    ]
    connected = [
        str(path.relative_to(ROOT))
        for path in sources("apps")
        if re.search(r"django\.(db\.models|core|dispatch).*(signals|receiver)", path.read_text())
    ]
    assert hidden + connected == []


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_lock_files_name_no_place(lock):
    """Every locked package has its hash; no address, no folder of a machine."""
    text = (ROOT / lock).read_text()
    assert not re.search(r"://|--find-links|--index-url|file:", text)
    packages = re.findall(r"^[a-z0-9][^=\s]*==[^\s]+", text, re.MULTILINE)
    hashed = re.findall(r"^[a-z0-9][^=\s]*==[^\\]*\\\n +--hash=sha256:", text, re.MULTILINE)
    assert len(packages) == len(hashed) > 20


def test_the_demonstration_lock_contains_the_production_lock():
    """What is tested is what runs in production: same versions."""

    def pins(name):
        return set(re.findall(r"^[a-z0-9][^\s]*==[^\s]+", (ROOT / name).read_text(), re.MULTILINE))

    assert pins("requirements.lock") <= pins("requirements-dev.lock")


def test_no_secret_and_no_produced_file_is_kept():
    """Nothing under var/, no environment file, is under version control."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    kept = [name for name in listed.stdout.splitlines() if re.match(r"var/|\.venv/|.*\.env$", name)]
    assert kept == []


INLINE = re.compile(r"""\sstyle=["']|<style|\son[a-z]+=["']|<script(?![^>]*\bsrc=)""")


def test_pages_have_no_inline_script_nor_style():
    """What the content security policy would refuse; e-mails are read elsewhere."""
    pages = [path for path in (ROOT / "templates").rglob("*.html") if "emails" not in path.parts]
    assert pages
    assert names(path for path in pages if INLINE.search(path.read_text(encoding="utf-8"))) == []
