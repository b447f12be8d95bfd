"""Values kept encrypted at rest: Fernet keys of the environment, and a keyed fingerprint.

`ENCRYPTION_KEYS` (comma-separated, `Fernet.generate_key()`) encrypts with its first key and reads
with any of them: a key is replaced by putting the new one first. The fingerprint finds a value
again without decrypting anything; it depends on the last key, which is therefore the one to keep.
"""

from __future__ import annotations

import base64
import hmac

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


def encrypt(text: str) -> str:
    """The text as a token that `decrypt` reads; two encryptions of it differ."""
    return MultiFernet(_keys()).encrypt(text.encode()).decode()


def decrypt(token: str) -> str:
    """What `encrypt` was given.

    Raises ImproperlyConfigured when none of the keys is the one it was encrypted with.
    """
    try:
        return MultiFernet(_keys()).decrypt(token.encode()).decode()
    except InvalidToken:
        raise ImproperlyConfigured(
            "A value was encrypted with a key that ENCRYPTION_KEYS no longer holds."
        ) from None


def rotate(token: str) -> str:
    """The same value, encrypted with the first key."""
    return MultiFernet(_keys()).rotate(token.encode()).decode()


def fingerprint(text: str) -> str:
    """HMAC-SHA-256 of the text, 64 hexadecimal digits: equal for equal texts."""
    key = base64.urlsafe_b64decode(_names()[-1])
    return hmac.digest(key, text.encode(), "sha256").hex()


def _keys() -> list[Fernet]:
    return [Fernet(name) for name in _names()]


def _names() -> list[str]:
    names: list[str] = list(settings.ENCRYPTION_KEYS)
    if not names:
        raise ImproperlyConfigured("ENCRYPTION_KEYS is empty: give a key made by Fernet.")
    return names
