"""The stage: an exchange with a crowd of traders, the market maker, and an honest end.

The only module of the demo that knows the embedded exchange. Exchange, crowd and market
maker share one event loop; the market maker still reaches the exchange over HTTP.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from kalshi_async import BookSide, Clock, Credentials, Session, SystemClock, TokenBucket
from kalshi_async.demo.audit import Row, compare, ledger_of, statement
from kalshi_async.demo.display import QuoteView, TokensView, View
from kalshi_async.demo.market_maker import MarketMaker
from kalshi_async.demo.pricing import Plan
from kalshi_async.demo.quotes import Quote
from kalshi_async.sandbox import RequestRecord, Sandbox
from kalshi_async.sandbox.traders.random_walk import SimulatedTraders, Temperament

TICKER = "KXHIGHNY-26NOV23-B58.5"
ACCOUNT = "market maker"

# 360 ms was seen on the demo exchange (recording of 2026-06).
_READ_LAG_MS = 400
_TRADERS = 9
_CROWD_PERIOD_S = 0.3
# Rare and small shocks, so that most runs of fifteen seconds earn their spread.
_TEMPERAMENT = Temperament(shock_chance_percent=1, shock_e4=400)


@dataclass(slots=True)
class Tally:
    """What the exchange has seen of requests."""

    requests: int = 0
    too_many: int = 0

    def see(self, record: RequestRecord) -> None:
        """Count one request."""
        self.requests += 1
        self.too_many += record.status == 429


@dataclass(frozen=True, slots=True)
class Report:
    """How it ended: every amount twice, and what happened on the way."""

    rows: list[Row]
    story: list[str]

    @property
    def differences(self) -> list[Row]:
        """Amounts on which market maker and exchange do not agree."""
        return [row for row in self.rows if not row.agrees]

    @property
    def exit_code(self) -> int:
        """0 if everything agrees, 1 if not."""
        return 1 if self.differences else 0

    def lines(self) -> list[str]:
        """Return the summary."""
        profit = next(row for row in self.rows if row.name == "P&L")
        verdict = "agrees with the exchange's ledger to the last decimal"
        if self.differences:
            verdict = f"DOES NOT AGREE in {', '.join(row.name for row in self.differences)}"
        return [*self.story, "", *statement(self.rows), "", f"final P&L {profit.ours:+f}: {verdict}"]


class Stage:
    """One performance. ``sandbox`` is there for whoever wants to interfere."""

    def __init__(
        self, *, seed: int = 0, tier: str = "basic", clock: Clock | None = None, plan: Plan | None = None
    ) -> None:
        """Build the exchange and its people. Raises ValueError if the tier is unknown."""
        self._clock = clock or SystemClock()
        self._plan = plan or Plan()
        self._setting = f"{TICKER}, tier {tier}, seed {seed}"
        self.tally = Tally()
        self.sandbox = Sandbox(
            tier=tier, seed=seed, read_lag_ms=_READ_LAG_MS, clock=self._clock, observe=self.tally.see
        )
        # Here makers pay, so that the fees of the fills matter.
        self.sandbox.exchange.markets.add(TICKER, fee_type="quadratic_with_maker_fees")
        self.account = self.sandbox.add_account(ACCOUNT)
        self._crowd = SimulatedTraders(
            self.sandbox.exchange, [TICKER], count=_TRADERS, seed=seed, temperament=_TEMPERAMENT
        )

    async def perform(
        self, seconds: float, stop: asyncio.Event, show: Callable[[View], None], *, show_every_s: float = 0.25
    ) -> Report:
        """Trade for so long, or until ``stop``; show what happens; then check the books."""
        credentials = Credentials(self.account.key_id, self.account.private_key_pem)
        async with self.sandbox, Session(self.sandbox.environment, credentials, clock=self._clock) as session:
            maker = MarketMaker(session, TICKER, self._clock, self._plan)
            ends_s = self._clock.monotonic() + seconds
            async with asyncio.TaskGroup() as tasks:
                background = [
                    tasks.create_task(self._crowd.run(self._clock, period_s=_CROWD_PERIOD_S)),
                    tasks.create_task(self._end(seconds, stop)),
                    tasks.create_task(self._frames(maker, session, ends_s, show, show_every_s)),
                ]
                await maker.run(stop)
                for task in background:
                    task.cancel()
            show(self._view(maker, session, ends_s))
            return await self._report(maker, session)

    async def _end(self, seconds: float, stop: asyncio.Event) -> None:
        await self._clock.sleep(seconds)
        stop.set()

    async def _frames(
        self,
        maker: MarketMaker,
        session: Session,
        ends_s: float,
        show: Callable[[View], None],
        every_s: float,
    ) -> None:
        while True:
            show(self._view(maker, session, ends_s))
            await self._clock.sleep(every_s)

    async def _report(self, maker: MarketMaker, session: Session) -> Report:
        balance = (await session.portfolio.balance()).balance
        mark = (await session.markets.get(TICKER)).last_price or Decimal(0)
        ledger = ledger_of(self.sandbox.exchange.reads.snapshot(), ACCOUNT, TICKER)
        return Report(compare(maker.books, ledger, balance, mark), self._story(maker, mark))

    def _story(self, maker: MarketMaker, mark: Decimal) -> list[str]:
        books = maker.books
        refused = ", ".join(f"{name} {count}" for name, count in maker.refusals.most_common()) or "none"
        return [
            self._setting,
            f"{len(books.fills)} fills: bought {books.bought:f}, sold {books.sold:f}, last trade at {mark:f}",
            f"quotes: {_counts(maker)}; refusals met and handled: {refused}",
            f"{self.tally.requests} requests, {self.tally.too_many} answered 429; "
            f"{len(maker.left_resting)} orders left resting",
        ]

    def _view(self, maker: MarketMaker, session: Session, ends_s: float) -> View:
        books = maker.books
        limits = session.rate_limits
        return View(
            ticker=TICKER,
            status=maker.status,
            left_s=ends_s - self._clock.monotonic(),
            depth=maker.depth,
            fair=maker.fair,
            bid=_quote_view(maker.quotes.standing(BookSide.BID)),
            ask=_quote_view(maker.quotes.standing(BookSide.ASK)),
            position=books.position,
            position_limit=maker.plan.inventory_limit,
            cash=books.cash,
            profit=books.profit(maker.fair or Decimal(0)),
            realized=books.realized,
            fees=books.fees,
            read=_tokens_view(limits.read),
            write=_tokens_view(limits.write),
            fills=list(books.fills.values())[-4:],
            fill_count=len(books.fills),
            now_ms=self._clock.now_ms(),
            counts=f"{_counts(maker)}, requests {self.tally.requests}, 429s {self.tally.too_many}",
        )


def _counts(maker: MarketMaker) -> str:
    return ", ".join(f"{name} {count}" for name, count in maker.done.items()) or "none yet"


def _quote_view(quote: Quote | None) -> QuoteView | None:
    return None if quote is None else QuoteView(quote.price, quote.remaining, quote.ahead)


def _tokens_view(bucket: TokenBucket) -> TokensView:
    return TokensView(bucket.tokens(), bucket.capacity, bucket.waiting_by_priority())
