"""Damaged files given to every import: read, or refused in words; nothing else, nothing half-saved.

300 files of each import at every run, 10 000 with --full: all are read, one in fifty is then kept,
previewed and confirmed, and sent to its page.
A file that fails is kept, and named with its number: `Random("<import>:<seed>:<number>")` draws it
again (`--fuzz-seed`, 6 by default).
"""

from __future__ import annotations

import re
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.core.files.storage import InMemoryStorage
from django.db import transaction

from apps.core.errors import Refus
from apps.core.models import Fichier
from tests.fuzz import bank, structures, typed
from tests.fuzz.imports import Import, snapshot

IMPORTS: dict[str, Callable[[], Import]] = {
    "valeurs": typed.valeurs,
    "tableau": bank.tableau,
    "pain002": bank.pain002,
    "pieces": structures.pieces,
    "saisie": structures.saisie,
    "simulateur": typed.simulateur,
    "heures": structures.heures,
    "salaries": structures.salaries,
}
FILES, FILES_FULL = 300, 10_000
PLAYED = 50  # one file in so many goes further than the reading
SECONDS_MAX = 2.0  # of processor, for one file
SENTENCE_MAX = 600
FAILURES_MAX = 10
TECHNICAL = re.compile(r"Traceback|Exception|Error\b|\bNone\b|object at 0x|django|openpyxl|lxml")


def check_sentences(sentences: list[str]) -> None:
    """Words for a person: not empty, not endless, nothing of the machine, no control character."""
    for sentence in sentences:
        said = re.sub("« .* »", "« »", sentence, flags=re.DOTALL)  # what was typed is repeated
        assert sentence.strip(), "an empty sentence"
        assert len(sentence) <= SENTENCE_MAX, f"{len(sentence)} characters: {sentence[:200]}"
        assert not TECHNICAL.search(said), sentence
        assert "\x00" not in sentence, sentence


def told(act: Callable[[bytes], list[str]], contents: bytes) -> str:
    """Give one file to its import: what became of it, said in words."""
    try:
        said, outcome = act(contents), "read"
    except Refus as refus:
        said, outcome = [*refus.motifs], "refused"
        assert said, "a refusal without a word"
    check_sentences(said)
    return outcome


def play(target: Import, contents: bytes, before: dict[str, Any]) -> None:
    """The whole import; a refused one has written nothing. Everything is rolled back after."""
    if target.play is None:
        return
    with transaction.atomic():
        if told(target.play, contents) == "refused":
            assert snapshot(target.tables) == before, "something was written, then refused"
        transaction.set_rollback(True)


def by_the_page(target: Import, contents: bytes, before: dict[str, Any], outcome: str) -> None:
    """The same file through its page: an answer for a person; a refused one writes nothing."""
    if target.post is None:
        return
    with transaction.atomic():
        answer = target.post(contents)
        assert answer.status_code in (200, 302, 409), answer.status_code
        if outcome == "refused":
            assert answer.status_code == 200, answer.status_code
            assert snapshot(target.tables) == before
        transaction.set_rollback(True)


@pytest.mark.parametrize("name", IMPORTS)
def test_a_damaged_file_is_read_or_refused_in_words(
    db: None, name: str, request: Any, settings: Any, tmp_path: Path, monkeypatch: Any, capsys: Any
) -> None:
    asked = request.config.getoption
    count = asked("--fuzz-count") or (FILES_FULL if asked("--full") else FILES)
    seed = asked("--fuzz-seed")
    # Ten thousand files kept and rolled back would fill the disk: they stay in memory.
    monkeypatch.setattr(Fichier._meta.get_field("contenu"), "storage", InMemoryStorage())
    target = IMPORTS[name]()
    settings.TODAY = target.on
    before, outcomes, failures = snapshot(target.tables), Counter(), []
    slowest, started = 0.0, time.monotonic()
    for number in range(count):
        contents = target.damaged(Random(f"{name}:{seed}:{number}"))
        began = time.process_time()
        try:
            outcome = told(target.read, contents)
            if number % PLAYED == 0:
                play(target, contents, before)
                by_the_page(target, contents, before, outcome)
            spent = time.process_time() - began
            slowest = max(slowest, spent)
            assert spent < SECONDS_MAX, f"{spent:.1f} s"
            outcomes[outcome] += 1
        except Exception:
            kept = tmp_path / f"{name}-{seed}-{number}{target.suffix}"
            kept.write_bytes(contents)
            failures.append(f"{kept}\n{traceback.format_exc(limit=-6)}")
            if len(failures) == FAILURES_MAX:
                break
    assert not failures, "\n".join(failures)
    assert snapshot(target.tables) == before
    with capsys.disabled():
        sys.stdout.write(
            f"\n{name}: {count} files, {dict(outcomes)}, slowest {slowest:.2f} s, "
            f"{time.monotonic() - started:.0f} s in all "
        )
    # Damage that always ends the same way would prove nothing.
    assert min(outcomes["read"], outcomes["refused"]) > count // 100
