"""Values encrypted at rest: read with any key, written with the first, found by a fingerprint."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

from apps.core.encryption import decrypt, encrypt, fingerprint, rotate

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


def test_a_value_comes_back_and_never_twice_the_same() -> None:
    first, second = encrypt("2 90 05"), encrypt("2 90 05")
    assert first != second
    assert "2 90 05" not in first
    assert decrypt(first) == decrypt(second) == "2 90 05"


def test_a_new_key_goes_first_and_the_old_one_still_reads(settings: Any) -> None:
    settings.ENCRYPTION_KEYS = [OLD]
    kept, mark = encrypt("secret"), fingerprint("secret")
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    assert decrypt(kept) == "secret"
    assert fingerprint("secret") == mark
    renewed = rotate(kept)
    settings.ENCRYPTION_KEYS = [NEW]
    assert decrypt(renewed) == "secret"
    with pytest.raises(ImproperlyConfigured, match="no longer holds"):
        decrypt(kept)


def test_the_fingerprint_needs_the_key(settings: Any) -> None:
    marks = set()
    for key in (OLD, NEW):
        settings.ENCRYPTION_KEYS = [key]
        marks.add(fingerprint("secret"))
    assert len(marks) == 2
    assert {len(mark) for mark in marks} == {64}


def test_nothing_is_written_without_a_key(settings: Any) -> None:
    settings.ENCRYPTION_KEYS = []
    for act in (encrypt, decrypt, fingerprint):
        with pytest.raises(ImproperlyConfigured, match="ENCRYPTION_KEYS is empty"):
            act("secret")
