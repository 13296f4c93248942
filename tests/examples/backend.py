"""The backend of ``examples.fastapi_backend`` on an exchange of the test's own, and its visitors.

``running`` has the app and its lifespan without a server; ``served`` puts a real uvicorn on loopback.
On the exchange nobody trades but who is told to, by ``sandbox.market(ticker)``.
"""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
import uvicorn
from fastapi import FastAPI

from examples.fastapi_backend.__main__ import Server
from examples.fastapi_backend.app import make_app
from examples.fastapi_backend.desks import MOST_DESKS, Desks
from kalshi_async import Clock, Session
from kalshi_async.sandbox import Sandbox
from kalshi_async.sandbox.engine.state import Account

TICKER = "KXHIGHNY-26NOV23-B52.5"


@dataclass(frozen=True, slots=True)
class Backend:
    """An app with its exchange; ``url`` is where it is served, if it is."""

    app: FastAPI
    sandbox: Sandbox
    url: str = "http://127.0.0.1"

    @property
    def desks(self) -> Desks:
        """The app's desks, once its lifespan has begun."""
        desks = self.app.state.desks
        assert isinstance(desks, Desks)
        return desks

    def account(self, name: str) -> Account:
        """Return a member as the ledger has it; the first guest is "guest 1"."""
        return self.sandbox.accounts[name].account

    @asynccontextmanager
    async def visitor(self, **key: object) -> AsyncIterator[httpx.AsyncClient]:
        """Yield a browser that has logged in, as a guest or with a ``key_id`` and ``private_key``."""
        transport = httpx.ASGITransport(app=self.app) if self.url == "http://127.0.0.1" else None
        async with httpx.AsyncClient(transport=transport, base_url=self.url) as client:
            answer = await client.post("/api/login", json=key)
            answer.raise_for_status()
            yield client


def backend(clock: Clock | None = None, *, most_desks: int = MOST_DESKS) -> Backend:
    """Return a backend that is not open yet."""
    sandbox = Sandbox(clock=clock, accounts=["me"], seed=7, read_lag_ms=0)

    @asynccontextmanager
    async def open_venue(base: httpx.AsyncBaseTransport) -> AsyncIterator[tuple[Session, Sandbox | None]]:
        keys = sandbox.credentials("me")
        async with (
            sandbox,
            Session(sandbox.environment, keys, clock=clock, base_transport=base) as session,
        ):
            yield session, sandbox

    return Backend(make_app(open_venue, most_desks=most_desks), sandbox)


@asynccontextmanager
async def running(clock: Clock, *, most_desks: int = MOST_DESKS) -> AsyncIterator[Backend]:
    """Hold the lifespan of a backend open, in the time of the exchange."""
    made = backend(clock, most_desks=most_desks)
    async with made.app.router.lifespan_context(made.app):
        yield made


@dataclass(frozen=True, slots=True)
class Serving:
    """A server that runs: ``stop`` it, and ``ended`` is done when it has."""

    ended: asyncio.Task[None]
    stop: Callable[[], None]


@asynccontextmanager
async def served(clock: Clock | None = None) -> AsyncIterator[tuple[Backend, Serving]]:
    """Serve a backend with uvicorn on a free port of loopback."""
    made = backend(clock)
    server = Server(uvicorn.Config(made.app, log_level="warning", access_log=False))
    # The protocol is named, because asyncio turns Nagle off for sockets that say TCP only.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        serving = Serving(asyncio.create_task(server.serve([listener])), server.stop)
        try:
            yield Backend(made.app, made.sandbox, url), serving
        finally:
            server.stop()
            await serving.ended


def order(side: str = "bid", price: str = "0.40", count: str | int = 2, **more: object) -> dict[str, object]:
    """Return the body of a new order."""
    return {"ticker": TICKER, "side": side, "count": count, "price": price, **more}


async def events_of(stream: httpx.Response) -> AsyncIterator[tuple[str, dict[str, object]]]:
    """Yield server-sent events: the name of each, and its JSON."""
    name = ""
    async for line in stream.aiter_lines():
        field, _, value = line.partition(": ")
        if field == "event":
            name = value
        elif field == "data":
            yield name, json.loads(value)
