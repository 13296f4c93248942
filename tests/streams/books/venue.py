"""An exchange's side of books without sockets: an engine, and connections that see it.

Written from the vendor's description, independent of the sandbox: a clock per market, shared by the
changes of one call; a snapshot holds all changes up to its clock; sids and numbers per connection.
"""

from __future__ import annotations

import json
import random
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from kalshi_async.contract.frames.control import Command

Levels = dict[tuple[str, int], int]
"""(side, price in 0.0001 dollars) -> hundredths of contracts."""

TICKS = tuple(range(4_000, 6_001, 250))


@dataclass
class Market:
    ticker: str
    levels: Levels = field(default_factory=dict)
    clock: int = 0
    era: int = 0
    is_paused: bool = False
    history: dict[tuple[int, int], Levels] = field(default_factory=dict)
    """(era, clock) -> the book after it."""

    def keep(self) -> None:
        self.history[self.era, self.clock] = dict(self.levels)


class Engine:
    """Books of some markets. ``now_ms`` only grows."""

    def __init__(self, tickers: str, dice: random.Random) -> None:
        self.dice = dice
        self.now_ms = 1_000_000
        self.markets = {ticker: Market(ticker) for ticker in tickers}
        self.connections: list[Connection] = []
        for market in self.markets.values():
            market.keep()

    def trade(self, market: Market) -> None:
        """One call of the engine: some levels change, with one clock."""
        if market.is_paused:
            return
        changes = []
        for _ in range(self.dice.randint(1, 3)):
            place = self.dice.choice(("yes", "no")), self.dice.choice(TICKS)
            there = market.levels.get(place, 0)
            by = self.dice.choice((-there, -there, self.dice.randint(1, 500), 100)) or 100
            self._change(market, place, by)
            changes.append((place, by))
        self._tell(market, changes)

    def _tell(self, market: Market, changes: list[tuple[tuple[str, int], int]]) -> None:
        if changes:  # no clock without a change
            market.clock += 1
            market.keep()
        for number, (place, by) in enumerate(changes, 1):
            for connection in self.connections:
                connection.tell_delta(market, place, by, (number, len(changes)))

    def _change(self, market: Market, place: tuple[str, int], by: int) -> None:
        count = market.levels.pop(place, 0) + by
        if count:
            market.levels[place] = count

    def pause(self, market: Market) -> None:
        market.is_paused = True
        self.tell_life(market, "deactivated")

    def activate(self, market: Market) -> None:
        """End a pause: all orders are gone."""
        if market.is_paused:
            market.is_paused = False
            changes = [(place, -count) for place, count in market.levels.items()]
            market.levels.clear()
            self._tell(market, changes)
            self.tell_life(market, "activated")

    def maintain(self, market: Market) -> None:
        """Come back from maintenance with other books, a clock that begins anew, and no word about it."""
        if market.clock >= 2:  # else no clock could go back
            market.era, market.clock = market.era + 1, 0
            market.levels = {("yes", self.dice.choice(TICKS)): 100} if self.dice.random() < 0.5 else {}
            market.keep()

    def tell_life(self, market: Market, kind: str) -> None:
        for connection in self.connections:
            connection.tell_life(market, kind)


@dataclass
class Subscription:
    sid: int
    channel: str
    markets: set[str] | None
    seq: int = 0


