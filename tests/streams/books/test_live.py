"""Live books on the embedded exchange: what a program sees of them, in good days and bad."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from decimal import Decimal
from typing import Any

import pytest

from kalshi_async import CreateOrder, InvalidRequest, NotSent, OrderBookLevels
from kalshi_async.errors import BookNotCurrent, SubscriptionRefused
from kalshi_async.sandbox import Sandbox
from kalshi_async.sandbox.faults.frames import Cut, DoubleFrame, DropFrame, FailSubscription, GarbleFrame
from kalshi_async.streams import GapReason, OrderEvent, Stream
from kalshi_async.streams.book_feed import BOOK_OPTIONS as OPTIONS
from kalshi_async.streams.books import Book, Books, Level
from tests.stages.served import OTHER_TICKER, TICKER, Stage

D = Decimal


@pytest.fixture
async def stream(stage: Stage) -> AsyncIterator[Stream]:
    async with stage.session.stream() as stream:
        yield stream


@pytest.fixture
async def books(stage: Stage, stream: Stream) -> AsyncIterator[Books]:
    await stage.rest("0.40", 10)
    async with stream.books([TICKER, OTHER_TICKER]) as books:
        yield books


@pytest.fixture
def book(books: Books) -> Book:
    return books[TICKER]


async def passing(seconds: float = 0.01) -> None:
    await asyncio.sleep(seconds)


async def following(books: Books) -> Book:
    return await anext(books)


def is_true(book: Book) -> bool:
    return book.is_current  # a property that changes: type checkers would take it for a constant


async def changed(books: Books) -> list[str]:
    """The tickers of what has changed by now."""
    await passing()
    found = []
    while books._changed:
        found.append((await anext(aiter(books))).ticker)
    return found


async def ask(stage: Stage, price: str, count: int | str) -> None:
    await stage.other.orders.create(CreateOrder(TICKER, "ask", count, price))


async def test_books_are_current_when_they_have_been_entered(stage: Stage, books: Books, book: Book) -> None:
    assert [*books.tickers()] == [TICKER, OTHER_TICKER]
    assert (len(books), TICKER in books, "NONE" in books) == (2, True, False)
    assert (book.best_bid, book.best_ask, book.is_current, book.tradable, book.gap) == (
        D("0.40"),
        None,
        True,
        True,
        None,
    )
    assert books[OTHER_TICKER].best_bid is None
    assert book.since_ms == book.received_ms == book.as_of_ms
    assert repr(book) == f"<Book {TICKER} current, clock {book.clock}>"


async def test_a_book_follows_the_exchange_and_is_that_of_a_read(
    stage: Stage, books: Books, book: Book
) -> None:
    await ask(stage, "0.55", 5)
    await ask(stage, "0.57", "2.5")
    await ask(stage, "0.40", 4)
    await passing()
    assert book.depth("bid") == [Level(D("0.4000"), D("6.00"))]
    assert book.depth("ask", 1) == [Level(D("0.5500"), D("5.00"))]
    assert (book.best_bid, book.best_ask) == (D("0.40"), D("0.55"))
    read = await stage.session.markets.orderbook(TICKER)
    assert book.levels() == book.last_known() == read
    for side in ("bid", "ask"):
        assert book.depth(side) == read.depth(side)
        assert book.cost(side, 6) == read.cost(side, 6)
    assert await stage.session.markets.orderbook(OTHER_TICKER) == books[OTHER_TICKER].levels()


async def test_own_orders_can_be_taken_out(stage: Stage, stream: Stream, book: Book) -> None:
    async with stream.orders() as orders:
        await stage.rest("0.41", 3)
        own = await anext(aiter(orders))
    assert isinstance(own, OrderEvent)
    await passing()
    listed = await stage.session.orders.list(ticker=TICKER, status="resting").collect()
    assert book.best_bid == D("0.41")
    assert book.without([own]).best_bid == D("0.40")
    assert book.without(listed).best_bid is None
    assert book.without([]) == book.levels()
    assert book.levels().without(listed) == OrderBookLevels(yes=[], no=[])


async def test_the_iteration_yields_what_has_changed_once(stage: Stage, books: Books) -> None:
    assert await changed(books) == [TICKER, OTHER_TICKER]
    for price in ("0.55", "0.56", "0.57"):
        await ask(stage, price, 1)
    assert await changed(books) == [TICKER]
    waiting = asyncio.create_task(following(books))
    await passing()
    with pytest.raises(InvalidRequest, match="two tasks iterate over the same books"):
        await anext(aiter(books))
    await ask(stage, "0.58", 1)
    assert (await waiting).ticker == TICKER


async def test_a_gap_makes_every_book_stale_at_once_and_a_snapshot_makes_it_current(
    sandbox: Sandbox, stage: Stage, books: Books, book: Book
) -> None:
    await changed(books)
    sandbox.streams.faults.on("orderbook_delta", DropFrame())
    await ask(stage, "0.55", 5)
    await passing()
    assert is_true(book)  # nobody can know yet
    stage.sandbox.streams.faults.on("update_subscription", DropFrame())
    await ask(stage, "0.56", 5)
    await passing()
    assert not is_true(book)
    assert not book.tradable
    assert book.gap is not None
    assert (book.gap.reason, book.gap.dropped) == (GapReason.SEQUENCE, 1)
    assert repr(book) == f"<Book {TICKER} not current: sequence number, clock {book.clock}>"
    with pytest.raises(
        BookNotCurrent, match=f"the book of {TICKER} is not current: sequence number"
    ) as caught:
        _ = book.best_ask
    assert (caught.value.gap_reason, caught.value.since_ms) == ("sequence number", book.since_ms)
    assert book.last_known().best_ask is None
    assert set(await changed(books)) == {TICKER, OTHER_TICKER}
    await books.current(5)  # the command was lost: each market is subscribed anew after 2 s
    assert book.best_ask == D("0.55")
    assert set(await changed(books)) == {TICKER, OTHER_TICKER}


async def test_a_snapshot_by_command_leaves_the_subscription_alone(
    sandbox: Sandbox, stage: Stage, stream: Stream, books: Books, book: Book
) -> None:
    async with stream.book_updates(TICKER) as updates:
        sandbox.streams.faults.on("orderbook_delta", DropFrame())
        for price in ("0.55", "0.56", "0.57"):
            await ask(stage, price, 5)
        await books.current(1)
        assert [level.price for level in book.depth("ask")] == [D("0.55"), D("0.56"), D("0.57")]
        told = [type(await anext(aiter(updates))).__name__ for _ in range(4)]
        assert told == ["Gap", "BookDeltaEvent", "BookSnapshotEvent", "BookDeltaEvent"]


async def test_another_readers_market_is_not_sent_anew_but_asked_for(stage: Stage, stream: Stream) -> None:
    await stage.rest("0.40", 10)
    async with stream.book_updates(TICKER) as updates, stream.books(TICKER) as books:
        assert books[TICKER].best_bid == D("0.40")
        for _ in range(2):
            assert type(await anext(aiter(updates))).__name__ == "BookSnapshotEvent"


async def test_two_books_of_one_market_share_its_subscription(
    stage: Stage, stream: Stream, books: Books
) -> None:
    async with stream.books(TICKER) as others:
        await ask(stage, "0.55", 5)
        await passing()
        assert others[TICKER].levels() == books[TICKER].levels()
    assert not others[TICKER].is_current
    assert books[TICKER].is_current


@pytest.mark.parametrize(
    "fault", [DropFrame(), GarbleFrame(), FailSubscription(10), FailSubscription(25), Cut()]
)
async def test_every_trouble_is_repaired(sandbox: Sandbox, stage: Stage, books: Books, fault: Any) -> None:
    sandbox.streams.faults.on("orderbook_delta", fault)
    for price in ("0.55", "0.56", "0.57", "0.58"):
        await ask(stage, price, 5)
    await passing(1)
    await books.current(10)
    assert books[TICKER].levels() == await stage.session.markets.orderbook(TICKER)


async def test_a_double_does_no_harm(sandbox: Sandbox, stage: Stage, books: Books, book: Book) -> None:
    sandbox.streams.faults.on("orderbook_delta", DoubleFrame())
    await ask(stage, "0.55", 5)
    await passing()
    assert book.depth("ask") == [Level(D("0.55"), D(5))]


async def test_markets_come_and_go_while_it_runs(
    stage: Stage, stream: Stream, book: Book, books: Books
) -> None:
    books.remove([OTHER_TICKER, "NEVER-KEPT"])
    books.add(TICKER)  # kept already
    assert [*books.tickers()] == [TICKER]
    with pytest.raises(InvalidRequest, match=f"no book of '{OTHER_TICKER}' is kept"):
        _ = books[OTHER_TICKER]
    books.add([OTHER_TICKER])
    assert not books[OTHER_TICKER].is_current
    await books.current()
    await stage.session.orders.create(CreateOrder(OTHER_TICKER, "bid", 1, "0.20"))
    await passing()
    assert books[OTHER_TICKER].best_bid == D("0.20")
    books.remove([OTHER_TICKER, TICKER])
    await passing()
    books.add([TICKER])
    await books.current()
    assert not book.is_current  # the one that was removed
    assert book.gap is not None
    assert book.gap.reason is GapReason.REMOVED
    assert books[TICKER].best_bid == D("0.40")


async def test_a_market_that_the_exchange_refuses_is_never_current(stream: Stream, books: Books) -> None:
    books.add("NO-SUCH-MARKET")
    await passing()
    with pytest.raises(BookNotCurrent, match="NO-SUCH-MARKET is not current: market refused"):
        await books.current(1_000)
    assert books[TICKER].is_current
    with pytest.raises(SubscriptionRefused):
        async with stream.books("NO-SUCH-MARKET-EITHER"):
            pass


async def test_a_pause_shows_in_tradable(stage: Stage, book: Book, books: Books) -> None:
    market = stage.sandbox.market(TICKER)
    await changed(books)
    market.pause()
    assert await changed(books) == [TICKER]
    assert (book.is_current, book.tradable, book.best_bid) == (True, False, D("0.40"))
    market.resume()
    await passing()
    assert (book.tradable, book.best_bid) == (True, None)  # all orders have gone with the pause


async def test_an_end_shows_in_tradable(stage: Stage, book: Book, books: Books) -> None:
    stage.sandbox.market(TICKER).determine("yes")
    await passing()
    assert not book.tradable
    assert books[OTHER_TICKER].tradable


async def test_a_missed_resumption_leaves_no_market_paused(
    sandbox: Sandbox, stage: Stage, book: Book
) -> None:
    sandbox.market(TICKER).pause()
    await passing()
    sandbox.streams.faults.on("market_lifecycle_v2", Cut())
    sandbox.market(TICKER).resume()
    await passing(5)
    assert book.tradable


async def test_books_of_nothing_wait_for_markets(stage: Stage, stream: Stream) -> None:
    async with stream.books([]) as books:
        assert len(books) == 0
        books.add([TICKER])
        await books.current()
        assert books[TICKER].is_current


async def test_what_ends_the_stream_ends_the_iteration(stage: Stage) -> None:
    stream = stage.session.stream()
    async with stream, stream.books(TICKER) as books:
        await changed(books)
        waiting = asyncio.create_task(following(books))
        await passing()
        await stream.aclose()
        assert await waiting is books[TICKER]  # not current
        with pytest.raises(InvalidRequest, match="the stream was closed"):
            await anext(aiter(books))
        with pytest.raises(InvalidRequest, match="the stream was closed"):
            await books.current()
        with pytest.raises(InvalidRequest, match="the stream is closed"):
            stream.books(TICKER)


async def test_books_are_entered_once_and_left_for_good(stage: Stage, stream: Stream) -> None:
    books = stream.books(TICKER)
    for step in (lambda: books.add(TICKER), lambda: aiter(books), lambda: books.remove(TICKER)):
        with pytest.raises(InvalidRequest, match="enter the books first"):
            step()
    async with books:
        with pytest.raises(InvalidRequest, match="entered before"):
            async with books:
                pass
        await changed(books)
        waiting = asyncio.create_task(following(books))
        await passing()
    assert not (await waiting).is_current
    with pytest.raises(InvalidRequest, match="enter the books first"):
        await anext(books)


async def test_a_cancellation_while_entering_leaves_nothing_behind(sandbox: Sandbox, stream: Stream) -> None:
    await stream.live()
    sandbox.streams.faults.on("subscribe", DropFrame(), call=2)
    entering = asyncio.create_task(stream.books(TICKER).__aenter__())
    await passing()
    entering.cancel()
    with pytest.raises(asyncio.CancelledError):
        await entering
    assert stream._protocol.topic(OPTIONS) is not None  # its command is still under way
    assert not stream._protocol.topic(OPTIONS).inboxes  # type: ignore[union-attr]  # just asserted


async def test_entering_goes_on_without_snapshots(sandbox: Sandbox, stream: Stream) -> None:
    sandbox.streams.faults.on("subscribe", DropFrame(), call=2)
    async with stream.books(TICKER) as books:
        assert not books[TICKER].is_current
        with pytest.raises(BookNotCurrent, match="not subscribed yet"):
            await books.current(0)
        await passing(20)  # the command was not answered: another connection
        assert books[TICKER].is_current


class Audits:
    """An audit by reads of the stage; ``lie`` is what it answers for the first market instead."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.lie: OrderBookLevels | None = None
        self.error: Exception | None = None
        self.asked: list[list[str]] = []

    async def __call__(self, tickers: Sequence[str]) -> dict[str, OrderBookLevels]:
        self.asked.append([*tickers])
        if self.error is not None:
            raise self.error
        read = {ticker: await self.stage.session.markets.orderbook(ticker) for ticker in tickers}
        return read if self.lie is None else {**read, TICKER: self.lie}


