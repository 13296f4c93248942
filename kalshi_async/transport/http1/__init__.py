"""HTTP/1.1 over asyncio for ``httpx``: the base transport that a Session uses by default.

Stock httpx spends most of the time of a small request in its connection pool. This
transport has only the features that an exchange's client needs: keep-alive connections to
a few origins, requests and replies held whole in memory, timeouts, and a report of whether
a byte of the request has left. It has no HTTP/2, proxies, streaming or trio. For those
pass another transport:

    async with (
        httpx.AsyncHTTPTransport() as transport,
        Session(environment, credentials, base_transport=transport) as session,
    ):
        balance = await session.portfolio.balance()

Any ``httpx.AsyncBaseTransport`` can be passed, on one condition: it must not retry by
itself, or it repeats orders. If it does not report whether a byte has left, more failures
end in ``OutcomeUnknown``. The session does not close it. ``Http1Transport`` works with
plain httpx as well:

    async with httpx.AsyncClient(transport=Http1Transport()) as client:
        reply = await client.get(f"{environment.rest_url}/exchange/status")

Its parts:

    transport.py    httpx.Request -> connection -> httpx.Response; owns the pools
    pool.py         the connections of one origin, and which request gets one next
    _connection.py  one connection: one request at a time, its timer, its end
    message.py      without I/O: build the bytes of a request, parse the bytes of a reply
    _opening.py     name look-up, connecting, TLS

It knows nothing of the exchange: no signature, token or order.
"""

from kalshi_async.transport.http1.transport import Http1Transport

__all__ = ["Http1Transport"]
