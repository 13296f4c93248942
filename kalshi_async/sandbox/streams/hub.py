"""From what the engine tells to the subscriptions that it concerns, in the order of the exchange.

One match is told as: order and fill of the taker, order and fill of the maker, both positions,
then the change of the book, the trade, and the ticker (``settings.CHOICES``: ``frame_order``). The
hub begins to observe with the first stream, and never stops: clocks of markets must not skip a change.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from kalshi_async.clock import Clock
from kalshi_async.contract.frames.channels import CHANNEL_OF, CHANNELS
from kalshi_async.contract.frames.market_data import MarketChange
from kalshi_async.sandbox.engine.events import (
    Event,
    GroupChanged,
    LevelChanged,
    MarketChanged,
    Matched,
    OrderChanged,
    PositionSettled,
)
from kalshi_async.sandbox.engine.state import Account, Position
from kalshi_async.sandbox.exchange import Exchange
from kalshi_async.sandbox.streams import views
from kalshi_async.sandbox.streams.alarm import Alarm
from kalshi_async.sandbox.streams.subscription import Subscription
from kalshi_async.sandbox.streams.tape import Tape

_COMBOS = "KXMVE"
_ENCODER = msgspec.json.Encoder()


class Hub:
    """Every subscription by channel, and what they are told."""

    def __init__(self, exchange: Exchange, clock: Clock) -> None:
        self._exchange = exchange
        self._venue = exchange.venue
        self._clock = clock
        self._by_channel: dict[str, list[Subscription]] = {name: [] for name in CHANNELS}
        self._open: dict[str, int] = {}  # streams by user
        self._tickers: dict[str, str] = {}  # by id of the market
        self._events: set[str] = set()
        self._tape: Tape | None = None
        self._alarm = Alarm(exchange, clock)
        self._handlers: Mapping[type[Event], Callable[[Any], None]] = {
            OrderChanged: self._order,
            Matched: self._match,
            LevelChanged: self._level,
            GroupChanged: self._group,
            PositionSettled: self._settled,
            MarketChanged: self._market,
        }

    def now_ms(self) -> int:
        """Return the exchange's time."""
        return self._clock.now_ms()

    def open_streams(self, account: Account) -> int:
        """Return how many streams a member has."""
        return self._open.get(account.user_id, 0)

    def join(self, account: Account, loop: asyncio.AbstractEventLoop) -> None:
        """Count a stream of a member, and observe the exchange from now on."""
        self._open[account.user_id] = self.open_streams(account) + 1
        if self._tape is None:
            self._tape = Tape(self._venue)
            self._events.update(market.event_ticker for market in self._venue.markets.values())
            self._exchange.events.observe(lambda event: self._handlers[type(event)](event))
        self._alarm.watch(loop)

    def leave(self, account: Account) -> None:
        """Count a stream of a member no more."""
        self._open[account.user_id] -= 1
        if not any(self._open.values()):
            self._alarm.rest()

    def add(self, subscription: Subscription) -> None:
        """Tell a subscription what happens from now on."""
        self._by_channel[subscription.channel.name].append(subscription)

    def remove(self, subscription: Subscription) -> None:
        """Tell a subscription nothing more."""
        self._by_channel[subscription.channel.name].remove(subscription)

    def lists(self, ticker: str) -> bool:
        """Tell whether there is such a market."""
        return ticker in self._venue.markets

    def ticker_of(self, market_id: str) -> str | None:
        """Return the ticker of a market by its id, or None."""
        if market_id not in self._tickers:
            self._tickers = {views.market_id(ticker): ticker for ticker in self._venue.markets}
        return self._tickers.get(market_id)

    def show_book(self, subscription: Subscription, ticker: str, command_id: int) -> None:
        """Send the whole book of a market to one subscription."""
        self._exchange.advance()
        book = self._known_tape.snapshot(ticker, yes_scale=subscription.yes_scale)
        subscription.reader.send(subscription, "orderbook_snapshot", book, command_id=command_id)

    def show_tickers(self, subscription: Subscription, tickers: Sequence[str]) -> None:
        """Send tickers of markets to one subscription: of those named, or of all that it is about."""
        self._exchange.advance()
        for ticker in tickers or (() if subscription.markets is not None else self._venue.markets):
            subscription.reader.send(subscription, "ticker", self._known_tape.ticker(ticker))

    def publish(self, kind: str, message: Mapping[str, object], *, account: Account | None = None) -> int:
        """Send a message that the engine has none of: an RFQ, a quote, a value of an index, a fee.

        ``kind`` is the type of its frame, ``message`` its ``msg``. ``account`` restricts it to the
        streams of one member. Returns how many subscriptions it went to.
        """
        if kind not in CHANNEL_OF:
            raise ValueError(f"kind must be one of {', '.join(sorted(CHANNEL_OF))}, was {kind!r}")
        found = [
            one
            for one in self._by_channel[CHANNEL_OF[kind]]
            if (account is None or one.reader.key.account.user_id == account.user_id)
            and one.takes_message(message)
        ]
        _send(found, kind, lambda: message)
        return len(found)

    def _order(self, event: OrderChanged) -> None:
        order = event.order
        found = self._own("user_orders", order.user_id, order.subaccount, order.ticker)
        _send(found, "user_order", lambda: views.order(order))

    def _match(self, event: Matched) -> None:
        sides = (
            (event.taker, event.taker_fill, event.taker_position),
            (event.maker, event.maker_fill, event.maker_position),
        )
        for order, fill, position in sides:
            self._order(OrderChanged(order))
            found = self._own("fill", order.user_id, order.subaccount, order.ticker)
            _send(found, "fill", lambda: views.fill(fill, order.client_order_id, position))  # noqa: B023  # at once
        for order, _, position in sides:
            self._position(order.user_id, position)
        self._delta(LevelChanged(event.maker, event.maker_fill.price_e4, -event.maker_fill.count_e2))
        ticker = event.market.ticker
        _send(self._about("trade", ticker), "trade", lambda: views.trade(event.maker_fill, event.taker_fill))
        self._ticker(ticker)

    def _level(self, event: LevelChanged) -> None:
        self._delta(event)
        self._ticker(event.order.ticker)

    def _delta(self, event: LevelChanged) -> None:
        order = event.order
        clock = self._known_tape.advance(order.ticker)
        rendered: dict[tuple[bool, bool], msgspec.Raw] = {}
        for one in self._about("orderbook_delta", order.ticker):
            shape = one.yes_scale, _sees(one, order.user_id, order.subaccount)
            if shape not in rendered:
                yes_scale, is_own = shape
                view = views.delta(event, clock, self._venue.now_us, yes_scale=yes_scale, is_own=is_own)
                rendered[shape] = msgspec.Raw(_ENCODER.encode(view))
            one.reader.send(one, "orderbook_delta", rendered[shape])

    def _ticker(self, ticker: str) -> None:
        found = self._about("ticker", ticker)
        if found and (view := self._known_tape.changed_ticker(ticker)) is not None:
            _send(found, "ticker", lambda: view)

    def _position(self, user_id: str, position: Position) -> None:
        found = self._own("market_positions", user_id, position.subaccount, position.ticker)
        _send(found, "market_position", lambda: views.position(user_id, position))

    def _settled(self, event: PositionSettled) -> None:
        self._position(event.user_id, event.position)

    def _group(self, event: GroupChanged) -> None:
        group = event.group
        found = self._own("order_group_updates", group.user_id, group.subaccount)
        _send(found, "order_group_updates", lambda: views.group(group, event.change, self._venue.now_us))

    def _market(self, event: MarketChanged) -> None:
        market = event.market
        channel = "market_lifecycle_v2"
        if market.ticker.startswith(_COMBOS):
            channel = "multivariate_market_lifecycle"
        elif event.change is MarketChange.CREATED and market.event_ticker not in self._events:
            self._events.add(market.event_ticker)
            _send(list(self._by_channel[channel]), "event_lifecycle", lambda: views.event(market))
        view = views.market(market, event.change)
        if channel != "market_lifecycle_v2":
            view.pop("price_ranges", None)
        _send(list(self._by_channel[channel]), channel, lambda: view)

    @property
    def _known_tape(self) -> Tape:
        assert self._tape is not None, "a stream has joined"
        return self._tape

    def _about(self, channel: str, ticker: str) -> list[Subscription]:
        return [one for one in self._by_channel[channel] if one.takes(ticker)]

    def _own(
        self, channel: str, user_id: str, subaccount: int, ticker: str | None = None
    ) -> list[Subscription]:
        return [
            one
            for one in self._by_channel[channel]
            if _sees(one, user_id, subaccount) and (ticker is None or one.takes(ticker))
        ]


def _sees(subscription: Subscription, user_id: str, subaccount: int) -> bool:
    key = subscription.reader.key
    return key.account.user_id == user_id and key.subaccount in (None, subaccount)


def _send(found: list[Subscription], kind: str, message: Callable[[], Mapping[str, object]]) -> None:
    # The message is rendered once, now, and only for somebody: the records behind it go on changing.
    if found:
        raw = msgspec.Raw(_ENCODER.encode(message()))
        for subscription in found:
            subscription.reader.send(subscription, kind, raw)
