"""One order from its placing to its end, by a client that trusts nothing but answers.

What is in doubt is asked until it is known, as a careful strategy would; ``Tale`` is
what the client can tell in the end.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeVar

from kalshi_async import (
    BadRequest,
    Conflict,
    CreatedOrder,
    CreateOrder,
    Fate,
    KalshiError,
    NotFound,
    Order,
    OrderStatus,
    OutcomeUnknown,
    RateLimited,
    Session,
)
from kalshi_async.sandbox import Sandbox
from kalshi_async.sandbox.engine.state import Side

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
    untrue: list[str] = field(default_factory=list)
    """Answers that the order's own end contradicts."""


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
        self._gone = False
        self._unchanged: BadRequest | None = None

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
        except KalshiError as error:
            # Certainly not placed: if it was, the ledger holds an order that nobody was told of.
            if isinstance(error, Conflict):
                self._tale.untrue.append(f"the key was new, and create said {error!r}")
            return None

    async def _resolved(self, error: OutcomeUnknown) -> Order | None:
        while True:
            resolution = await self._insisting(
                lambda: self._session.orders.resolve(error, timeout_s=READ_WITHIN_S)
            )
            if resolution.fate is not Fate.UNKNOWN:
                return resolution.order if resolution.fate is Fate.PLACED else None

    async def _change(self, placed: CreatedOrder | Order) -> None:
        is_decrease = self._dice.random() < 0.5
        try:
            if is_decrease:
                await self._session.orders.decrease(placed, reduce_to=1)
            else:
                await self._session.orders.amend(placed, count=placed.total_count + 1)
        except OutcomeUnknown:
            self._tale.unknown += 1  # the end reads the order anyway
        except NotFound:
            self._gone = True
        except BadRequest as error:
            # Nothing to decrease: right, if the crowd has been there.
            self._unchanged = error
            if not is_decrease:
                self._tale.untrue.append(f"the order could be amended, and was told {error!r}")
        except RateLimited as error:
            # A refusal that lasts for the whole deadline is an answer: nothing may have been changed.
            if self._is_changed(placed):
                self._tale.untrue.append(f"the order was changed, and was told {error!r}")
        except KalshiError as error:
            if error.sent is not False:
                self._tale.untrue.append(f"the order could be changed, and was told {error!r}")

    def _is_changed(self, placed: CreatedOrder | Order) -> bool:
        """Whether the ledger has an amended or decreased order; one that has ended tells no longer."""
        account = self._exchange.accounts["me"].account
        order = account.orders[placed.order_id]
        is_amended = order.initial_e2 != self._order.count * 100
        is_decreased = order.initial_e2 - order.filled_e2 != order.remaining_e2
        return is_amended or (is_decreased and order.order_id in account.resting)

    def _trade(self) -> None:
        """Let the crowd take some of what stands at this price or better."""
        against: Side = "ask" if self._order.side == "bid" else "bid"
        market = self._exchange.market(self._order.ticker)
        market.trade(against, self._order.price, self._dice.randint(1, 9))

    async def _end(self, placed: CreatedOrder | Order) -> None:
        """Cancel until that is certain, then read how it ended."""
        was_in_doubt = False
        while True:
            try:
                await self._session.orders.cancel(placed)
                break
            except NotFound:
                self._gone = not was_in_doubt
                break
            except OutcomeUnknown:
                self._tale.unknown += 1
                was_in_doubt = True
            except KalshiError:
                await self._pause()
        order = await self._insisting(lambda: self._final(placed.order_id))
        self._tale.filled = order.fill_count
        if self._gone and order.status is not OrderStatus.EXECUTED:
            self._tale.untrue.append(f"nobody else ends orders, and NotFound was said of {order!r}")
        if self._unchanged is not None and not order.fill_count:
            self._tale.untrue.append(f"nobody traded, and {self._unchanged!r} was said of {order!r}")

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
