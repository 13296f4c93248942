"""HTTP/1.1 over asyncio for ``httpx``: the base transport that a Session uses by default.

Stock httpx spends most of a small request in its connection pool. This transport does
what an exchange's client needs and nothing else: keep-alive connections to a few
origins, requests and replies held whole in memory, deadlines, and the truth about
whether a byte has left. What it does not do: HTTP/2, proxies, streaming, trio. For
those pass another transport:

    async with (
        httpx.AsyncHTTPTransport() as transport,
        Session(environment, credentials, base_transport=transport) as session,
    ):
        balance = await session.portfolio.balance()

Any ``httpx.AsyncBaseTransport`` will do, on one condition: it must not retry by itself, or
it repeats orders. Where it does not tell how far a request got, more failures are unknown.
It stays yours to close. This one serves plain httpx as well:

    async with httpx.AsyncClient(transport=Http1Transport()) as client:
        reply = await client.get(f"{environment.rest_url}/exchange/status")

Its parts:

    transport.py    httpx.Request -> connection -> httpx.Response; owns the pools
    pool.py         who gets a connection next; one pool per origin
    connection.py   one connection: one request at a time, its timers, its end
    message.py      without I/O: the bytes of a request, the reply in bytes that arrive
    opening.py      name look-up, connecting, TLS

It knows nothing of the exchange: no signature, token or order.
"""

from kalshi_async.transport.http1.transport import Http1Transport

__all__ = ["Http1Transport"]
