"""The rules are tested on the tables of their own files, whatever an application adds to them."""

from __future__ import annotations

import pytest

from apps.rules import parameter


@pytest.fixture(autouse=True)
def own_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parameter, "_source", None)
