"""Files kept whole or not at all: written aside, then given their name once they are complete.

A disk that fills up, or a process that dies, leaves no half file under a name that can be opened.
The default storage of the settings.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.core.files.storage import FileSystemStorage


class WholeFileStorage(FileSystemStorage):
    """The usual storage, through a file of its own (`….part`) that is removed on any failure."""

    def _save(self, name: str, content: Any) -> str:
        part = f"{name}.{uuid4().hex}.part"
        try:
            super()._save(part, content)  # type: ignore[misc]
            return self._named(part, name)
        except BaseException:
            Path(self.path(part)).unlink(missing_ok=True)
            raise

    def _named(self, part: str, name: str) -> str:
        """Take the name, or the next free one if another process has just taken it."""
        while True:
            try:
                os.close(os.open(self.path(name), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            except FileExistsError:
                name = self.get_available_name(name)
            else:
                os.replace(self.path(part), self.path(name))
                return name
