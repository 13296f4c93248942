"""Function calls per change of a live book, from its bytes to the best prices."""

from __future__ import annotations

import cProfile
import json
import pstats
from collections.abc import Callable
from random import Random

import pytest

from kalshi_async.streams.books import Books
from kalshi_async.streams.lifecycle import Lifecycle
from kalshi_async.streams.protocol import StreamProtocol

FRAMES = 1_000
"""The budgets below are calls of one change, to Python and to C: 21 and 19 on CPython 3.13 (2026-11-28)."""
MARKETS = 1_000


class Alone:
    """A leg whose frames the test feeds itself."""

    def __init__(self) -> None:
        self.protocol = StreamProtocol()
        self.after_reads: list[Callable[[int], None]] = []

    def flush(self) -> None:
        self.protocol.commands.clear()


def books_on(leg: Alone, count: int) -> Books:
    tickers = [f"KXMARKET-{number}" for number in range(count)]
    books = Books([leg], Lifecycle(lambda *_: None, lambda *_: None), tickers, lambda: 1, Random(1))
    for feed in books._feeds:
        feed.start()
    leg.protocol.opened()
    leg.protocol.feed(b'{"type":"subscribed","id":1,"msg":{"channel":"orderbook_delta","sid":1}}', 1)
    for seq, ticker in enumerate(tickers, 1):
        levels = [[f"0.{price:02d}00", "500.00"] for price in range(10, 50)]
        msg = {"market_ticker": ticker, "clock": 1, "yes_dollars_fp": levels}
        leg.protocol.feed(frame("orderbook_snapshot", seq, msg), 1)
    return books


def frame(kind: str, seq: int, msg: object) -> bytes:
    return json.dumps({"type": kind, "sid": 1, "seq": seq, "msg": msg, "sending_ts_ms": 1}).encode()


def deltas(count: int, first_seq: int) -> list[bytes]:
    return [
        frame(
            "orderbook_delta",
            first_seq + number,
            {
                "market_ticker": f"KXMARKET-{number % count}",
                "clock": 2 + number,
                "price_dollars": f"0.{10 + number % 40:02d}00",
                "delta_fp": "1.00",
                "side": "yes",
                "ts_ms": 1,
            },
        )
        for number in range(FRAMES)
    ]


@pytest.mark.parametrize(
    ("frames_per_read", "most"), [(1, 23), (100, 21)], ids=["one a read", "a hundred a read"]
)
@pytest.mark.parametrize("markets", [10, MARKETS])
async def test_a_change_of_a_book_stays_within_its_budget_of_function_calls(
    frames_per_read: int, most: int, markets: int
) -> None:
    # The same for a thousand markets as for ten: no change looks at other books.
    leg = Alone()
    books = books_on(leg, markets)
    frames = deltas(markets, markets + 1)
    reads = [frames[start : start + frames_per_read] for start in range(0, FRAMES, frames_per_read)]
    (read_done,) = leg.after_reads
    with cProfile.Profile() as profile:
        for read in reads:
            for data in read:
                leg.protocol.feed(data, 1)
            read_done(1)
    calls = pstats.Stats(profile).total_calls / FRAMES  # type: ignore[attr-defined]  # the stubs lack it
    assert all(books[ticker].is_current for ticker in books.tickers())
    assert calls <= most
