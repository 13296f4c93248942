"""Open a connection to a proxy, and through it the tunnel to the exchange. What ``proxy`` says, carried out.

The tunnel must be up before a byte of TLS or of a request leaves: whatever fails here has sent nothing.
"""

from __future__ import annotations

import asyncio
import ssl
from functools import partial
from typing import cast

from kalshi_async.transport.proxy import Proxy, TunnelRefused, TunnelReply


async def tunneled(
    proxy: Proxy, address: str, host: str, port: int, context: ssl.SSLContext | None, server_name: str
) -> asyncio.Transport:
    """Return a connection to a place, led through one address of the proxy; TLS is done, with a context.

    The protocol of the connection is still that of the tunnel: the caller sets its own. Raises TunnelRefused
    or OSError, or UnicodeError for a host that has no name.
    """
    loop = asyncio.get_running_loop()
    make = partial(_Tunnel, proxy.request(host, port), TunnelReply(bool(proxy.authorization)))
    transport, tunnel = await loop.create_connection(make, address, proxy.port)
    try:
        await tunnel.up
        if context is None:
            return transport
        secured = await loop.start_tls(transport, tunnel, context, server_hostname=server_name)
        if secured is None:  # documented for a connection that has ended meanwhile
            raise ConnectionResetError("the connection ended")
        return secured
    except BaseException:  # also a canceled task
        transport.abort()
        raise


def read_error(done: asyncio.Future[None]) -> None:
    """Read the error of a future, which nobody awaits if connecting is canceled: asyncio would log it."""
    if not done.cancelled():
        done.exception()


class _Tunnel(asyncio.Protocol):
    """Asks the proxy and waits for its answer. Owner of ``up``, which is done once the tunnel is there."""

    def __init__(self, request: bytes, reply: TunnelReply) -> None:
        self.up: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.up.add_done_callback(read_error)
        self._request, self._reply = request, reply
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask."""
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        """Take a part of the answer."""
        assert self._transport is not None, "bytes came before the connection"
        try:
            if self._reply.feed(data):
                self._transport.pause_reading()  # what comes next is for whoever takes over
                self.up.set_result(None)
        except (TunnelRefused, OSError) as error:
            self.up.set_exception(error)
            self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Note the end."""
        if not self.up.done():
            self.up.set_exception(exc or ConnectionResetError("it hung up before it had answered CONNECT"))
