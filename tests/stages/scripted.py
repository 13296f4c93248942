"""A stand-in for the network: each request meets the next line of a script.

It knows nothing of the exchange. When the script is over, requests go on to ``inner``.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass

import httpx

Line = Exception | httpx.Response | Callable[[httpx.Request], Awaitable[httpx.Response]] | None
"""What a request meets: an error, an answer, a function, or (None) the inner transport."""


class Scripted(httpx.AsyncBaseTransport):
    """Plays ``script`` to the requests below ``path``; ``requests`` are all that it was given."""

    def __init__(self, *script: Line, inner: httpx.AsyncBaseTransport | None = None, path: str = "") -> None:
        self.requests: list[httpx.Request] = []
        self.is_closed = False
        self._script = list(script)
        self._ever: Callable[[], Line] | None = None
        self._inner = inner
        self._path = path

    def play(self, *script: Line, ever: Callable[[], Line] | None = None) -> None:
        """Replace what is left of the script; ``ever`` makes the lines after it, without end."""
        self._script = list(script)
        self._ever = ever

    def _line(self, request: httpx.Request) -> Line:
        if self._path not in request.url.path:
            return None
        if self._script:
            return self._script.pop(0)
        return self._ever() if self._ever else None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        line = self._line(request)
        if isinstance(line, Exception):
            raise line
        if isinstance(line, httpx.Response):
            return line
        if line is not None:
            return await line(request)
        assert self._inner is not None, f"nothing is left of the script for {request.method} {request.url}"
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        self.is_closed = True


def body_of(request: httpx.Request) -> bytes:
    """What a request carried."""
    assert isinstance(request.stream, httpx.ByteStream)
    return b"".join(request.stream)


async def silence(request: httpx.Request) -> httpx.Response:
    """Never answer."""
    await asyncio.get_running_loop().create_future()
    raise AssertionError("a future that nobody sets was set")


def delivered(inner: httpx.AsyncBaseTransport, then: Exception | httpx.Response) -> Line:
    """Let the exchange carry out the request, and lose its answer or give another."""

    async def deliver(request: httpx.Request) -> httpx.Response:
        response = await inner.handle_async_request(request)
        await response.aread()
        if isinstance(then, httpx.Response):
            return then
        raise then

    return deliver


@dataclass
class BrokenStream(httpx.AsyncByteStream):
    """A body that ends in an error."""

    chunks: Iterable[bytes]
    error: Exception

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self.chunks:
            yield chunk
        raise self.error
