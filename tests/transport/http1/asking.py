"""Requests as the SDK makes them, given straight to a transport, and what comes back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import httpx
import pytest

from kalshi_async.transport.progress import PROGRESS, Progress

PATIENCE_S = 5.0


@dataclass(frozen=True)
class Reply:
    """A reply, read to its end."""

    status: int
    fields: tuple[tuple[bytes, bytes], ...]
    body: bytes

    def field(self, name: bytes) -> bytes | None:
        found = [value for key, value in self.fields if key.lower() == name]
        return found[0] if found else None


def request(
    url: str,
    method: str = "GET",
    body: bytes | None = None,
    fields: Sequence[tuple[bytes, bytes]] = (),
    **timeouts_s: float,
) -> httpx.Request:
    """Build a request with a progress cell; ``connect=``, ``read=``, ``write=``, ``pool=`` in seconds."""
    progress = Progress()
    timeout = dict.fromkeys(("connect", "read", "write", "pool"), PATIENCE_S) | timeouts_s
    framing = [] if body is None else [(b"Content-Length", b"%d" % len(body))]
    address = httpx.URL(url)
    return httpx.Request(
        method,
        address,
        headers=[(b"Host", address.netloc), *fields, *framing],
        stream=httpx.ByteStream(body or b""),
        extensions={"timeout": timeout, "trace": progress.trace, PROGRESS: progress},
    )


def progress_of(asked: httpx.Request) -> Progress:
    """Return the cell that the transport has marked."""
    progress = asked.extensions[PROGRESS]
    assert isinstance(progress, Progress)
    return progress


async def ask(transport: httpx.AsyncBaseTransport, asked: httpx.Request) -> Reply:
    """Send a request and read the reply to its end."""
    response = await transport.handle_async_request(asked)
    stream = response.stream
    assert isinstance(stream, httpx.AsyncByteStream)
    try:
        body = b"".join([chunk async for chunk in stream])
    finally:
        await stream.aclose()
    return Reply(response.status_code, tuple(response.headers.raw), body)


async def refusal(transport: httpx.AsyncBaseTransport, asked: httpx.Request) -> httpx.TransportError:
    """Send a request that must fail, and return how it failed."""
    with pytest.raises(httpx.TransportError) as caught:
        await ask(transport, asked)
    return caught.value


async def is_right(transport: httpx.AsyncBaseTransport, url: str, target: str = "/next") -> bool:
    """Tell whether an echoing server is understood."""
    reply = await ask(transport, request(url + target, "POST", b"body"))
    return (reply.status, reply.body) == (200, target.encode() + b" body")
