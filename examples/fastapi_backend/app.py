"""The app and its lifespan, which owns the connections, the exchange and the desks.

Teaches: ownership. The lifespan opens one base transport for all sessions, one session of the app's
own for public data, and the desks. It closes them in reverse order: every desk cancels its user's
orders while the connections are still open. Importing this module opens nothing.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TypeAlias

import httpx
from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from examples.fastapi_backend import login, routes
from examples.fastapi_backend.desk import Desk
from examples.fastapi_backend.desks import MOST_DESKS, Desks
from examples.fastapi_backend.shared import SharedRead
from examples.fastapi_backend.statuses import refuse
from examples.fastapi_backend.stopping import told_to_stop
from examples.venue import chosen, venue
from kalshi_async import Credentials, KalshiError, Market, Session
from kalshi_async.http1 import Http1Transport
from kalshi_async.sandbox import Sandbox

PAGE = Path(__file__).parent / "page"
MARKETS_EVERY_S = 1.0  # 10 read tokens of the app's own account, for any number of pages
MARKETS_SHOWN = 20
Venue: TypeAlias = AbstractAsyncContextManager[tuple[Session, Sandbox | None]]


def make_app(
    open_venue: Callable[[httpx.AsyncBaseTransport], Venue],
    tickers: list[str] | None = None,
    most_desks: int = MOST_DESKS,
) -> FastAPI:
    """Return an app that calls ``open_venue`` at its start; ``tickers`` are the markets to show."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with Http1Transport() as base, open_venue(base) as (session, sandbox):
            if tickers:
                await chosen(session, tickers)  # ends the start with a hint if one is not open
            clock = None if sandbox is None else sandbox.clock

            def make_desk(credentials: Credentials, subaccount: int) -> Desk:
                return Desk(session.environment, credentials, subaccount, base, clock)

            state = app.state
            state.environment, state.sandbox = session.environment, sandbox
            state.desks = Desks(make_desk, most_desks)
            state.markets = SharedRead("markets", partial(open_markets, session, tickers), MARKETS_EVERY_S)
            async with state.desks.held():
                with told_to_stop(state.desks.end_streams):
                    yield

    app = FastAPI(title="A trading backend", lifespan=lifespan)
    app.add_exception_handler(KalshiError, refuse)
    app.include_router(login.router)
    app.include_router(routes.router)
    app.mount("/", StaticFiles(directory=PAGE, html=True))
    return app


async def open_markets(session: Session, tickers: list[str] | None) -> list[Market]:
    """Read the markets of the page with their best prices."""
    return await session.markets.list(tickers=tickers, status="open").collect(
        None if tickers else MARKETS_SHOWN
    )


app = make_app(lambda base: venue("sandbox", base_transport=base))
