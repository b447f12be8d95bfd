"""Logs as JSON lines, without personal data: `extranet.acces`, `extranet.securite`, the others.

An exception is told by its type and the places it went through, never by its words nor by local
values: a message of PostgreSQL or of Python quotes what somebody typed. What Django says of a
request holds its address, hence tokens and names: only its status is kept. Known patterns (e-mail
address, IBAN, NIR) are struck out of the rest. Standard library only: gunicorn uses it too.
"""

from __future__ import annotations

import json
import logging
import re
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from apps.core.requests import request_id

ROOT = Path(__file__).resolve().parents[2]
CHAIN_MAX = 5
PLACES_MAX = 30
# Loggers of ours: their messages are written with care, their arguments are kept.
OURS = ("apps.", "extranet.", "journal.", "config.")
PERSONAL = (
    (re.compile(r"[\w.+'’-]+@[\w-]+(?:\.[\w-]+)*"), "[courriel]"),
    (
        re.compile(r"\b[A-Z]{2}\d{2}(?:[ \u00a0]?[A-Z0-9]{4}){3,7}(?:[ \u00a0]?[A-Z0-9]{1,3})?\b"),
        "[iban]",
    ),
    (
        re.compile(r"\b[12378] ?\d{2} ?\d{2} ?(?:\d{2}|2[AB]) ?\d{3} ?\d{3}(?: ?\d{2})?\b"),
        "[nir]",
    ),
)

security = logging.getLogger("extranet.securite")


class JsonFormatter(logging.Formatter):
    """One line of JSON: time, level, logger, message, request_id, the fields of `extra`."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": without_personal_data(_message(record)),
        }
        if identifier := request_id.get():
            line["request_id"] = identifier
        for name, value in getattr(record, "fields", {}).items():
            line[name] = without_personal_data(value) if isinstance(value, str) else value
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = told(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False, default=type_name)


def security_event(event: str, **fields: Any) -> None:
    """Write what a security officer follows: sign-ins refused, locks, accesses refused.

    Fields are keys of rows, routes and counts; never what somebody typed.
    """
    security.warning(event, extra={"fields": {"event": event, **fields}})


def without_personal_data(text: str) -> str:
    for pattern, replacement in PERSONAL:
        text = pattern.sub(replacement, text)
    return text


def told(error: BaseException) -> list[dict[str, Any]]:
    """The exception and those it comes from: type, places, and what PostgreSQL names."""
    chain: list[dict[str, Any]] = []
    current: BaseException | None = error
    while current is not None and len(chain) < CHAIN_MAX:
        step: dict[str, Any] = {"type": type_name(current), "at": _places(current)}
        diagnostic = getattr(current, "diag", None)
        for key in ("sqlstate", "constraint_name", "table_name"):
            if value := getattr(diagnostic, key, None):
                step[key] = value
        chain.append(step)
        current = current.__cause__ or (
            None if current.__suppress_context__ else current.__context__
        )
    return chain


def type_name(value: object) -> str:
    return f"{type(value).__module__}.{type(value).__qualname__}".removeprefix("builtins.")


def _message(record: logging.LogRecord) -> str:
    if hasattr(record, "status_code"):  # Django, of a request: its arguments hold the address
        return f"status {record.status_code}"
    if record.exc_info and not record.name.startswith(OURS):
        return str(record.msg) if record.args else type_name(record.exc_info[1])
    return record.getMessage()


def _places(error: BaseException) -> list[str]:
    places = [
        f"{_short(frame.f_code.co_filename)}:{line} {frame.f_code.co_name}"
        for frame, line in traceback.walk_tb(error.__traceback__)
    ]
    return places[-PLACES_MAX:]


def _short(filename: str) -> str:
    """Inside the project or inside a library, whatever the machine."""
    path = Path(filename)
    if "site-packages" in path.parts:
        return "/".join(path.parts[path.parts.index("site-packages") + 1 :])
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else path.name
