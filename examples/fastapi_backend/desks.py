"""The desks of all logged-in users, by the token in the user's cookie.

Teaches: opening sessions at login and closing them at logout, when the limit is reached, and at the
end of the app. Each desk is closed by its own dead-man switch, even if closing another has failed.
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
    """Owns every desk, from ``open`` to ``close`` or to the end of ``held``; ``most`` is their limit."""

    def __init__(self, make: Callable[[Credentials, int], Desk], most: int) -> None:
        self._make = make
        self._most = most
        self._desks: dict[str, Desk] = {}
        self._login_lock = asyncio.Lock()  # two logins with one key at once must get the same desk

    async def open(self, credentials: Credentials, subaccount: int) -> str | None:
        """Return the token of this key's desk, opened if need be; None if all desks are in use.

        At the limit, the desk that has been idle for longest is closed.
        """
        async with self._login_lock:
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
        """End a desk's streams, cancel its orders, close its session. Does nothing if it is not open."""
        if token in self._desks:
            await self._desks.pop(token).aclose()

    @contextmanager
    def visit(self, token: str) -> Iterator[Desk]:
        """Use a desk, which is not idle then. Raises CredentialsError if none is open under ``token``."""
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
        """End the streams of all desks: a server waits for its connections before it closes the app."""
        for desk in self._desks.values():
            desk.closing.set()

    @asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """Close every desk at the end of the block; raise the errors after all have been tried."""
        try:
            yield
        finally:
            ends = await asyncio.gather(*map(self.close, list(self._desks)), return_exceptions=True)
            if failed := [end for end in ends if isinstance(end, Exception)]:
                raise ExceptionGroup("desks that did not close well", failed)
