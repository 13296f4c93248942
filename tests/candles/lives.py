"""Random lives of two markets, and what their candles must be by the model."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

import httpx

from kalshi_async.sandbox import Sandbox
from kalshi_async.sandbox.engine.events import Event, LevelChanged, Matched
from kalshi_async.sandbox.engine.state import Account, Rejected, Side
from kalshi_async.sandbox.exchange import Amendment, NewOrder
from kalshi_async.sandbox.settings import Rules
from tests.candles import model
from tests.sandbox.venue_kit import OTHER, TICKER, ManualClock

INTERVALS = (1, 60, 1440)
STEPS = 60
SERIES = "KXHIGHNY"
MEMBERS = ("alice", "bob", "carol")
# Seconds until the next step: often none, sometimes up to the end of a minute, an hour or a day.
PAUSES = (0, 0, 0, 1, 7, 25, 61, 600, 4_000, 50_000)


@dataclass
class Tally:
    """What was compared."""

    lives: int = 0
    candles: int = 0
    trades: int = 0
    wrong: list[str] = field(default_factory=list)


class Life:
    """One exchange: members who place, take, change and cancel, while time passes."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(f"candles {seed}")
        self.clock = ManualClock()
        # Without a lag: fills are read for the model.
        self.sandbox = Sandbox(
            tier="off", markets=(TICKER, OTHER), clock=self.clock, seed=seed, rules=Rules(read_lag_ms=0)
        )
        self.exchange = self.sandbox.exchange
        self.members = [self.exchange.accounts.open(name) for name in MEMBERS]
        self.tops: dict[str, list[model.Top]] = {TICKER: [], OTHER: []}
        self.exchange.events.observe(self._observe)

    def live(self) -> None:
        """Let things happen."""
        for _ in range(STEPS):
            self._pass()
            try:
                self._step()
            except Rejected:
                continue  # a refusal changes no candle

    def tape(self, ticker: str) -> model.Tape:
        """Return what the model knows of one market; the trades are those that the exchange lists."""
        holdings = [
            model.Held(
                fill.created_us,
                account.user_id,
                Decimal(fill.count_e2 if fill.side == "bid" else -fill.count_e2) / 100,
            )
            for account in self.exchange.accounts.values()
            for fill in account.fills
            if fill.ticker == ticker
        ]
        return model.Tape([], self.tops[ticker], holdings)

    def _observe(self, event: Event) -> None:
        if isinstance(event, LevelChanged):
            ticker = event.order.ticker
        elif isinstance(event, Matched):
            ticker = event.market.ticker
        else:
            return
        sides = self.exchange.venue.books[ticker].sides
        bid_e4, ask_e4 = sides["bid"].prices.best(), sides["ask"].prices.best()
        bid = model.EMPTY[0] if bid_e4 is None else Decimal(bid_e4) / 10_000
        ask = model.EMPTY[1] if ask_e4 is None else Decimal(ask_e4) / 10_000
        self.tops[ticker].append(model.Top(self.exchange.venue.last_stamp_us, (bid, ask)))

    def _pass(self) -> None:
        if self.rng.random() < 0.1:  # to the very end of a minute, or of an hour
            period_ms = self.rng.choice((60_000, 3_600_000))
            self.clock.time_ms = -(-self.clock.time_ms // period_ms) * period_ms
        else:
            self.clock.pass_s(self.rng.choice(PAUSES))

    def _step(self) -> None:
        member = self.rng.choice(self.members)
        resting = list(member.resting.values())
        choice = self.rng.random()
        if choice < 0.6 or not resting:
            self._place(member)
        elif choice < 0.75:
            order = self.rng.choice(resting)
            self.exchange.orders.cancel(member, order.order_id, market_ticker=order.ticker)
        elif choice < 0.97:
            order = self.rng.choice(resting)
            count_e2 = order.filled_e2 + self.rng.choice((100, 250, 700))
            price_e4 = self.rng.randrange(45, 56) * 100
            terms = Amendment(order.order_id, order.ticker, order.side, price_e4, count_e2)
            self.exchange.orders.amend(member, terms)
        else:  # the end of a halt cancels what rests
            ticker = self.rng.choice((TICKER, OTHER))
            self.exchange.markets.pause(ticker)
            self.exchange.markets.resume(ticker)

    def _place(self, member: Account) -> None:
        side: Side = self.rng.choice(("bid", "ask"))
        order = NewOrder(
            self.rng.choice((TICKER, TICKER, OTHER)),
            side,
            self.rng.choice((1, 50, 100, 300, 700)),
            self.rng.randrange(45, 56) * 100,
            self.rng.choice(("good_till_canceled", "good_till_canceled", "immediate_or_cancel")),
            self.rng.choice(("taker_at_cross", "maker")),
        )
        self.exchange.orders.create(member, order)


async def check(lives: int, seed: int) -> Tally:
    """Compare the candles of so many lives with the model's."""
    tally = Tally()
    for number in range(lives):
        life = Life(seed + number)
        life.live()
        transport = httpx.ASGITransport(life.sandbox.app)
        async with httpx.AsyncClient(transport=transport, base_url=life.sandbox.rest_url) as http:
            for ticker in (TICKER, OTHER):
                wrong = [row async for row in _differences(life, ticker, http, tally)]
                tally.wrong += [f"seed {seed + number}, {ticker}: {row}" for row in wrong]
        tally.lives += 1
    return tally


async def _differences(life: Life, ticker: str, http: httpx.AsyncClient, tally: Tally) -> AsyncIterator[str]:
    exchange, now_s = life.exchange, life.clock.time_ms // 1_000
    tape = await taped(life, ticker, http)
    tally.trades += len(tape.trades)
    day_s = 86_400
    for interval in INTERVALS:
        expected = [*model.candles(tape, interval)]
        tally.candles += len(expected)
        # All of it, and a part of it: windows of at most 5,000 periods.
        first_s = int(str(expected[0]["end_period_ts"])) if expected else now_s
        for start_s, end_s in ((first_s, first_s + 2_000 * 60), (first_s + 60, first_s + 3_600)):
            query = {"start_ts": start_s, "end_ts": end_s, "period_interval": interval}
            reply = await http.get(f"/series/{SERIES}/markets/{ticker}/candlesticks", params=query)
            found = [_read(row) for row in reply.json()["candlesticks"]]
            wanted = [row for row in expected if start_s <= int(str(row["end_period_ts"])) <= end_s]
            if found != wanted:
                yield f"{interval} minutes from {start_s}: {found} was expected as {wanted}"
    exchange.market(ticker).settle("yes")
    exchange.historical_cutoff_us = (life.clock.time_ms + 1_000) * 1_000
    query = {"start_ts": now_s - 4_000 * day_s, "end_ts": now_s + day_s, "period_interval": 1440}
    reply = await http.get(f"/historical/markets/{ticker}/candlesticks", params=query)
    archived = [_read(row) for row in reply.json()["candlesticks"]]
    if archived != [*model.candles(await taped(life, ticker, http), 1440)]:
        yield f"the archive has {archived}"
    exchange.historical_cutoff_us = 0


async def taped(life: Life, ticker: str, http: httpx.AsyncClient) -> model.Tape:
    """Return the tape of a market with the trades that the exchange lists, of both tiers."""
    rows = []
    for path in ("/markets/trades", "/historical/trades"):
        reply = await http.get(path, params={"ticker": ticker, "limit": 1_000})
        rows += [
            model.Traded(
                _microseconds(row["created_time"]),
                Decimal(row["yes_price_dollars"]),
                Decimal(row["count_fp"]),
            )
            for row in reply.json()["trades"]
        ]
    tape = life.tape(ticker)
    return model.Tape(rows[::-1], tape.tops, tape.holdings)  # they are listed newest first, the archive last


def _microseconds(time: str) -> int:
    parsed = datetime.fromisoformat(time)
    return int(parsed.timestamp()) * 1_000_000 + parsed.microsecond


def _read(row: Mapping[str, object]) -> dict[str, object]:
    return {name.removesuffix("_fp").removesuffix("_dollars"): _value(value) for name, value in row.items()}


def _value(value: object) -> object:
    if isinstance(value, Mapping):
        return _read(value)
    return Decimal(value) if isinstance(value, str) else value
