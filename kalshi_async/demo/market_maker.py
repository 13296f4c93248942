"""A market maker: reads the book, quotes both sides in one order group, leans, leaves clean.

It knows the public ``Session`` and nothing of the exchange behind it. One cycle reads,
learns, decides (``pricing``) and acts; four cycles a second. Reads lag behind writes,
which three habits make harmless:

* a quote is sized by its total, filled contracts included, so that fills which nobody
  has shown yet make it smaller and never larger;
* a quote that turns out to be gone is replaced only when the reads have caught up
  with that moment, so that its fills are in the inventory by then;
* on the way out nothing is believed before the reads have passed the last write.

No refusal ends it. Where it is not known what rests, it triggers the group, which
cancels whatever does.
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

# A quote that has waited this long for tokens is stale: rather decide anew.
_STALE_S = 0.3
# How long to wait for the reads to catch up; some hundred milliseconds are usual.
_PATIENCE_MS = 3_000
_GROUP_TRIGGERED = "exceeded_order_group_risk_limit"


class MarketMaker:
    """One strategy in one market. Owner of its quotes and its books; run it once."""

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
        """Quote until ``stop`` is set, then cancel everything and make sure of it."""
        await self._open()
        try:
            while not stop.is_set():
                await self._cycle()
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), self.plan.period_s)
        finally:
            self.status = "leaving"
            await self._withdraw()
        self.status = "closed"

    async def _open(self) -> None:
        market = await self._session.markets.get(self.ticker)
        # Where the grid is finer near its ends, the coarsest step is still on it.
        self._tick = max((prices.step for prices in market.price_ranges or ()), default=self._tick)
        # A market that has never traded says 0.
        self.fair = market.last_price or None
        # A balance that was read too early would lack the latest deposit.
        await self._catch_up()
        self.books = Books((await self._session.portfolio.balance()).balance)
        group = await self._session.order_groups.create(contracts_limit=self.plan.group_limit)
        self._group_id = group.order_group_id
        self.status = "quoting"

    async def _cycle(self) -> None:
        try:
            await self._read()
            await self._forget_gone()
            if await self._is_armed():
                await self._act()
        except KalshiError as error:
            self._note(error)

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
        """Enter the fills since the last ones that were seen, oldest first."""
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

    async def _is_armed(self) -> bool:
        """Return whether to quote; arm a triggered group again when its pause is over."""
        if self._paused_until_s is not None:
            if self._clock.monotonic() < self._paused_until_s:
                return False
            # Once more before the reset: a trigger whose fate is unknown may not have come.
            await self._session.order_groups.trigger(self._group_id)
            await self._session.order_groups.reset(self._group_id)
            self._paused_until_s = None
            self.done["group reset"] += 1
            self.status = "quoting"
        return self.fair is not None

    async def _act(self) -> None:
        assert self.fair is not None, "nothing is quoted before there is a fair price"
        wanted = targets(self.fair, self.books.position, self.depth, self._tick, self.plan)
        sides = [(BookSide.BID, wanted.bid), (BookSide.ASK, wanted.ask)]
        bid = self.quotes.standing(BookSide.BID)
        if bid and wanted.bid and wanted.bid.price > bid.price:
            # Who retreats goes first: else the own quotes could meet, and one be canceled for it.
            sides.reverse()
        for side, target in sides:
            await self._pursue(side, target)

    async def _pursue(self, side: BookSide, target: Target | None) -> None:
        """Bring one side to its target; a refusal is noted and the next cycle tries again."""
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
            self._note(error, "order gone")
            if quote:
                quote.gone_ms = self._clock.now_ms()
        except OutcomeUnknown as error:
            self._note(error)
            await self._start_over()
        except KalshiError as error:
            self._note(error)
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
        """Stand back: the group has canceled the quotes, and the reads have to catch up."""
        self.status = "paused by the order group"
        self._paused_until_s = self._clock.monotonic() + self.plan.pause_s
        self.quotes.lose_all(self._clock.now_ms())

    async def _start_over(self) -> None:
        """Nobody knows what rests: the group does, and cancels it."""
        with suppress(KalshiError):
            await self._session.order_groups.trigger(self._group_id)
        self._pause()

    async def _withdraw(self) -> None:
        """Cancel through the group, verify, cancel what rests all the same, read the last fills."""
        try:
            await self._session.order_groups.trigger(self._group_id)
        except KalshiError as error:
            self._note(error)
            await self._session.orders.cancel_all(subaccount=0)
        self.left_resting = await self._resting()
        if self.left_resting:
            await self._session.orders.cancel_batch(self.left_resting)
            self.left_resting = await self._resting()
        self.quotes = Quotes()
        await self._session.order_groups.delete(self._group_id)
        await self._read_fills()

    async def _catch_up(self) -> None:
        """Wait until what is read is as of now, and not as of some hundred milliseconds ago."""
        now_ms = self._clock.now_ms()
        patience_ms = _PATIENCE_MS
        while (behind_ms := now_ms - await self._as_of_ms() + 1) > 0 and patience_ms > 0:
            wait_ms = min(behind_ms, patience_ms)
            patience_ms -= wait_ms
            await self._clock.sleep(wait_ms / 1_000)

    async def _resting(self) -> list[Order]:
        await self._catch_up()
        return await self._session.orders.list(ticker=self.ticker, status="resting").collect()

    async def _as_of_ms(self) -> int:
        as_of = await self._session.exchange.user_data_timestamp()
        return int(as_of.timestamp() * 1_000)

    def _note(self, error: KalshiError, name: str | None = None) -> None:
        if isinstance(error, ApiError):
            name = name or (error.details if isinstance(error.details, str) else None) or error.code
        self.refusals[name or type(error).__name__] += 1
