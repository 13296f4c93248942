"""From the arguments of ``session.stream()`` to a stream: which transport carries which connection."""

from __future__ import annotations

import ssl
from collections.abc import Sequence

from kalshi_async.calls.context import Context
from kalshi_async.errors import InvalidRequest
from kalshi_async.signing.signer import SessionSigner
from kalshi_async.streams.connection import WebSocketTransport
from kalshi_async.streams.in_process import InProcessTransport
from kalshi_async.streams.seam import StreamTransport
from kalshi_async.streams.stream import Stream
from kalshi_async.streams.surroundings import of_session
from kalshi_async.transport.proxy import Proxy


def stream_of(
    context: Context,
    signer: SessionSigner,
    url: str,
    *,
    compression: str | None,
    ssl_context: ssl.SSLContext | None,
    proxy: str | Proxy | None,
    transport: StreamTransport | Sequence[StreamTransport] | None,
    connections: int,
) -> Stream:
    """Return a stream; see ``Session.stream``."""
    if transport is None:
        given: Sequence[StreamTransport] = ()
    else:
        given = transport if isinstance(transport, Sequence) else (transport,)
    if connections not in (1, 2) or len(given) not in (0, connections):
        raise InvalidRequest(
            "connections must be 1 or 2, with a transport for each or none: "
            f"connections was {connections!r}, with {len(given)} transports"
        )
    known = context.pipeline.transport
    chosen = known.proxy if proxy is None else Proxy.of(proxy)

    def carrier() -> StreamTransport:
        if known.in_process is not None:
            return InProcessTransport(known.in_process)
        return WebSocketTransport(ssl_context=ssl_context, compression=compression, proxy=chosen)

    ways = [
        (of_session(context, signer), given[number] if given else carrier()) for number in range(connections)
    ]
    return Stream(ways[0][0], url, ways[0][1], second=ways[1] if connections > 1 else None)
