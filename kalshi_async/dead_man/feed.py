"""A feed whose failure pulls a switch: what a mirror is to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

STALE_S = 10.0
"""Seconds for which the account may be unknown (ours): a reconnect takes less, with its reads."""


class WatchedMirror(Protocol):
    """Says when the account is not known any more; ``session.mirror()`` is one."""

    async def stale(self, for_s: float) -> None:
        """Return once the account has not been current for so long without a break."""
        ...


@dataclass(frozen=True, slots=True)
class WatchedFeed:
    """A mirror, and for how long it may be out of date."""

    mirror: WatchedMirror
    stale_s: float = STALE_S
