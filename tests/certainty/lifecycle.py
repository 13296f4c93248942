"""One order from its placing to its end, by a client that trusts nothing but answers.

What is in doubt is asked until it is known, as a careful strategy would; ``Tale`` is
what the client can tell in the end.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from kalshi_async import (
    ApiError,
    Conflict,
    CreatedOrder,
    CreateOrder,
    Fate,
    KalshiError,
    NotFound,
    Order,
    OrderStatus,
    OutcomeUnknown,
    Session,
)
from kalshi_async.sandbox import Sandbox

TICKERS = tuple(f"KXSOAK-26NOV23-T{number}" for number in range(16))

# Bids below asks, so that nobody trades with himself: the crowd is the counterparty.
BIDS = ("0.30", "0.45")
ASKS = ("0.55", "0.70")

READ_WITHIN_S = 60.0

Found = TypeVar("Found")


@dataclass(slots=True)
class Tale:
    """What a client was told of one order; None is what it never learned."""

    number: int
    client_order_id: str
    order_id: str | None = None
    filled: Decimal | None = None
    unknown: int = 0


class Lifecycle:
    """Places, changes and ends one order; ``dice`` decide what happens."""

    def __init__(self, session: Session, exchange: Sandbox, dice: random.Random, number: int) -> None:
        side = dice.choice(("bid", "ask"))
        low, high = (int(Decimal(price) * 100) for price in (BIDS if side == "bid" else ASKS))
        self._session = session
        self._exchange = exchange
        self._dice = dice
        self._order = CreateOrder(
            dice.choice(TICKERS),
            side,  # type: ignore[arg-type]  # one of the two words
            dice.randint(2, 9),
            Decimal(dice.randint(low, high)) / 100,
            client_order_id=f"soak-{number}",
        )
        self._tale = Tale(number, self._order.client_order_id)

    async def live(self) -> Tale:
        """Live through it and tell."""
        placed = await self._place()
        if placed is not None:
            self._tale.order_id = placed.order_id
            if self._dice.random() < 0.3:
                await self._change(placed)
            if self._dice.random() < 0.4:
                self._trade()
            await self._end(placed)
        return self._tale

    async def _place(self) -> CreatedOrder | Order | None:
        try:
            return await self._session.orders.create(self._order)
        except OutcomeUnknown as error:
            self._tale.unknown += 1
            return await self._resolved(error)
        except Conflict:
            # A request that was delivered twice: the refusal says that the order is there.
            return await self._insisting(self._found)
        except KalshiError:
            return None  # certainly not placed, or the ledger will tell

    async def _resolved(self, error: OutcomeUnknown) -> Order | None:
        while True:
            resolution = await self._insisting(
                lambda: self._session.orders.resolve(error, timeout_s=READ_WITHIN_S)
            )
            if resolution.fate is not Fate.UNKNOWN:
                return resolution.order if resolution.fate is Fate.PLACED else None

    async def _found(self) -> Order:
        # Reads lag: the first looks may not show it yet.
        while True:
            order = await self._session.orders.find(
                self._order.client_order_id, ticker=self._order.ticker, min_ts=self._since_s()
            )
            if order is not None:
                return order
            await self._pause()

    async def _change(self, placed: CreatedOrder | Order) -> None:
        orders = self._session.orders
        try:
            if self._dice.random() < 0.5:
                await orders.decrease(placed, reduce_to=1)
            else:
                await orders.amend(placed, count=placed.total_count + 1)
        except OutcomeUnknown:
            self._tale.unknown += 1  # the end reads the order anyway
        except ApiError:
            pass  # somebody has traded with it, or it was delivered twice

    def _trade(self) -> None:
        """Let the crowd take some of what stands at this price or better."""
        against = "ask" if self._order.side == "bid" else "bid"
        market = self._exchange.market(self._order.ticker)
        market.trade(against, self._order.price, self._dice.randint(1, 9))

    async def _end(self, placed: CreatedOrder | Order) -> None:
        """Cancel until that is certain, then read what was filled."""
        orders = self._session.orders
        while True:
            try:
                await orders.cancel(placed)
                break
            except NotFound:
                break  # filled, or canceled by a request that was delivered twice
            except OutcomeUnknown:
                self._tale.unknown += 1
            except KalshiError:
                await self._pause()
        self._tale.filled = (await self._insisting(lambda: self._final(placed.order_id))).fill_count

    async def _final(self, order_id: str) -> Order:
        while True:
            try:
                order = await self._session.orders.get(order_id)
                if order.status is not OrderStatus.RESTING:
                    return order
            except NotFound:
                pass  # the reads do not show it yet
            await self._pause()

    async def _insisting(self, ask: Callable[[], Awaitable[Found]]) -> Found:
        """Ask again whenever a read fails."""
        while True:
            try:
                return await ask()
            except KalshiError:
                await self._pause()

    async def _pause(self) -> None:
        await self._exchange.clock.sleep(0.2 + self._dice.random() / 5)

    def _since_s(self) -> int:
        return self._exchange.clock.now_ms() // 1_000 - 120
