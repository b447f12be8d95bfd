"""The answer of a permission: allowed or not, and why.

Functions of the `permissions` modules return a `Verdict`; a screen hides or explains an act with
it, and the service that performs the act enforces the same verdict again.
"""

from __future__ import annotations

from dataclasses import dataclass

from apps.core.errors import Refus


@dataclass(frozen=True, slots=True)
class Verdict:
    """`reason` is a French sentence, empty when the act is allowed."""

    allowed: bool
    reason: str = ""

    def __bool__(self) -> bool:
        return self.allowed

    def enforce(self) -> None:
        """Raise `Refus` with the reason when the act is not allowed."""
        if not self.allowed:
            raise Refus(self.reason)


ALLOWED = Verdict(True)


def refused(reason: str) -> Verdict:
    """A refusal with its sentence."""
    return Verdict(False, reason)
