"""An exchange's side of a stream without sockets: it answers commands, numbers frames, and emits.

Written from the vendor's description, independent of the sandbox: sids from 1, numbers per sid on
the channels that have them, ``ok`` and ``unsubscribed`` counted.
"""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from kalshi_async.contract.frames.control import Command
from kalshi_async.streams.delivery import Inbox

SEQUENCED = {"orderbook_delta", "trade", "order_group_updates", "market_lifecycle_v2"}
TYPES = {
    "trade": "trade",
    "fill": "fill",
    "orderbook_delta": "orderbook_delta",
    "order_group_updates": "order_group_updates",
}


@dataclass
class Subscription:
    sid: int
    channel: str
    markets: set[str] | None
    seq: int = 0


@dataclass
class Venue:
    """``wire`` holds the frames that are under way to the client."""

    known: frozenset[str] = frozenset(("A", "B", "C"))
    subscriptions: dict[int, Subscription] = field(default_factory=dict)
    wire: deque[bytes] = field(default_factory=deque)
    emitted: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    """Channel -> number and market of every event, sent or not."""
    _next_sid: int = 1
    _next_event: int = 1

    def cut(self) -> None:
        self.subscriptions.clear()
        self.wire.clear()
        self._next_sid = 1

    # Commands.

    def obey(self, command: Command) -> None:
        params: dict[str, Any] = dict(command.params or {})
        match command.cmd:
            case "subscribe":
                self._subscribe(command.id, params)
            case "unsubscribe":
                for sid in params["sids"]:
                    gone = self.subscriptions.pop(sid, None)
                    if gone is None:
                        self._error(command.id, 7)
                    else:
                        gone.seq += 1
                        self._send(
                            type="unsubscribed",
                            id=command.id,
                            sid=sid,
                            **self._numbered(gone, gone.seq),
                        )
            case "update_subscription":
                self._update(command.id, params)
            case "list_subscriptions":
                listed = [{"channel": each.channel, "sid": sid} for sid, each in self.subscriptions.items()]
                self._send(type="ok", id=command.id, msg=listed)

    def _subscribe(self, number: int, params: dict[str, Any]) -> None:
        (channel,) = params["channels"]
        markets = params.get("market_tickers")
        if unknown := sorted(set(markets or ()) - self.known):
            self._error(number, 11, market_tickers=unknown)
            return
        held = next((each for each in self.subscriptions.values() if each.channel == channel), None)
        if held is None:
            chosen = None if markets is None else set(markets)
            held = Subscription(self._next_sid, channel, chosen)
            self.subscriptions[held.sid] = held
            self._next_sid += 1
        self._send(type="subscribed", id=number, msg={"channel": channel, "sid": held.sid})

    def _update(self, number: int, params: dict[str, Any]) -> None:
        (sid,) = params["sids"]
        held = self.subscriptions.get(sid)
        markets = set(params.get("market_tickers", ()))
        if held is None:
            self._error(number, 7)
        elif unknown := sorted(markets - self.known):
            self._error(number, 11, market_tickers=unknown)
        else:
            assert held.markets is not None
            if params["action"] == "add_markets":
                held.markets |= markets
            else:
                held.markets -= markets
            held.seq += 1
            self._send(
                type="ok",
                id=number,
                sid=sid,
                msg={"market_tickers": sorted(held.markets)},
                **self._numbered(held, held.seq),
            )

    def _error(self, number: int, code: int, **more: object) -> None:
        self._send(type="error", id=number, msg={"code": code, "msg": "no", **more})

    def fail(self, sid: int, code: int) -> None:
        """End a subscription by a terminal error."""
        gone = self.subscriptions.pop(sid)
        gone.seq += 1
        self._send(type="error", sid=sid, msg={"code": code, "msg": "gone"}, **self._numbered(gone, gone.seq))

    # Events.

    def emit(self, channel: str, market: str) -> None:
        number, self._next_event = self._next_event, self._next_event + 1
        self.emitted.setdefault(channel, []).append((number, market))
        for each in self.subscriptions.values():
            if each.channel == channel and (each.markets is None or market in each.markets):
                each.seq += 1
                self._send(
                    type=TYPES[channel],
                    sid=each.sid,
                    msg=message(channel, number, market),
                    **self._numbered(each, each.seq),
                )

    def _numbered(self, held: Subscription, seq: int) -> dict[str, int]:
        return {"seq": seq} if held.channel in SEQUENCED else {}

    def _send(self, **frame: object) -> None:
        self.wire.append(json.dumps(frame).encode() + b"\n")


def message(channel: str, number: int, market: str) -> dict[str, object]:
    common = {"market_ticker": market, "ts_ms": number}
    if channel == "trade":
        price = {"yes_price_dollars": "0.4000", "no_price_dollars": "0.6000"}
        return {**common, **price, "trade_id": str(number), "count_fp": "1.00"}
    if channel == "fill":
        return {
            **common,
            "trade_id": str(number),
            "order_id": "o",
            "book_side": "bid",
            "outcome_side": "yes",
            "yes_price_dollars": "0.4000",
            "count_fp": "1.00",
            "fee_cost": "0.0000",
            "post_position_fp": "1.00",
            "is_taker": True,
        }
    if channel == "order_group_updates":
        return {"event_type": "created", "order_group_id": market, "ts_ms": number}
    return {**common, "side": "yes", "price_dollars": "0.4000", "delta_fp": "1.00"}


def taken(inbox: Inbox) -> object | None:
    """Return the next event without waiting; None if there is none."""
    step = inbox.take()
    try:
        step.send(None)
    except StopIteration as stop:
        event: object = stop.value
        return event
    except Exception:
        return None
    step.close()
    return None
