"""A replay: the readers and books that the recorded program had, or could have had."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Literal

import pytest

from kalshi_async import InvalidRequest, RecordingEnded, Session
from kalshi_async.errors import BookNotCurrent
from kalshi_async.sandbox import DEFAULT_MARKETS, Sandbox
from kalshi_async.sandbox.faults import Cut, DoubleFrame, DropFrame, GarbleFrame, ReorderFrame, StreamFault
from kalshi_async.sandbox.virtual_time import VirtualClock
from kalshi_async.streams import Gap, GapReason, Phase, Recording, Resumed, Stream, TickerEvent, TradeEvent
from kalshi_async.streams._files import parts
from kalshi_async.streams.books import Books
from kalshi_async.streams.replay import replay
from tests.stages.served import session_of

MARKETS = DEFAULT_MARKETS[:2]
ONE = MARKETS[0]

Seen = dict[tuple[str, int], tuple[object, ...]]
"""Market and clock -> the levels of its book."""


@pytest.fixture
async def session(sandbox: Sandbox, clock: VirtualClock) -> AsyncIterator[Session]:
    async with session_of(sandbox, sandbox.add_account("alice"), clock) as session:
        yield session


def trade(sandbox: Sandbox, dice: random.Random) -> None:
    """Quote or take somewhere, as a crowd does."""
    market = sandbox.market(dice.choice(MARKETS))
    side: Literal["bid", "ask"] = dice.choice(("bid", "ask"))
    price = Decimal(dice.randint(30, 49) if side == "bid" else dice.randint(51, 70)) / 100
    if dice.random() < 0.7:
        market.quote(side, price, dice.randint(1, 20))
    else:
        market.trade(side, Decimal("0.99") if side == "bid" else Decimal("0.01"), dice.randint(1, 20))


def watch(stream: Stream, books: Books, seen: Seen) -> None:
    """Note every book whenever a read has been handled."""

    def note(_: int) -> None:
        for ticker in books.tickers():
            book = books[ticker]
            if book.is_current and book.clock is not None:
                levels = book.levels()
                seen[ticker, book.clock] = (levels.yes, levels.no)

    assert stream._link is not None
    stream._link.after_reads.append(note)


async def recorded(session: Session, sandbox: Sandbox, path: Path, seed: int = 0, steps: int = 60) -> Seen:
    """Record a crowd; return the books as they were."""
    dice, seen = random.Random(seed), Seen()
    async with session.stream() as stream, stream.record(path), stream.books(MARKETS) as books:
        watch(stream, books, seen)
        async with stream.trades(MARKETS), stream.tickers(MARKETS):
            for _ in range(steps):
                trade(sandbox, dice)
                await asyncio.sleep(dice.choice((0, 0, 0.01, 0.5)))
            await asyncio.sleep(5)
    return seen


async def replayed(path: Path) -> Seen:
    seen = Seen()
    async with replay(path) as stream, stream.books(MARKETS) as books:
        watch(stream, books, seen)
        await stream.play()
    return seen


@pytest.mark.parametrize("seed", range(5))
async def test_the_books_of_a_replay_are_those_that_were_recorded(
    session: Session, sandbox: Sandbox, tmp_path: Path, seed: int
) -> None:
    lived = await recorded(session, sandbox, tmp_path / "a.jsonl", seed)
    played = await replayed(tmp_path / "a.jsonl")
    assert len(lived) > 20
    assert played == lived


@pytest.mark.parametrize(
    "fault", [Cut(), DropFrame(), DoubleFrame(), ReorderFrame(), GarbleFrame()], ids=repr
)
async def test_faults_are_played_as_they_happened(
    session: Session, sandbox: Sandbox, tmp_path: Path, fault: StreamFault
) -> None:
    sandbox.streams.faults.sometimes("orderbook_delta", fault, rate=0.1)
    lived = await recorded(session, sandbox, tmp_path / "a.jsonl", 3, steps=120)
    played = await replayed(tmp_path / "a.jsonl")
    assert len(sandbox.streams.faults.played) > 3
    both = lived.keys() & played.keys()  # a replay repairs its books sooner
    assert {key: played[key] for key in both} == {key: lived[key] for key in both}
    assert len(both) > 0.6 * len(lived)


async def test_readers_get_what_was_recorded_and_end_with_it(
    session: Session, sandbox: Sandbox, tmp_path: Path
) -> None:
    await recorded(session, sandbox, tmp_path / "a.jsonl")
    async with (
        replay(tmp_path / "a.jsonl") as stream,
        stream.trades(ONE) as one,
        stream.trades() as every,
        stream.tickers(ONE) as tickers,
    ):
        found = [asyncio.create_task(_all(reader)) for reader in (one, every, tickers)]
        of_one, of_every, of_tickers = [await task for task in found]
        assert {event.market_ticker for event in of_one} == {ONE}
        assert [event for event in of_every if event.market_ticker == ONE] == of_one
        assert {event.market_ticker for event in of_every} == set(MARKETS)
        assert all(isinstance(event, TickerEvent) for event in of_tickers)
        with pytest.raises(RecordingEnded, match="the recording is over: open the replay anew"):
            async with stream.trades():
                pass


async def _all(reader: object) -> list[TradeEvent]:
    # The recorded readers were left before the recording: their last word is a Gap.
    return [event async for event in reader if not isinstance(event, Gap | Resumed)]  # type: ignore[attr-defined]


async def test_a_reader_that_comes_late_gets_the_book_as_it_is_then(
    session: Session, sandbox: Sandbox, tmp_path: Path
) -> None:
    lived = await recorded(session, sandbox, tmp_path / "a.jsonl")
    played = Seen()
    async with replay(tmp_path / "a.jsonl") as stream, stream.trades() as trades:
        for _ in range(5):
            await anext(trades)
        async with stream.books(MARKETS) as books:
            watch(stream, books, played)
            assert [event async for event in trades]
    assert 10 < len(played) < len(lived)
    assert {key: lived.get(key) for key in played} == played


async def test_what_the_recorded_program_reads_no_longer_is_a_gap(
    session: Session, sandbox: Sandbox, tmp_path: Path
) -> None:
    market = sandbox.market(ONE)
    async with session.stream() as stream, stream.record(tmp_path / "a.jsonl"), stream.tickers(ONE):
        for price in ("0.31", "0.32"):
            async with stream.trades(ONE):
                market.quote("ask", price, 1)
                market.trade("bid", price, 1)
                await asyncio.sleep(1)
            await asyncio.sleep(1)
    async with replay(tmp_path / "a.jsonl") as stream, stream.trades(ONE) as trades:
        told = [event async for event in trades]
    kinds = [type(event) for event in told]
    assert kinds == [TradeEvent, Gap, Resumed, TradeEvent, Gap]


async def test_a_market_that_the_recorded_program_removed_is_refused(
    session: Session, sandbox: Sandbox, tmp_path: Path
) -> None:
    market = sandbox.market(ONE)
    path = tmp_path / "a.jsonl"
    async with session.stream() as stream, stream.record(path) as recording, stream.books(MARKETS) as books:
        books.remove(MARKETS[1])
        await asyncio.sleep(1)
        market.quote("bid", "0.31", 1)
        await asyncio.sleep(1)
        await asyncio.to_thread(_written, recording)
        async with replay(path) as played, played.books(MARKETS) as others:
            await played.play()
            assert others[ONE].best_bid == Decimal("0.31")
            with pytest.raises(BookNotCurrent, match="refused"):
                _ = others[MARKETS[1]].best_bid


def _written(recording: Recording) -> None:
    assert recording._writer is not None
    while recording._writer.taken < recording.bytes:
        pass


async def test_the_last_books_stay_and_their_iteration_ends(
    session: Session, sandbox: Sandbox, tmp_path: Path
) -> None:
    path = tmp_path / "a.jsonl"
    async with session.stream() as stream, stream.record(path) as recording, stream.books(ONE) as books:
        for price in ("0.31", "0.32", "0.33"):
            sandbox.market(ONE).quote("bid", price, 1)
            await asyncio.sleep(1)
        await asyncio.to_thread(_written, recording)
        async with replay(path) as played, played.books(ONE) as others:
            seen = [book.best_bid async for book in others]
            assert others[ONE].levels() == books[ONE].levels()
    assert seen == [None, *map(Decimal, ("0.3100", "0.3200", "0.3300"))]


async def test_the_parts_of_a_recording_play_on_and_alone(
    session: Session, sandbox: Sandbox, tmp_path: Path
) -> None:
    path, dice = tmp_path / "a.jsonl", random.Random(0)
    async with session.stream() as stream, stream.trades(), stream.record(path, rotate_bytes=2_000):
        for _ in range(60):
            trade(sandbox, dice)
            await asyncio.sleep(0.01)
    files = parts(path)
    assert len(files) > 3
    async with replay(path) as stream, stream.trades() as trades:
        every = [event async for event in trades]
    assert all(isinstance(event, TradeEvent) for event in every)
    async with replay(files[2]) as stream, stream.trades() as trades:
        rest = [event async for event in trades]
    began = every.index(rest[0])
    assert rest == every[began : began + len(rest)]
    assert 0 < began < len(every) - len(rest)


async def test_lines_that_are_missing_are_a_gap(session: Session, sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    lived = await recorded(session, sandbox, path)
    whole = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*whole[:60], whole[60][:20] + b"\n", *whole[61:90], *whole[90:]])[:-10])
    async with replay(path) as stream, stream.trades() as trades, stream.books(MARKETS) as books:
        played = Seen()
        watch(stream, books, played)
        told = [event async for event in trades]
    assert next(event.reason for event in told if isinstance(event, Gap)) is GapReason.LINK_LOST
    assert {key: lived.get(key) for key in played} == played


async def test_the_speed_is_that_of_the_recording(
    session: Session, sandbox: Sandbox, tmp_path: Path, clock: VirtualClock
) -> None:
    async with session.stream() as stream, stream.record(tmp_path / "a.jsonl"), stream.trades():
        await asyncio.sleep(100)
    for speed, seconds in ((1.0, 100), (10.0, 10)):
        began_s = clock.monotonic()
        async with replay(tmp_path / "a.jsonl", speed=speed) as played:
            await played.play()
            assert played.state.phase is Phase.LIVE
        assert seconds <= clock.monotonic() - began_s < seconds + 2


async def test_a_slow_reader_makes_the_replay_wait(
    session: Session, sandbox: Sandbox, tmp_path: Path
) -> None:
    await recorded(session, sandbox, tmp_path / "a.jsonl")
    async with replay(tmp_path / "a.jsonl") as stream, stream.tickers() as slow, stream.trades() as fast:
        hasty = asyncio.create_task(_all(fast))
        for _ in range(3):
            await anext(slow)
            await asyncio.sleep(60)  # longer than a connection may be silent
        assert not hasty.done()
        assert stream.state.phase is Phase.LIVE
        assert len(await _all(slow)) > 3
        assert await hasty


async def test_a_file_that_is_no_recording_is_refused(tmp_path: Path) -> None:
    for text, reason in (("", "is empty: it is no recording"), ('{"at_ms":1}\n', "is no recording of")):
        (tmp_path / "a.jsonl").write_text(text)
        with pytest.raises(InvalidRequest, match=reason):
            replay(tmp_path / "a.jsonl")
    with pytest.raises(FileNotFoundError):
        replay(tmp_path / "b.jsonl")
    with pytest.raises(InvalidRequest, match="speed must be"):
        replay(tmp_path / "a.jsonl", speed=0)


async def test_a_part_of_another_version_ends_the_replay_with_an_error(
    session: Session, sandbox: Sandbox, tmp_path: Path
) -> None:
    await recorded(session, sandbox, tmp_path / "a.jsonl", steps=3)
    (tmp_path / "a.2.jsonl").write_text('{"at_ms":1,"recording":2}\n')
    async with replay(tmp_path / "a.jsonl") as stream, stream.trades() as trades:
        with pytest.raises(InvalidRequest, match=r"a\.2\.jsonl is no recording of version 1"):
            await stream.play()
        with pytest.raises(InvalidRequest, match="no recording"):
            await _all(trades)
        with pytest.raises(InvalidRequest, match="no recording"):
            async with stream.trades():
                pass