async def test_an_audit_repairs_a_book_that_differs_twice_in_a_row(stage: Stage, stream: Stream) -> None:
    await stage.rest("0.40", 10)
    audits = Audits(stage)
    async with stream.books([TICKER, OTHER_TICKER], audit=audits, audit_every_s=10) as books:
        await passing(15)
        await changed(books)
        audits.lie = OrderBookLevels(yes=[], no=[])
        await passing(10)
        audits.lie = None
        await passing(10)  # it differed once: nothing follows
        assert await changed(books) == []
        audits.lie = OrderBookLevels(yes=[], no=[])
        await passing(20)
        assert await changed(books) == [TICKER]  # stale, and current again
        assert books[TICKER].best_bid == D("0.40")
        assert audits.asked == [[TICKER, OTHER_TICKER]] * 5


async def test_an_audit_passes_over_what_moves(stage: Stage, stream: Stream) -> None:
    audits = Audits(stage)
    audits.lie = OrderBookLevels(yes=[(D("0.01"), D(1))])
    async with stream.books([TICKER, OTHER_TICKER], audit=audits, audit_every_s=10) as books:
        await passing(8)
        await stage.rest("0.40", 10)
        await passing(5)
        assert audits.asked == [[OTHER_TICKER]]
        assert books[TICKER].is_current


async def test_an_audit_that_fails_is_passed_over_but_not_a_mistake_in_it(
    stage: Stage, stream: Stream, caplog: pytest.LogCaptureFixture
) -> None:
    audits = Audits(stage)
    audits.error = NotSent("no way")
    async with stream.books(TICKER, audit=audits, audit_every_s=10) as books:
        await passing(25)
        assert [record.getMessage() for record in caplog.records] == ["an audit of books failed: no way"] * 2
        await changed(books)
        audits.error = ZeroDivisionError()
        with pytest.raises(ZeroDivisionError):
            await anext(books)
        assert books[TICKER].is_current
