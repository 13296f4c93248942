"""One user's desk: a session of their own, what it may still spend, and what its owner sees.

Teaches: one base transport under many sessions, the dead-man switch, and views with a deadline.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import httpx

from examples.fastapi_backend.budget import Budget
from examples.fastapi_backend.shared import SharedRead
from kalshi_async import Clock, Credentials, Environment, Hooks, Session

PORTFOLIO_EVERY_S = 1.0  # 40 read tokens each time, a fifth of the smallest account's refill
ROWS_SHOWN = 20
PATIENCE_S = 3.0  # for what is only looked at: better an error than a page that stands still


class Desk:
    """Owned by ``Desks``, who opens and closes it. ``visits`` are the requests that use it now."""

    def __init__(
        self,
        environment: Environment,
        credentials: Credentials,
        subaccount: int,
        base: httpx.AsyncBaseTransport,
        clock: Clock | None,
    ) -> None:
        hooks = Hooks(on_attempt=lambda event: self.budget.note(event))
        self._whole = Session(environment, credentials, base_transport=base, clock=clock, hooks=hooks)
        self.session = self._whole.with_options(subaccount=subaccount)
        self.budget = Budget(self.session.rate_limits)
        self.portfolio = SharedRead("portfolio", self._read_portfolio, PORTFOLIO_EVERY_S)
        self.credentials, self.subaccount = credentials, subaccount
        self.closing = asyncio.Event()
        self.visits, self.last_visit_s = 0, 0.0

    def is_of(self, credentials: Credentials, subaccount: int) -> bool:
        """Whether this key has opened it: the very key, for an id alone is no secret."""
        known, given = self.credentials, credentials
        is_same_key = known.private_key.public_key() == given.private_key.public_key()
        return is_same_key and (known.key_id, self.subaccount) == (given.key_id, subaccount)

    async def open(self) -> None:
        """Open the session, and arm the switch. Raises Unauthorized if the exchange refuses the key."""
        async with AsyncExitStack() as opening:
            await opening.enter_async_context(self._whole)
            await opening.enter_async_context(self._whole.dead_man(subaccount=self.subaccount))
            self._opened = opening.pop_all()

    async def aclose(self) -> None:
        """End the streams, cancel all orders of the subaccount, and close the session."""
        self.closing.set()
        await self._opened.aclose()

    async def _read_portfolio(self) -> dict[str, object]:
        session = self.session.with_options(deadline_s=PATIENCE_S)
        balance, orders, positions, fills = await asyncio.gather(
            session.portfolio.balance(),
            session.orders.list(status="resting", limit=ROWS_SHOWN).collect(ROWS_SHOWN),
            session.positions.list(limit=ROWS_SHOWN).collect(ROWS_SHOWN),
            session.fills.list(limit=ROWS_SHOWN).collect(ROWS_SHOWN),
        )
        return {"balance": balance, "orders": orders, "positions": positions, "fills": fills}
