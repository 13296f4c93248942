"""What the code in the documentation finds around it: a served exchange and names to speak of.

The blocks of one docstring run in order, in one namespace, over loopback, like the program of
somebody who reads from top to bottom. ``NAMES_FOR_FRAGMENTS`` is all that a block may use
without having made it; a module's own globals and the public names come before.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from types import SimpleNamespace

import httpx

import kalshi_async
from kalshi_async import CreateOrder, OutcomeUnknown, Session, sandbox
from kalshi_async.http1 import Http1Transport
from kalshi_async.sandbox import Relay, Sandbox, virtual_time
from kalshi_async.sandbox.faults import frames as stream_faults, replies as faults, wire as wire_faults

TICKER = sandbox.DEFAULT_MARKETS[0]
NAMES_FOR_FRAGMENTS = (
    *("app", "asynccontextmanager", "asyncio", "credentials", "environment", "error", "exchange", "fault"),
    *("group", "httpx", "json", "my_strategy", "order", "others_credentials", "quote_forever", "relay"),
    *("sandbox", "script", "session", "ticker"),
)
# What programs of 2025 traded, and what the docstrings call a market.
_MARKETS = (*sandbox.DEFAULT_MARKETS, "TICKER", "KXHIGHNY-25AUG20-B82.5")


@asynccontextmanager
async def stage(module: str, profile: str) -> AsyncIterator[dict[str, object]]:
    """Yield the namespace of a module's docstrings, while what is in it lives."""
    exchange = Sandbox(accounts=["me", "them", "others"], markets=_MARKETS, profile=profile)
    async with (
        exchange,
        Relay(exchange) as relay,
        Session(exchange.environment, exchange.credentials("me")) as session,
    ):
        names = _names(exchange, relay, session)
        if profile == "current":
            names |= await _traded(session, exchange)
        unknown = names.keys() - set(NAMES_FOR_FRAGMENTS)
        assert not unknown, f"not in the table of names: {unknown}"
        # What the docstrings call the venue's test exchange is this one.
        yield _public() | vars(import_module(module)) | names | {"DEMO": exchange.environment}


def _public() -> dict[str, object]:
    """Everything that a program can import by its one name."""
    places = (faults, wire_faults, stream_faults, virtual_time, sandbox, kalshi_async)
    found: dict[str, object] = {"Http1Transport": Http1Transport}
    for place in places:
        names = getattr(place, "__all__", None) or [name for name in vars(place) if name[0].isupper()]
        found |= {name: getattr(place, name) for name in names}
    return found


def _names(exchange: Sandbox, relay: Relay, session: Session) -> dict[str, object]:
    async def quote_forever(quoting: Session) -> None:
        await quoting.orders.create(CreateOrder(TICKER, "bid", 1, "0.01"))

    async def my_strategy(trading: Session) -> None:
        await asyncio.sleep(3600)
        await trading.orders.create(CreateOrder(TICKER, "bid", 1, "0.01"))

    return {
        "app": SimpleNamespace(state=SimpleNamespace()),
        "asynccontextmanager": asynccontextmanager,
        "asyncio": asyncio,
        "credentials": exchange.credentials("me"),
        "environment": exchange.environment,
        "exchange": exchange,
        "fault": faults.LoseReply(),
        "httpx": httpx,
        "json": json,
        "others_credentials": exchange.credentials("others"),
        "my_strategy": my_strategy,
        "quote_forever": quote_forever,
        "relay": relay,
        "sandbox": exchange,
        "script": exchange.faults,
        "session": session,
        "ticker": TICKER,
    }


async def _traded(session: Session, exchange: Sandbox) -> dict[str, object]:
    """Return an order with a fill, a group, and what an unknown outcome says of that order."""
    order = await session.orders.create(CreateOrder(TICKER, "bid", 10, "0.44"))
    exchange.market(TICKER).trade("ask", "0.44", 4)
    error = OutcomeUnknown(
        "the answer was lost",
        client_order_ids=(order.client_order_id,),
        ticker=TICKER,
        first_sent_ms=order.ts_ms,
        last_signed_ms=order.ts_ms,
    )
    group = await session.order_groups.create(contracts_limit=100)
    return {"order": order, "group": group, "error": error}
