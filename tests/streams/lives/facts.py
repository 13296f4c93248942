"""What happened, told by the engine itself and by the operator: independent of the streams.

A fact has an identity that can be read off the event that a reader gets, too: ``identity`` does so.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from kalshi_async.clock import Clock
from kalshi_async.contract.frames import communications, index_feeds, market_data, private
from kalshi_async.contract.frames.market_data import MarketChange
from kalshi_async.sandbox.engine import events as engine
from kalshi_async.sandbox.engine.state import Account, Fill, Group, Market, Order, Position
from kalshi_async.sandbox.engine.venue import Venue

D = Decimal


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that a channel has to tell."""

    identity: Hashable
    about: str
    """The market, index or id by which readers filter and states replace each other."""
    subaccount: int
    at_ms: int
    """When it happened, by the clock of the exchange."""
    is_owed: bool = True
    """False for what is told to a new subscription alone: the ticker of a market without any trading."""


class Facts:
    """All facts by channel, in the order in which they happened, for one member."""

    def __init__(self, venue: Venue, clock: Clock, member: Account) -> None:
        self.by_channel: dict[str, list[Fact]] = {}
        self._venue, self._clock, self._member = venue, clock, member
        self._tickers: dict[str, Hashable] = {}
        self._events = {market.event_ticker for market in venue.markets.values()}
        self._takers: dict[type[engine.Event], Callable[[Any], None]] = {
            engine.OrderChanged: lambda event: self._order(event.order),
            engine.Matched: self._matched,
            engine.LevelChanged: self._level,
            engine.GroupChanged: lambda event: self._group(event.group, event.change),
            engine.PositionSettled: lambda event: self._position(event.user_id, event.position),
            engine.MarketChanged: lambda event: self._market(event.market, event.change),
        }
        for ticker in venue.markets:
            self._list(ticker)
        venue.events.observe(lambda event: self._takers[type(event)](event))

    def of(self, channel: str) -> list[Fact]:
        """Return the facts of a channel."""
        return self.by_channel.setdefault(channel, [])

    def note(self, channel: str, identity: Hashable, about: str, subaccount: int = 0) -> None:
        """Add a fact that happens now."""
        self.of(channel).append(Fact(identity, about, subaccount, self._clock.now_ms()))

    def _list(self, ticker: str) -> None:
        fact = Fact(self._ticker_of(ticker), ticker, 0, self._clock.now_ms(), is_owed=False)
        self.of("ticker").append(fact)

    def _order(self, order: Order) -> None:
        if order.user_id == self._member.user_id:
            state = D(order.price_e4) / 10_000, D(order.filled_e2) / 100, D(order.remaining_e2) / 100
            identity = order.order_id, *state, order.updated_us // 1_000, order.last_update_reason
            self.note("user_orders", identity, order.ticker, order.subaccount)

    def _fill(self, fill: Fill, order: Order) -> None:
        if order.user_id == self._member.user_id:
            self.note("fill", (fill.fill_id, order.order_id), order.ticker, order.subaccount)

    def _position(self, user_id: str, position: Position) -> None:
        if user_id == self._member.user_id:
            state = D(position.position_e2) / 100, D(position.realized_e6) / 1_000_000
            identity = position.ticker, position.subaccount, *state, D(position.shares_traded_e2) / 100
            self.note("market_positions", identity, position.ticker, position.subaccount)

    def _matched(self, event: engine.Matched) -> None:
        for order, fill in ((event.taker, event.taker_fill), (event.maker, event.maker_fill)):
            self._order(order)
            self._fill(fill, order)
        for order, position in ((event.taker, event.taker_position), (event.maker, event.maker_position)):
            self._position(order.user_id, position)
        ticker, fill = event.market.ticker, event.maker_fill
        self._delta(event.maker, fill.price_e4, -fill.count_e2)
        self.note("trade", event.taker_fill.fill_id, ticker)
        self._ticker(ticker)

    def _level(self, event: engine.LevelChanged) -> None:
        self._delta(event.order, event.price_e4, event.by_e2)
        self._ticker(event.order.ticker)

    def _delta(self, order: Order, price_e4: int, by_e2: int) -> None:
        side = "yes" if order.side == "bid" else "no"
        identity = order.ticker, side, D(price_e4) / 10_000, D(by_e2) / 100, self._venue.now_us // 1_000
        self.note("orderbook_delta", identity, order.ticker)

    def _ticker(self, ticker: str) -> None:
        identity = self._ticker_of(ticker)
        if self._tickers.get(ticker) != identity:
            self._tickers[ticker] = identity
            self.note("ticker", identity, ticker)

    def _ticker_of(self, ticker: str) -> Hashable:
        sides = self._venue.books[ticker].sides
        bids, asks = sides["bid"].depth(), sides["ask"].depth()
        bid, bid_size = bids[0] if bids else (0, 0)
        ask, ask_size = asks[0] if asks else (10_000, 0)
        turnover = self._venue.markets[ticker].turnover
        prices = D(bid) / 10_000, D(bid_size) / 100, D(ask) / 10_000, D(ask_size) / 100
        return ticker, *prices, D(turnover.total_e2) / 100

    def _group(self, group: Group, change: str) -> None:
        if group.user_id == self._member.user_id:
            identity = group.order_group_id, str(change), self._venue.now_us // 1_000
            self.note("order_group_updates", identity, group.order_group_id)

    def _market(self, market: Market, change: MarketChange) -> None:
        is_combo = market.ticker.startswith("KXMVE")
        channel = "multivariate_market_lifecycle" if is_combo else "market_lifecycle_v2"
        if not is_combo and change is MarketChange.CREATED and market.event_ticker not in self._events:
            self._events.add(market.event_ticker)
            self.note(channel, ("event", market.event_ticker), market.ticker)
        if change is MarketChange.CREATED:
            self._list(market.ticker)
        self.note(channel, (market.ticker, str(change), _closes(market, change)), market.ticker)


