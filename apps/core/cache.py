"""The cache in Redis, which may be silent: nothing is then found, nothing kept, nobody is stopped.

What a cache holds is computed again or done without; a page must not fail for it. Named by the
settings; failed sign-ins by address (`accounts.throttle`) are then no longer counted.
"""

from __future__ import annotations

import logging
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)


class ForgetfulRedisCache(RedisCache):
    """Redis's cache, empty while Redis does not answer."""

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        try:
            return super().get(key, default, version)
        except (RedisError, OSError):
            _note()
            return default

    def set(
        self,
        key: Any,
        value: Any,
        timeout: Any = DEFAULT_TIMEOUT,
        version: int | None = None,
    ) -> None:
        try:
            super().set(key, value, timeout, version)
        except (RedisError, OSError):
            _note()

    def add(
        self,
        key: Any,
        value: Any,
        timeout: Any = DEFAULT_TIMEOUT,
        version: int | None = None,
    ) -> bool:
        try:
            return bool(super().add(key, value, timeout, version))
        except (RedisError, OSError):
            _note()
            return False

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        """Raises ValueError, as for a key that is not there."""
        try:
            return int(super().incr(key, delta, version))
        except (RedisError, OSError):
            _note()
            raise ValueError("The cache does not answer.") from None

    def delete(self, key: Any, version: int | None = None) -> bool:
        try:
            return bool(super().delete(key, version))
        except (RedisError, OSError):
            _note()
            return False


def _note() -> None:
    logger.warning("The cache does not answer: pages do without it.")
