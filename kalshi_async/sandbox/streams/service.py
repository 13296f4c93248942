"""The streams of one exchange as one object, ``Sandbox.streams``: its parts, put together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from functools import partial

from starlette.types import ASGIApp

from kalshi_async.clock import Clock
from kalshi_async.sandbox.access.signature_check import Authenticator
from kalshi_async.sandbox.edge.views import Json
from kalshi_async.sandbox.engine.state import Account, Rejected
from kalshi_async.sandbox.exchange import Exchange
from kalshi_async.sandbox.faults.frames import FRAME_NAMES, STREAM_EVENTS, StreamFault
from kalshi_async.sandbox.faults.script import Script
from kalshi_async.sandbox.streams.asgi import StreamApp
from kalshi_async.sandbox.streams.connection import StreamConnection
from kalshi_async.sandbox.streams.handshake import STREAM_PATH, Handshakes
from kalshi_async.sandbox.streams.hub import Hub
from kalshi_async.sandbox.streams.local import LocalStream, LocalStreams, Receiver


class Streams:
    """Streams of an exchange: on sockets through ``connection``, in the same process by ``open``."""

    path = STREAM_PATH
    """The path of the streams."""

    def __init__(
        self,
        exchange: Exchange,
        clock: Clock,
        authenticator: Authenticator,
        error_body: Callable[[Rejected], Json],
        seed: int,
    ) -> None:
        self.faults: Script[StreamFault] = Script(FRAME_NAMES, seed, STREAM_EVENTS)
        """The script of faults; ``sandbox.faults`` lists them."""
        self._hub = Hub(exchange, clock)
        rules = exchange.venue.rules.streams
        handshakes = Handshakes(self._hub, authenticator, rules, self.faults, error_body)
        self._local = LocalStreams(handshakes)
        self.connection: Callable[..., asyncio.Protocol] = partial(StreamConnection, handshakes)
        """Makes the protocol of a connection that uvicorn upgrades."""

    async def open(self, headers: Mapping[str, str], receiver: Receiver) -> LocalStream:
        """Open a stream without a socket; ``headers`` are the signed ones of a handshake.

        Raises ``HandshakeRefused``, and ConnectionResetError where a fault cuts the handshake.
        """
        return await self._local.open(headers, receiver)

    def beside(self, app: ASGIApp) -> ASGIApp:
        """Return the application that serves streams as well as what ``app`` serves."""
        return StreamApp(app, self._local)

    def publish(self, kind: str, message: Mapping[str, object], *, account: Account | None = None) -> int:
        """Send a message that the engine has none of: an RFQ, a quote, a value of an index, a fee.

        ``kind`` is the type of its frame, ``message`` its ``msg``, which goes out as it is. ``account``
        restricts it to the streams of one member. Returns how many subscriptions it went to.
        """
        return self._hub.publish(kind, message, account=account)

    def close(self) -> None:
        """Close the streams without sockets; the server closes the others."""
        self._local.close()
