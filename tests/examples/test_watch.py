"""``watch``: what it shows of a book, and of one that is not true."""

from __future__ import annotations

from collections import deque

from examples import watch
from kalshi_async import Session
from kalshi_async.sandbox import DEFAULT_MARKETS, Sandbox
from kalshi_async.streams import GapReason


async def test_the_picture_has_the_levels_and_the_trades(session: Session, sandbox: Sandbox) -> None:
    market = sandbox.market(DEFAULT_MARKETS[0])
    market.quote("bid", "0.41", 3)
    market.quote("ask", "0.60", 5)
    async with session.stream() as stream, stream.books(DEFAULT_MARKETS[0]) as books:
        lines = watch.picture(books[DEFAULT_MARKETS[0]], "live, 1 ms", deque(["2 at 0.41"]))
    assert lines[0].endswith("bid 0.4100, ask 0.6000  live, 1 ms")
    assert [line.split() for line in lines[1:3]] == [["5.00", "0.6000"], ["3.00", "0.4100"]]
    assert lines[-1] == "2 at 0.41"


async def test_a_book_that_is_not_true_says_since_when_and_why(session: Session, sandbox: Sandbox) -> None:
    async with session.stream() as stream, stream.books(DEFAULT_MARKETS[0]) as books:
        book = books[DEFAULT_MARKETS[0]]
        books.remove(DEFAULT_MARKETS[0])
        lines = watch.picture(book, "live", deque())
    assert "not current since " in lines[0]
    assert GapReason.REMOVED.value in lines[0]
    assert len(lines) == 2
