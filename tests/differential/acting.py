"""Who acts out the day: one account, through whichever client."""

from __future__ import annotations

from typing import Protocol


class Actor(Protocol):
    """One account, through one client."""

    async def act(self, operation: str, **arguments: object) -> str:
        """Carry out one operation; return the id that its reply names, or "" ."""
        ...

    async def refused(self, status: int, operation: str, **arguments: object) -> None:
        """Attempt one operation, which must be refused with ``status``."""
        ...
