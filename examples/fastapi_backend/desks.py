"""Who is logged in: desks by the token in the user's cookie, as many as there is room for.

Teaches: opening sessions at login, and closing them well: at logout, when room is needed, and all of
them at the end, each by its own dead-man switch, whatever becomes of the others.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

from examples.fastapi_backend.desk import Desk
from kalshi_async import Credentials, CredentialsError

MOST_DESKS = 100


class Desks:
    """Owner of every desk, from ``open`` to ``close``, or to the end of ``held``."""

    def __init__(self, make: Callable[[Credentials, int], Desk], most: int) -> None:
        self._make = make
        self._most = most
        self._desks: dict[str, Desk] = {}
        self._door = asyncio.Lock()  # one login at a time: whoever comes twice finds the first desk

    async def open(self, credentials: Credentials, subaccount: int) -> str | None:
        """Return the token of a new desk, or of the one that this key has; None if there is no room."""
        async with self._door:
            for token, desk in self._desks.items():
                if desk.is_of(credentials, subaccount):
                    return token
            if len(self._desks) >= self._most:
                idle = [(desk.last_visit_s, token) for token, desk in self._desks.items() if not desk.visits]
                if not idle:
                    return None
                await self.close(min(idle)[1])
            token, desk = secrets.token_urlsafe(), self._make(credentials, subaccount)
            await desk.open()
            self._desks[token] = desk
            return token

    async def close(self, token: str) -> None:
        """End a desk's streams, cancel its orders, close its session. Nothing if it is not open."""
        if token in self._desks:
            await self._desks.pop(token).aclose()

    @contextmanager
    def visit(self, token: str) -> Iterator[Desk]:
        """Use a desk, which is then not closed for want of room. Raises CredentialsError without one."""
        if token not in self._desks:
            raise CredentialsError("there is no open desk for this cookie: log in first")
        desk = self._desks[token]
        desk.visits += 1
        try:
            yield desk
        finally:
            desk.visits -= 1
            desk.last_visit_s = asyncio.get_running_loop().time()

    def end_streams(self) -> None:
        """Let those who watch go: a server waits for its connections before it closes the app."""
        for desk in self._desks.values():
            desk.closing.set()

    @asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """Close every desk at the end of the block; raise only after all have had their turn."""
        try:
            yield
        finally:
            ends = await asyncio.gather(*map(self.close, list(self._desks)), return_exceptions=True)
            if failed := [end for end in ends if isinstance(end, Exception)]:
                raise ExceptionGroup("desks that did not close well", failed)
