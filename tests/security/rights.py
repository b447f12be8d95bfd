"""The rights of each role, counted from the access matrix, as a table of docs/security.md.

`python -m tests.security.rights` writes the table again between its two marks;
`test_asvs` fails while the page says something else than the matrix.
"""

from __future__ import annotations

import os
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "security.md"
BEGIN, END = "<!-- droits : début -->", "<!-- droits : fin -->"
HEADINGS = (
    "saisie",
    "responsable",
    "instructeur",
    "gestionnaire",
    "ordonnateur",
    "agent comptable",
    "lecteur",
    "décideur",
    "administrateur",
    "autre structure",
    "autre DDETS",
    "autre département",
)


def table(rows: dict[str, tuple[int, ...]]) -> str:
    """One line per part of the site: how many of its addresses each actor may open."""
    parts: dict[str, list[tuple[int, ...]]] = {}
    for page, statuses in rows.items():
        parts.setdefault(page.split(":")[0], []).append(statuses)
    lines = [
        f"| partie | adresses | {' | '.join(HEADINGS)} |",
        f"| --- |{' ---: |' * (len(HEADINGS) + 1)}",
    ]
    for part, pages in sorted(parts.items()):
        lines.append(_line(part, pages))
    lines.append(_line("**total**", list(rows.values())))
    return "\n".join(lines)


def _line(name: str, pages: list[tuple[int, ...]]) -> str:
    opened = (sum(status in (200, 405) for status in column) for column in zip(*pages, strict=True))
    return f"| {name} | {len(pages)} | {' | '.join(map(str, opened))} |"


def between_marks(text: str) -> str:
    return text.split(BEGIN)[1].split(END)[0].strip()


def main() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
    django.setup()
    from tests.security.matrix import ROWS

    before, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
    after = rest.split(END)[1]
    PAGE.write_text(f"{before}{BEGIN}\n{table(ROWS)}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
