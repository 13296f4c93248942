"""A market maker: quotes both sides of one market and cancels everything at the end.

It uses only the public ``Session``. Four times a second it reads book, queue positions and
fills, computes its target quotes (``pricing``) and places, amends or cancels orders, all in one
order group. The quotes are skewed against the inventory. Reads lag behind writes; three rules
make the lag harmless:

* An amend sets the total of an order, filled contracts included. A fill that has not been read
  yet then makes the resting part smaller, never larger.
* If an amend or cancel finds an order gone, the order is replaced only after the reads have
  passed that moment. By then its fills are in the inventory.
* At the end, the list of resting orders counts only after the reads have passed the last write.

A refusal does not stop it. If the outcome of a request is unknown, it triggers the group, which
cancels every order in it.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from decimal import Decimal

from kalshi_async import (
    ApiError,
    BookSide,
    Clock,
    Conflict,
    CreateOrder,
    KalshiError,
    NotFound,
    Order,
    OutcomeUnknown,
    Session,
)
from kalshi_async.demo.books import Books
from kalshi_async.demo.pricing import Depth, Plan, Step, Target, depth_of, fair_price, next_step, targets
from kalshi_async.demo.quotes import Quote, Quotes

# An order that has waited this long for tokens has an old price: drop it and decide again.
_STALE_S = 0.3
# The longest wait for reads to catch up; they usually lag by some hundred milliseconds.
_CATCH_UP_MS = 3_000
_GROUP_TRIGGERED = "exceeded_order_group_risk_limit"


class MarketMaker:
    """One strategy in one market. Owns its quotes and its books. ``run`` may be called once."""

    def __init__(self, session: Session, ticker: str, clock: Clock, plan: Plan | None = None) -> None:
        self.ticker = ticker
        self.plan = plan or Plan()
        self.status = "opening"
        self.depth = Depth()
        self.fair: Decimal | None = None
        self.quotes = Quotes()
        self.books = Books(Decimal(0))
        self.left_resting: list[Order] = []
        self.done: Counter[str] = Counter()
        self.refusals: Counter[str] = Counter()
        self._session = session
        self._quoting = session.with_options(max_queue_s=_STALE_S)
        self._clock = clock
        self._tick = Decimal("0.01")
        self._group_id = ""
        self._paused_until_s: float | None = None
        self._since_s = clock.now_ms() // 1_000

    async def run(self, stop: asyncio.Event) -> None:
        """Quote until ``stop`` is set, then cancel all orders and verify that none rests."""
        await self._open()
        try:
            while not stop.is_set():
                await self._cycle()
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), self.plan.period_s)
        finally:
            self.status = "leaving"
            await self._shut_down()
        self.status = "closed"

    async def _open(self) -> None:
        market = await self._session.markets.get(self.ticker)
        # A market's price step can be smaller near 0 and 1. Multiples of its largest step are valid
        # at every price.
        self._tick = max((prices.step for prices in market.price_ranges or ()), default=self._tick)
        # The last price of a market that has never traded is 0.
        self.fair = market.last_price or None
        # Reads lag: the balance could lack a deposit that has just been made.
        await self._catch_up()
        self.books = Books((await self._session.portfolio.balance()).balance)
        group = await self._session.order_groups.create(contracts_limit=self.plan.group_limit)
        self._group_id = group.order_group_id
        self.status = "quoting"

    async def _cycle(self) -> None:
        try:
            await self._read()
            await self._forget_gone()
            if await self._may_quote():
                await self._requote()
        except KalshiError as error:
            self._count_refusal(error)

    async def _read(self) -> None:
        book, places, _ = await asyncio.gather(
            self._session.markets.orderbook(self.ticker),
            self._session.orders.queue_positions(market_tickers=[self.ticker]),
            self._read_fills(),
        )
        self.quotes.place_in_queues({place.order_id: place.queue_position for place in places})
        self.depth = depth_of(book, self.quotes.levels(BookSide.BID), self.quotes.levels(BookSide.ASK))
        self.fair = fair_price(self.depth, self.fair)

    async def _read_fills(self) -> None:
        """Read the fills since the newest known one, and enter them, oldest first."""
        fills = await self._session.fills.list(ticker=self.ticker, min_ts=self._since_s).collect()
        for fill in reversed(fills):
            if self.books.add(fill):
                self._since_s = max(self._since_s, fill.ts or 0)
                self.quotes.enter(fill)

    async def _forget_gone(self) -> None:
        if self.quotes.is_any_gone:
            as_of_ms = await self._as_of_ms()
            await self._read_fills()
            self.quotes.forget_gone(as_of_ms)

    async def _may_quote(self) -> bool:
        """Return whether to quote now. Reset a triggered group when the pause is over."""
        if self._paused_until_s is not None:
            if self._clock.monotonic() < self._paused_until_s:
                return False
            # Trigger again before the reset: the outcome of the first trigger may be unknown.
            await self._session.order_groups.trigger(self._group_id)
            await self._session.order_groups.reset(self._group_id)
            self._paused_until_s = None
            self.done["group reset"] += 1
            self.status = "quoting"
        return self.fair is not None

    async def _requote(self) -> None:
        assert self.fair is not None, "a fair price comes before the first quote"
        wanted = targets(self.fair, self.books.position, self.depth, self._tick, self.plan)
        sides = [(BookSide.BID, wanted.bid), (BookSide.ASK, wanted.ask)]
        bid = self.quotes.standing(BookSide.BID)
        if bid and wanted.bid and wanted.bid.price > bid.price:
            # If the bid goes up, move the ask out of its way first: two own quotes that cross
            # would be a self-trade, and the exchange would cancel one of them.
            sides.reverse()
        for side, target in sides:
            await self._move(side, target)

    async def _move(self, side: BookSide, target: Target | None) -> None:
        """Bring the quote of one side to its target. A refusal is counted; the next cycle retries."""
        quote = self.quotes.standing(side)
        if quote is None and not self.quotes.is_free(side):
            return
        step = next_step((quote.price, quote.remaining) if quote else None, target)
        try:
            if step is Step.PLACE and target:
                await self._place(side, target)
            elif step is Step.AMEND and quote and target:
                await self._amend(quote, target)
            elif step is Step.CANCEL and quote:
                await self._cancel(quote)
        except NotFound as error:
            self._count_refusal(error, "order gone")
            if quote:
                quote.gone_ms = self._clock.now_ms()
        except OutcomeUnknown as error:
            self._count_refusal(error)
            await self._cancel_group()
        except KalshiError as error:
            self._count_refusal(error)
            if isinstance(error, Conflict) and error.code == _GROUP_TRIGGERED:
                self._pause()

    async def _place(self, side: BookSide, target: Target) -> None:
        order = await self._quoting.orders.create(
            CreateOrder(
                self.ticker,
                side,
                target.count,
                target.price,
                post_only=True,
                order_group_id=self._group_id,
            )
        )
        self.quotes.add(side, Quote(order, target.price, target.count))
        self.done["placed"] += 1

    async def _amend(self, quote: Quote, target: Target) -> None:
        total = quote.filled + target.count
        await self._quoting.orders.amend(quote.order, price=target.price, count=total)
        quote.price, quote.total = target.price, total
        self.done["amended"] += 1

    async def _cancel(self, quote: Quote) -> None:
        await self._session.orders.cancel(quote.order)
        quote.gone_ms = self._clock.now_ms()
        self.done["canceled"] += 1

    def _pause(self) -> None:
        """Stop quoting for a while: the group has canceled all quotes, and reads must catch up."""
        self.status = "paused by the order group"
        self._paused_until_s = self._clock.monotonic() + self.plan.pause_s
        self.quotes.mark_all_gone(self._clock.now_ms())

    async def _cancel_group(self) -> None:
        """Cancel every order of the group, also one whose id is unknown, and pause."""
        with suppress(KalshiError):  # it is triggered again at the end of the pause
            await self._session.order_groups.trigger(self._group_id)
        self._pause()

    async def _shut_down(self) -> None:
        """Trigger the group, cancel one by one the orders that still rest, read the last fills."""
        try:
            await self._session.order_groups.trigger(self._group_id)
        except KalshiError as error:
            self._count_refusal(error)
            await self._session.orders.cancel_all(subaccount=0)
        self.left_resting = await self._resting()
        if self.left_resting:
            await self._session.orders.cancel_batch(self.left_resting)
            self.left_resting = await self._resting()
        self.quotes = Quotes()
        await self._session.order_groups.delete(self._group_id)
        await self._read_fills()

    async def _catch_up(self) -> None:
        """Wait until reads show the state of this moment, but no longer than ``_CATCH_UP_MS``."""
        now_ms = self._clock.now_ms()
        left_ms = _CATCH_UP_MS
        while (behind_ms := now_ms - await self._as_of_ms() + 1) > 0 and left_ms > 0:
            wait_ms = min(behind_ms, left_ms)
            left_ms -= wait_ms
            await self._clock.sleep(wait_ms / 1_000)

    async def _resting(self) -> list[Order]:
        await self._catch_up()
        return await self._session.orders.list(ticker=self.ticker, status="resting").collect()

    async def _as_of_ms(self) -> int:
        as_of = await self._session.exchange.user_data_timestamp()
        return int(as_of.timestamp() * 1_000)

    def _count_refusal(self, error: KalshiError, name: str | None = None) -> None:
        if isinstance(error, ApiError):
            name = name or (error.details if isinstance(error.details, str) else None) or error.code
        self.refusals[name or type(error).__name__] += 1
