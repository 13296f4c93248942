"""The channels that the command line can record, and the reader of each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from kalshi_async.streams import Reader, Stream

Open: TypeAlias = Callable[[Stream, list[str]], Reader[Any]]

MARKET_DATA: dict[str, Open] = {
    "orderbook_delta": lambda stream, tickers: stream.book_updates(tickers),
    "trade": lambda stream, tickers: stream.trades(tickers),
    "ticker": lambda stream, tickers: stream.tickers(tickers),
    "market_lifecycle_v2": lambda stream, _: stream.lifecycle(),
}
"""Channels that are recorded by default."""

ACCOUNT: dict[str, Open] = {
    "fill": lambda stream, _: stream.fills(),
    "user_orders": lambda stream, _: stream.orders(),
    "market_positions": lambda stream, _: stream.positions(),
    "order_group_updates": lambda stream, _: stream.order_groups(),
}
"""Channels about the account, which ``--account`` adds."""
