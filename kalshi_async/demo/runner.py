"""Runs the demo: an exchange with simulated traders, the market maker, and the final audit.

This is the only module of the demo that knows the embedded exchange. Exchange, traders and
market maker share one event loop; the market maker reaches the exchange over HTTP.
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
from kalshi_async.sandbox.traders.random_walk import SimulatedTraders, TraderSettings

TICKER = "KXHIGHNY-26NOV23-B58.5"
ACCOUNT = "market maker"

_TRADERS = 9
_TRADERS_PERIOD_S = 0.3
# Shocks are rare and small, so that most runs of fifteen seconds end with a profit.
_TRADER_SETTINGS = TraderSettings(shock_chance_percent=1, shock_e4=400)


@dataclass(slots=True)
class RequestCounts:
    """The requests that reached the exchange, and how many of them it answered with 429."""

    requests: int = 0
    too_many: int = 0

    def count(self, record: RequestRecord) -> None:
        """Count one request."""
        self.requests += 1
        self.too_many += record.status == 429


@dataclass(frozen=True, slots=True)
class Report:
    """The result of the demo."""

    rows: list[Row]
    """Every amount from the market maker's books beside the exchange's."""
    summary: list[str]
    """Lines about the run: settings, fills, actions, requests."""

    @property
    def differences(self) -> list[Row]:
        """The rows whose two amounts differ."""
        return [row for row in self.rows if not row.agrees]

    @property
    def exit_code(self) -> int:
        """0 if all rows agree, 1 if not."""
        return 1 if self.differences else 0

    def lines(self) -> list[str]:
        """Return the report as lines of text."""
        profit = next(row for row in self.rows if row.name == "P&L")
        verdict = "agrees with the exchange's ledger to the last decimal"
        if self.differences:
            verdict = f"DOES NOT AGREE in {', '.join(row.name for row in self.differences)}"
        return [*self.summary, "", *statement(self.rows), "", f"final P&L {profit.ours:+f}: {verdict}"]


class DemoRunner:
    """One run of the demo. Tests use ``sandbox`` to interfere with it."""

    def __init__(
        self, *, seed: int = 0, tier: str = "basic", clock: Clock | None = None, plan: Plan | None = None
    ) -> None:
        """Build the exchange and its accounts. Raises ValueError if the tier is unknown."""
        self._clock = clock or SystemClock()
        self._plan = plan or Plan()
        self._setting = f"{TICKER}, tier {tier}, seed {seed}"
        self.request_counts = RequestCounts()
        self.sandbox = Sandbox(
            tier=tier,
            seed=seed,
            clock=self._clock,
            observe=self.request_counts.count,
        )
        # A market with maker fees: otherwise the market maker pays none and the audit of fees is idle.
        self.sandbox.exchange.markets.add(TICKER, fee_type="quadratic_with_maker_fees")
        self.account = self.sandbox.add_account(ACCOUNT)
        self._traders = SimulatedTraders(
            self.sandbox.exchange, [TICKER], count=_TRADERS, seed=seed, settings=_TRADER_SETTINGS
        )

    async def run(
        self, seconds: float, stop: asyncio.Event, show: Callable[[View], None], *, show_every_s: float = 0.25
    ) -> Report:
        """Trade for ``seconds``, or until ``stop`` is set; then audit the books.

        ``show`` is called with the current view every ``show_every_s`` seconds.
        """
        credentials = Credentials(self.account.key_id, self.account.private_key_pem)
        async with self.sandbox, Session(self.sandbox.environment, credentials, clock=self._clock) as session:
            maker = MarketMaker(session, TICKER, self._clock, self._plan)
            ends_s = self._clock.monotonic() + seconds
            async with asyncio.TaskGroup() as tasks:
                background = [
                    tasks.create_task(self._traders.run(self._clock, period_s=_TRADERS_PERIOD_S)),
                    tasks.create_task(self._stop_after(seconds, stop)),
                    tasks.create_task(self._show(maker, session, ends_s, show, show_every_s)),
                ]
                await maker.run(stop)
                for task in background:
                    task.cancel()
            show(self._view(maker, session, ends_s))
            return await self._report(maker, session)

    async def _stop_after(self, seconds: float, stop: asyncio.Event) -> None:
        await self._clock.sleep(seconds)
        stop.set()

    async def _show(
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
        return Report(compare(maker.books, ledger, balance, mark), self._summary(maker, mark))

    def _summary(self, maker: MarketMaker, mark: Decimal) -> list[str]:
        books = maker.books
        refused = ", ".join(f"{name} {count}" for name, count in maker.refusals.most_common()) or "none"
        return [
            self._setting,
            f"{len(books.fills)} fills: bought {books.bought:f}, sold {books.sold:f}, last trade at {mark:f}",
            f"quotes: {_counts(maker)}; refusals met and handled: {refused}",
            f"{self.request_counts.requests} requests, {self.request_counts.too_many} answered 429; "
            f"{len(maker.left_resting)} orders left resting",
        ]

    def _view(self, maker: MarketMaker, session: Session, ends_s: float) -> View:
        books = maker.books
        limits, requests = session.rate_limits, self.request_counts
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
            counts=f"{_counts(maker)}, requests {requests.requests}, 429s {requests.too_many}",
        )


def _counts(maker: MarketMaker) -> str:
    return ", ".join(f"{name} {count}" for name, count in maker.done.items()) or "none yet"


def _quote_view(quote: Quote | None) -> QuoteView | None:
    return None if quote is None else QuoteView(quote.price, quote.remaining, quote.ahead)


def _tokens_view(bucket: TokenBucket) -> TokensView:
    return TokensView(bucket.tokens(), bucket.capacity, bucket.waiting_by_priority())