def _closes(market: Market, change: MarketChange) -> int | None:
    return market.close_us // 1_000_000 if change is MarketChange.CLOSE_DATE_UPDATED else None


IDENTITIES: dict[type, Callable[[Any], Hashable]] = {
    private.OrderEvent: lambda e: (
        *(e.order_id, e.yes_price, e.fill_count, e.remaining_count),
        *(e.last_updated_ts_ms, e.last_update_reason),
    ),
    private.FillEvent: lambda e: (e.trade_id, e.order_id),
    private.PositionEvent: lambda e: (
        *(e.market_ticker, e.subaccount, e.position, e.realized_pnl, e.volume),
    ),
    private.GroupEvent: lambda e: (e.order_group_id, str(e.event_type), e.ts_ms),
    market_data.BookDeltaEvent: lambda e: (e.market_ticker, e.side, e.price, e.delta, e.ts_ms),
    market_data.TradeEvent: lambda e: e.trade_id,
    market_data.TickerEvent: lambda e: (
        *(e.market_ticker, e.yes_bid, e.yes_bid_size, e.yes_ask, e.yes_ask_size, e.volume),
    ),
    market_data.MarketEvent: lambda e: (
        *(e.market_ticker, str(e.event_type)),
        e.close_ts if e.event_type is MarketChange.CLOSE_DATE_UPDATED else None,
    ),
    market_data.EventCreatedEvent: lambda e: ("event", e.event_ticker),
    communications.RfqCreated: lambda e: e.id,
    index_feeds.CfBenchmarksEvent: lambda e: e.received_at,
    index_feeds.PythEvent: lambda e: e.received_at,
}
"""Type of an event -> the identity of the fact that it tells."""


def identity(event: object) -> Hashable:
    """Return the identity of the fact that an event tells."""
    return IDENTITIES[type(event)](event)
