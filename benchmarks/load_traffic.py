"""The load: a maker and a taker that trade through ``Session`` at a fixed rate.

Each request has a time at which it starts. A slow reply does not delay the next request, as long as
a worker is free. Every order is for one contract, so each match makes exactly one fill per side.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from time import perf_counter

from kalshi_async import BadRequest, Conflict, CreatedOrder, CreateOrder, NotFound, Session

WORKERS = 8
MOST_RESTING = 300
FAIR_CENTS = 50

# The mix, in requests of a hundred.
WEIGHTS = {"create": 40, "take": 20, "cancel": 15, "amend": 10, "read": 15}


class Traffic:
    """Sends the mix and counts the requests.

    * ``orders``, ``fills``: the rows that were added to the exchange's ledger
    * ``refused``: requests that the exchange refused
    * ``late_s``: the longest time by which a request started after its schedule
    """

    def __init__(self, maker: Session, taker: Session, ticker: str, *, seed: int = 0) -> None:
        self.requests: Counter[str] = Counter()
        self.refused = 0
        self.orders = 0
        self.fills = 0
        self.late_s = 0.0
        self.took_s = 0.0
        self._maker = maker
        self._taker = taker
        self._ticker = ticker
        self._random = random.Random(seed)
        self._resting: list[CreatedOrder] = []
        self._actions: dict[str, Callable[[], Awaitable[object]]] = {
            "create": self._create,
            "take": self._take,
            "cancel": self._cancel,
            "amend": self._amend,
            "read": self._read,
        }

    async def run(self, rate_per_s: int, seconds: float) -> None:
        """Send ``rate_per_s`` requests in every second. An unexpected error stops all workers."""
        started_s = perf_counter()
        schedule = iter(range(round(rate_per_s * seconds)))

        async def work() -> None:
            for number in schedule:
                due_s = started_s + number / rate_per_s
                await asyncio.sleep(due_s - perf_counter())
                self.late_s = max(self.late_s, perf_counter() - due_s)
                await self.send_one()

        async with asyncio.TaskGroup() as workers:
            for _ in range(WORKERS):
                workers.create_task(work())
        self.took_s = perf_counter() - started_s

    async def send_one(self) -> None:
        """Send one request of the mix."""
        (name,) = self._random.choices(list(WEIGHTS), list(WEIGHTS.values()))
        if name in ("cancel", "amend") and not self._resting:
            name = "create"
        if name == "create" and len(self._resting) >= MOST_RESTING:
            name = "cancel"
        self.requests[name] += 1
        try:
            await self._actions[name]()
        except (NotFound, Conflict, BadRequest):
            # The order filled before its cancel or amend arrived: an ordinary refusal.
            self.refused += 1

    async def _create(self) -> None:
        away_cents = self._random.randint(1, 20)
        side, cents = self._random.choice(
            [("bid", FAIR_CENTS - away_cents), ("ask", FAIR_CENTS + away_cents)]
        )
        order = await self._place(self._maker, side, cents, "good_till_canceled")
        if order.remaining_count:
            self._resting.append(order)

    async def _take(self) -> None:
        side, cents = self._random.choice([("bid", 99), ("ask", 1)])
        await self._place(self._taker, side, cents, "immediate_or_cancel")

    async def _cancel(self) -> None:
        await self._maker.orders.cancel(self._pick())

    async def _amend(self) -> None:
        order = self._pick()
        cents = self._random.randint(FAIR_CENTS - 20, FAIR_CENTS - 1)
        if order.book_side == "ask":
            cents = 2 * FAIR_CENTS - cents
        await self._maker.orders.amend(order, price=f"0.{cents:02}")
        self._resting.append(order)

    async def _read(self) -> None:
        session = self._random.choice([self._maker, self._taker])
        reads: list[Callable[[], Awaitable[object]]] = [
            session.orders.list(ticker=self._ticker, limit=50).first,
            session.fills.list(limit=50).first,
            session.positions.list().first,
            session.portfolio.balance,
            lambda: session.markets.orderbook(self._ticker),
        ]
        await self._random.choice(reads)()

    async def _place(self, session: Session, side: str, cents: int, time_in_force: str) -> CreatedOrder:
        make = CreateOrder.buy_yes if side == "bid" else CreateOrder.sell_yes
        placed = await session.orders.create(
            make(self._ticker, 1, f"0.{cents:02}").replace(time_in_force=time_in_force)
        )
        self.orders += 1
        self.fills += 2 * int(placed.fill_count)
        return placed

    def _pick(self) -> CreatedOrder:
        return self._resting.pop(self._random.randrange(len(self._resting)))
