"""What no source does: run or compile a text, hash or draw weakly, write HTML from a script.

Read in the syntax trees, so that a new module is held to it from its first day.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RUNS = {"eval", "exec", "compile", "__import__", "os.system", "os.popen", "Template"}
RUNS |= {"pickle.loads", "pickle.load", "marshal.loads", "yaml.load", "shelve.open"}
# The only command lines are those of the embedded servers and of the database's own tools.
COMMAND_LINES = {"apps/core/embedded.py", "apps/core/backup/programs.py"}
EXPRESSIONS = {f"re.{name}" for name in ("compile", "match", "search", "sub", "split", "findall")}
WEAK = {"hashlib.md5", "hashlib.sha1", "random.random", "random.choice", "random.randint"}
# Draws that must be made again alike, from a seed: the simulated year, the demonstration.
SEEDED = ("apps/dashboards/simulation/", "apps/dashboards/demo/", "apps/dashboards/bench/")
WRITES_HTML = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|__proto__"
)


@cache
def calls() -> tuple[tuple[str, str, ast.Call], ...]:
    """Every call of the product: file, dotted name, node."""
    return tuple(_calls())


def _calls() -> Iterator[tuple[str, str, ast.Call]]:
    for path in (ROOT / "apps").rglob("*.py"):
        name = str(path.relative_to(ROOT))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                yield name, ast.unparse(node.func), node


def test_nothing_runs_what_somebody_typed() -> None:
    """Neither code nor command nor template nor expression is made from a value."""
    found = []
    for path, name, node in calls():
        if name in RUNS or (name.startswith("subprocess.") and not _is_a_command_line(path)):
            found.append((path, node.lineno, name))
        if name in EXPRESSIONS and not isinstance(node.args[0], ast.Constant):
            found.append((path, node.lineno, name))
    assert found == []


def _is_a_command_line(path: str) -> bool:
    return path in COMMAND_LINES or "/management/" in path


def test_no_weak_hash_nor_weak_chance() -> None:
    found = [
        (path, node.lineno, name)
        for path, name, node in calls()
        if name in WEAK or (name.endswith("Random") and not path.startswith(SEEDED))
    ]
    assert found == []


def test_scripts_write_no_html() -> None:
    """Texts go to the page as texts; nothing received becomes a key of a prototype."""
    scripts = list((ROOT / "static" / "js").rglob("*.js"))
    assert scripts
    assert [path.name for path in scripts if WRITES_HTML.search(path.read_text())] == []
