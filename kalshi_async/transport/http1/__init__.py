"""HTTP/1.1 over asyncio for ``httpx``: the base transport that a Session uses by default.

Stock httpx spends most of the time of a small request in its connection pool. This
transport has only the features that an exchange's client needs: keep-alive connections to
a few origins, requests and replies held whole in memory, timeouts, and a report of whether
a byte of the request has left. It has no HTTP/2, streaming or trio, and no proxies but those of
CONNECT (below). For those pass another transport:

    async with (
        httpx.AsyncHTTPTransport() as transport,
        Session(environment, credentials, base_transport=transport) as session,
    ):
        balance = await session.portfolio.balance()

Any ``httpx.AsyncBaseTransport`` can be passed, on one condition: it must not retry by
itself, or it repeats orders. If it does not report whether a byte has left, more failures
end in ``OutcomeUnknown``. The session does not close it.

Only this transport notices early that a path has died, and leaves it (``kalshi_async.timeouts``
has the figures); only this one races addresses and looks names up beside the program's own threads.
With another, a request on a dead connection waits for ``Timeouts.read_s``, and so does the next one
on the next dead connection. httpx's own can be told to probe its idle connections
(``socket_options=[(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1), …]``) and to close them early
(``limits=httpx.Limits(keepalive_expiry=5)``).

``Http1Transport(proxy="http://user:password@host:port")`` goes through a proxy, by CONNECT: it asks for a
tunnel to the exchange, and TLS within it verifies the exchange's certificate, not the proxy's. As long as
the tunnel is not up, nothing was sent: a refusal (407, 502), garbage and silence are ``NotSent``, within
``Timeouts.connect_s``, and a write is tried again. Streams of the session use the same proxy. A user
and a password are percent-encoded, and are shown in no error, repr or log. Only http:// proxies are
spoken to; what is on this machine is reached without one. No variable of the environment is read,
except by ``Session.from_env``: HTTPS_PROXY and NO_PROXY.

``Http1Transport`` works with plain httpx as well:

    async with httpx.AsyncClient(transport=Http1Transport()) as client:
        reply = await client.get(f"{environment.rest_url}/exchange/status")

Its parts:

    transport.py    httpx.Request -> connection -> httpx.Response; owns the pools and the addresses
    pool.py         the connections of one origin, and which request gets one next
    _connection.py  one connection: one request at a time, its timer, its end
    message.py      without I/O: build the bytes of a request, parse the bytes of a reply

Connections are opened by ``transport.opening``, which streams use as well, and led by ``transport.proxy``.

It knows nothing of the exchange: no signature, token or order.
"""

from kalshi_async.transport.http1.transport import Http1Transport

__all__ = ["Http1Transport"]
