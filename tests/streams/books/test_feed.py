"""What a feed and the lifecycle do with what concerns them little."""

from __future__ import annotations

from random import Random

from kalshi_async.contract.frames.envelope import Frame
from kalshi_async.contract.frames.market_data import EventFeeEvent
from kalshi_async.streams._topic import Options
from kalshi_async.streams.book_feed import BOOK_OPTIONS, BookFeed
from kalshi_async.streams.books import Books
from kalshi_async.streams.books.keeper import Step
from kalshi_async.streams.delivery import Sink
from kalshi_async.streams.events import UnknownEvent
from kalshi_async.streams.lifecycle import Lifecycle
from kalshi_async.wire.frames import decode
from tests.streams.books.life import Wire
from tests.streams.books.venue import Engine


def feed_on(wire: Wire, ended: list[BaseException]) -> BookFeed:
    return BookFeed(wire, lambda: 1, Random(1), changed=lambda _: None, ended=ended.append)


async def test_a_feed_ends_once() -> None:
    wire, ended = Wire(Engine("A", Random(1))), list[BaseException]()
    feed = feed_on(wire, ended)
    feed.add("A")
    feed.start()
    feed.note(UnknownEvent("orderbook_delta", "of next year", b""))
    error = ValueError()
    feed.end(error)
    feed.end(error)
    assert ended == [error]
    assert feed.keeper.books["A"].gap is not None
    feed.stop()
    feed.stop()
    assert wire.after_reads == []


async def test_a_gap_while_a_market_is_being_added_leaves_it_waiting_for_its_confirmation() -> None:
    wire = Wire(Engine("AB", Random(1)))
    feed = feed_on(wire, [])
    feed.add("A")
    feed.start()
    wire.protocol.opened()
    deliver(wire)
    feed.add("B")
    wire.connection.subscriptions[1].seq += 3  # frames before the answer are lost, and its snapshot too
    for command in wire.protocol.commands:
        wire.connection.obey(command)
    wire.protocol.commands.clear()
    wire.connection.wire.pop()
    deliver(wire)
    assert feed.keeper.books["B"].step is Step.EXPECTING
    feed.stop()


def deliver(wire: Wire) -> None:
    for command in wire.protocol.commands:
        wire.connection.obey(command)
    wire.protocol.commands.clear()
    while wire.connection.wire:
        wire.protocol.feed(wire.connection.wire.popleft(), 1)


async def test_other_readers_are_told_when_a_market_is_made_anew() -> None:
    wire = Wire(Engine("AB", Random(1)))
    feeds = [feed_on(wire, []) for _ in range(3)]
    for feed, tickers in zip(feeds, ("AB", "A", "B"), strict=True):
        feed.add(tickers)
        feed.start()
    wire.protocol.opened()
    for _ in range(3):
        deliver(wire)
    assert all(kept.gap is None for feed in feeds for kept in feed.keeper.books.values())
    topic = wire.protocol.topic(BOOK_OPTIONS)
    assert topic is not None
    topic.subscribe_anew(frozenset("A"), by=feeds[0])
    assert [feed.keeper.books["A"].gap is None for feed in feeds[:2]] == [True, False]
    assert feeds[2].keeper.books["B"].gap is None


def test_the_lifecycle_of_combos_has_a_channel_of_its_own() -> None:
    joined: list[tuple[Options, Sink]] = []
    lifecycle = Lifecycle(lambda *both: joined.append(both), lambda *both: joined.remove(both))
    lifecycle.start(lambda _: None, lambda: None)
    lifecycle.cover(["A", "B"])
    lifecycle.cover(["C", "KXMVE-1"])
    assert [options.channel for options, _ in joined] == [
        "market_lifecycle_v2",
        "multivariate_market_lifecycle",
    ]
    _, listener = joined[0]
    listener.put(Frame(msg=EventFeeEvent(event_ticker="E")), b"", 1)
    listener.note(UnknownEvent("market_lifecycle_v2", "of next year", b""))
    lifecycle.stop()
    assert joined == []
    never = Lifecycle(lambda *_: None, lambda *_: None)
    never.cover(["A"])
    never.stop()


async def test_times_of_the_lifecycle_are_obeyed() -> None:
    joined: list[Sink] = []
    wire = Wire(Engine("A", Random(1)))
    now_ms = [1_000]
    lifecycle = Lifecycle(lambda _, sink: joined.append(sink), lambda *_: None)
    books = Books([wire], lifecycle, "A", lambda: now_ms[0], Random(1))
    async with books:
        book = books["A"]
        wire.protocol.opened()
        deliver(wire)
        frames = [
            b'{"type":"market_lifecycle_v2","msg":{"event_type":"close_date_updated","market_ticker":"A",'
            b'"close_ts":3}}',
            b'{"type":"market_lifecycle_v2","msg":{"event_type":"metadata_updated","market_ticker":"A"}}',
            b'{"type":"market_lifecycle_v2","msg":{"event_type":"settled","market_ticker":"B"}}',
        ]
        for data in frames:
            joined[0].put(decode(data), data, 1)
        assert book.tradable
        now_ms[0] = 3_000
        assert not book.tradable
