"""One user's desk: the session, its token budget, and the portfolio for the page.

Teaches: one base transport under many sessions, the dead-man switch, and views with a deadline.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import httpx
import msgspec

from examples.fastapi_backend.budget import Budget
from examples.fastapi_backend.shared import SharedRead
from kalshi_async import Clock, Credentials, Environment, Hooks, Session

PORTFOLIO_EVERY_S = 1.5  # the lowest tiers may ask for the balance once a second; 30 read tokens besides
ROWS_SHOWN = 20
READ_DEADLINE_S = 3.0  # of the page's reads: an error is better than a page that does not move


class Desk:
    """A user's session. ``Desks`` opens and closes it; ``visits`` counts the requests that use it now."""

    def __init__(
        self,
        environment: Environment,
        credentials: Credentials,
        subaccount: int,
        base: httpx.AsyncBaseTransport,
        clock: Clock | None,
    ) -> None:
        hooks = Hooks(on_attempt=lambda event: self.budget.note(event))
        self._account = Session(environment, credentials, base_transport=base, clock=clock, hooks=hooks)
        self.session = self._account.with_options(subaccount=subaccount)
        self.budget = Budget(self.session.rate_limits)
        self.portfolio = SharedRead("portfolio", self._read_portfolio, PORTFOLIO_EVERY_S)
        self.credentials, self.subaccount = credentials, subaccount
        self.closing = asyncio.Event()
        self.visits, self.last_visit_s = 0, 0.0

    def is_of(self, credentials: Credentials, subaccount: int) -> bool:
        """Whether this key has opened the desk. The key itself is compared: its id is no secret."""
        known, given = self.credentials, credentials
        is_same_key = known.private_key.public_key() == given.private_key.public_key()
        return is_same_key and (known.key_id, self.subaccount) == (given.key_id, subaccount)

    async def open(self) -> None:
        """Open the session and its dead-man switch.

        Raises Unauthorized if the exchange refuses the key; nothing stays open then.
        """
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self._account)
            await stack.enter_async_context(self._account.dead_man(subaccount=self.subaccount))
            self._opened = stack.pop_all()

    async def aclose(self) -> None:
        """End the streams, cancel all orders of the subaccount, and close the session."""
        self.closing.set()
        await self._opened.aclose()

    async def _read_portfolio(self) -> dict[str, object]:
        session = self.session.with_options(deadline_s=READ_DEADLINE_S)
        balance, orders, positions, fills = await asyncio.gather(
            session.portfolio.balance(),
            session.orders.list(status="resting", limit=ROWS_SHOWN).collect(ROWS_SHOWN),
            session.positions.list(limit=ROWS_SHOWN).collect(ROWS_SHOWN),
            session.fills.list(limit=ROWS_SHOWN).collect(ROWS_SHOWN),
        )
        # Its ``updated_ts`` is the time of the request: with it no portfolio would equal the one before.
        balance = msgspec.structs.replace(balance, updated_ts=0)
        return {"balance": balance, "orders": orders, "positions": positions, "fills": fills}