class Connection:
    """One connection of the client; ``wire`` holds the frames that are under way to it."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.wire: deque[bytes] = deque()
        self.subscriptions: dict[int, Subscription] = {}
        self.answers_snapshots = True
        engine.connections.append(self)
        self._last_sid = 0

    def cut(self) -> None:
        self.wire.clear()
        self.subscriptions.clear()
        self._last_sid = 0

    # Commands.

    def obey(self, command: Command) -> None:
        params: dict[str, Any] = dict(command.params or {})
        if command.cmd == "subscribe":
            self._subscribe(command.id, params)
        elif command.cmd == "unsubscribe":
            for sid in params["sids"]:
                if (gone := self.subscriptions.pop(sid, None)) is not None:
                    self._send(gone, type="unsubscribed", id=command.id)
                else:
                    self._error(command.id, 7)
        elif command.cmd == "update_subscription":
            self._update(command.id, params)
        else:
            rows = [{"channel": each.channel, "sid": sid} for sid, each in self.subscriptions.items()]
            self._send(None, type="ok", id=command.id, msg=rows)

    def _subscribe(self, number: int, params: dict[str, Any]) -> None:
        (channel,) = params["channels"]
        wanted = params.get("market_tickers")
        assert channel != "orderbook_delta" or params["use_yes_price"]
        if wanted and (unknown := sorted(set(wanted) - self.engine.markets.keys())):
            self._error(number, 11, market_tickers=unknown)
            return
        held = next((each for each in self.subscriptions.values() if each.channel == channel), None)
        if held is None:
            self._last_sid += 1
            held = Subscription(self._last_sid, channel, None if wanted is None else set())
            self.subscriptions[held.sid] = held
        self._send(None, type="subscribed", id=number, msg={"channel": channel, "sid": held.sid})
        if wanted is not None:
            self._add(held, wanted)

    def _update(self, number: int, params: dict[str, Any]) -> None:
        (sid,) = params["sids"]
        wanted = params["market_tickers"]
        held = self.subscriptions.get(sid)
        if held is None:
            self._error(number, 7)
            return
        assert held.markets is not None
        if unknown := sorted(set(wanted) - self.engine.markets.keys()):
            self._error(number, 11, market_tickers=unknown)
        elif params["action"] == "get_snapshot":
            for ticker in wanted:
                if ticker in held.markets and self.answers_snapshots:
                    self._snapshot(held, ticker, number)
        elif params["action"] == "add_markets":
            self._send(held, type="ok", id=number, msg={"market_tickers": sorted(held.markets | {*wanted})})
            self._add(held, wanted)
        else:
            held.markets -= set(wanted)
            self._send(held, type="ok", id=number, msg={"market_tickers": sorted(held.markets)})

    def _add(self, held: Subscription, tickers: list[str]) -> None:
        assert held.markets is not None
        for ticker in tickers:
            if ticker not in held.markets:
                held.markets.add(ticker)
                self._snapshot(held, ticker, 0)

    def fail(self, sid: int, code: int) -> None:
        """End a subscription by a terminal error."""
        self._send(self.subscriptions.pop(sid), type="error", msg={"code": code, "msg": "gone"})

    # Frames.

    def _snapshot(self, held: Subscription, ticker: str, number: int) -> None:
        market = self.engine.markets[ticker]
        msg: dict[str, Any] = {"market_ticker": ticker, "clock": market.clock}
        for side in ("yes", "no"):
            of_side = sorted((price, count) for (kind, price), count in market.levels.items() if kind == side)
            if of_side:
                msg[f"{side}_dollars_fp"] = [[_price(price), _count(count)] for price, count in of_side]
        self._send(held, type="orderbook_snapshot", msg=msg, **({"id": number} if number else {}))

    def tell_delta(self, market: Market, place: tuple[str, int], by: int, part: tuple[int, int]) -> None:
        for held in self.subscriptions.values():
            if held.channel == "orderbook_delta" and held.markets and market.ticker in held.markets:
                msg = {
                    "market_ticker": market.ticker,
                    "clock": market.clock,
                    "side": place[0],
                    "price_dollars": _price(place[1]),
                    "delta_fp": _count(by),
                    "ts_ms": self.engine.now_ms,
                    "part": part,  # for the test alone: which of how many changes of its call
                }
                self._send(held, type="orderbook_delta", msg=msg)

    def tell_life(self, market: Market, kind: str) -> None:
        for held in self.subscriptions.values():
            if held.channel == "market_lifecycle_v2":
                msg = {"event_type": kind, "market_ticker": market.ticker}
                self._send(held, type="market_lifecycle_v2", msg=msg)

    def _error(self, number: int, code: int, **more: object) -> None:
        self._send(None, type="error", id=number, msg={"code": code, "msg": "no", **more})

    def _send(self, held: Subscription | None, **frame: object) -> None:
        if held is not None:
            held.seq += 1
            frame |= {"sid": held.sid, "seq": held.seq}
        self.wire.append(json.dumps({**frame, "sending_ts_ms": self.engine.now_ms}).encode() + b"\n")


def _price(price_e4: int) -> str:
    return f"0.{price_e4:04d}"


def _count(count_e2: int) -> str:
    return f"{'-' if count_e2 < 0 else ''}{abs(count_e2) // 100}.{abs(count_e2) % 100:02d}"
