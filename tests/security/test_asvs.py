"""docs/security.md answers every requirement of ASVS 5.0 levels 1 and 2, and proves its « oui ».

The numbers are those of the OWASP's own list (5.0.0): 70 of level 1, 183 of level 2.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from tests.security.matrix import ROWS
from tests.security.rights import HEADINGS, PAGE, between_marks, table
from tests.security.world import ACTORS

ROOT = PAGE.parents[1]
NUMBERS = Path(__file__).with_name("asvs_5_0_level2.txt").read_text().split()
LINE = re.compile(
    r"^\| (?P<numbers>\d[\d., ]*) \| (?P<asks>[^|]+) \| (?P<answer>[^|]+) \|(?P<proof>[^|]*)\|$",
    re.MULTILINE,
)
ANSWERS = ("oui", "sans objet", "non")
PROOF = re.compile(r"`([^`]+)`")


def lines() -> list[re.Match[str]]:
    return list(LINE.finditer(PAGE.read_text(encoding="utf-8")))


def test_every_requirement_is_answered_once() -> None:
    answered = Counter(n for line in lines() for n in re.findall(r"[\d.]+\d", line["numbers"]))
    assert len(NUMBERS) == 253
    assert set(NUMBERS) - set(answered) == set()
    assert set(answered) - set(NUMBERS) == set()
    assert [number for number, times in answered.items() if times > 1] == []


def test_every_answer_is_one_of_three_and_says_why() -> None:
    for line in lines():
        word = line["answer"].split(",")[0].split(" :")[0].strip()
        assert word in ANSWERS, line[0]
        if word != "oui":
            assert ":" in line["answer"], line[0]


def test_a_yes_names_what_proves_it() -> None:
    """A file of the project, or a test that exists in it."""
    for line in lines():
        proofs = PROOF.findall(line["proof"])
        if line["answer"].strip().startswith("oui"):
            assert proofs, line[0]
        for proof in proofs:
            path, _, name = proof.partition("::")
            assert (ROOT / path).exists(), line[0]
            if name:
                assert f"def {name}(" in (ROOT / path).read_text(encoding="utf-8"), line[0]


def test_the_count_of_the_answers_is_right() -> None:
    """The page announces how many of each."""
    count: Counter[str] = Counter()
    for line in lines():
        word = line["answer"].split(",")[0].split(" :")[0].strip()
        count[word] += len(re.findall(r"[\d.]+\d", line["numbers"]))
    said = f"{count['oui']} « oui », {count['sans objet']} « sans objet », {count['non']} « non »"
    assert said in PAGE.read_text(encoding="utf-8")


def test_the_rights_on_the_page_are_those_of_the_matrix() -> None:
    assert len(HEADINGS) == len(ACTORS)
    said = between_marks(PAGE.read_text(encoding="utf-8"))
    assert said == table(ROWS), "write it again: python -m tests.security.rights"


@pytest.mark.parametrize("outsider", ["autre_structure", "autre_ddets", "autre_cd"])
def test_nobody_from_outside_opens_more_than_the_parties(outsider: str) -> None:
    """A page open to an outsider is open to its counterpart of the case as well."""
    counterpart = {"autre_structure": "responsable", "autre_ddets": "instructeur"}
    inside = ACTORS.index(counterpart.get(outsider, "decideur"))
    outside = ACTORS.index(outsider)
    more = [p for p, row in ROWS.items() if row[outside] == 200 and row[inside] not in (200, 302)]
    assert more == []
