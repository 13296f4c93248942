"""Measure live books against the floor: from the bytes of a WebSocket to the best bid and ask.

    python benchmarks/books.py [--quick]

The floor is what the fewest lines of code do that give a best bid and ask: websockets' protocol
without I/O, msgspec into text fields, two dicts, ``max()`` and ``min()``; it checks nothing. Ours is
the whole way of ``Stream.books``: connection, link, protocol, keeper. Both get the same bytes, back to
back, in reads of 64 KB, without a socket, in one process; ratios are taken within a round.

Then 100,000 changes of 100 markets, once caches are full: memory must stay flat, and a turn of the
event loop must handle at most 128 frames. Prints one Markdown table and exits 1 if a target is missed
by more than noise.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import random
import sys
import tracemalloc
from collections.abc import Awaitable, Callable, Iterator, Mapping
from time import thread_time
from typing import cast

import msgspec
from rounds import Rounds, Row, machine, table
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.server import ServerProtocol
from websockets.uri import parse_uri

from kalshi_async.clock import SystemClock
from kalshi_async.hooks import Hooks
from kalshi_async.streams import link
from kalshi_async.streams.books import Books
from kalshi_async.streams.connection import _Connection
from kalshi_async.streams.lifecycle import Lifecycle
from kalshi_async.streams.link import FRAMES_PER_TURN, Link
from kalshi_async.streams.protocol import StreamProtocol
from kalshi_async.streams.seam import Closed, Received

MARKETS = 100
BATCH = 4_000
READ_BYTES = 65_536
LONG = 100_000
MOST_OF_FLOOR = 2.0
"""Target of the plan "Books that are true or say so"."""
MOST_GROWTH_KB = 1_200
"""Memory made by 100,000 changes that is still held after them, once 200,000 have filled all caches (ours).

8,000 levels and two caches of 8,192 numbers hold one number each, which changes replace: some 40 bytes.
Were something of each change kept, it would be at least 5,000 KB.
"""
URL = "ws://localhost/"


class Feed:
    """Writes the frames of an exchange with 100 markets of some 40 levels a side."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)
        self._seq = 0
        self.tickers = [f"KXBENCH-26NOV28-T{number}" for number in range(MARKETS)]
        self._levels: dict[str, dict[tuple[str, int], int]] = {}
        self._clocks = dict.fromkeys(self.tickers, 1)

    def snapshots(self) -> bytes:
        """Return the acknowledgement and a snapshot of each market."""
        subscribed = {"type": "subscribed", "id": 1, "msg": {"channel": "orderbook_delta", "sid": 1}}
        written = text_frame(json.dumps(subscribed))
        for ticker in self.tickers:
            levels = {("yes", cents): 50_000 for cents in range(5, 45)}
            levels |= {("no", cents): 50_000 for cents in range(55, 95)}
            self._levels[ticker] = levels
            msg: dict[str, object] = {"market_ticker": ticker, "clock": 1}
            for side in ("yes", "no"):
                rows = [[price(cents), "500.00"] for kind, cents in levels if kind == side]
                msg[f"{side}_dollars_fp"] = rows
            written += self._written("orderbook_snapshot", msg)
        return written

    def reads(self, count: int) -> list[bytes]:
        """Return so many changes, as the bytes of reads."""
        whole = b"".join(self._delta() for _ in range(count))
        return [whole[start : start + READ_BYTES] for start in range(0, len(whole), READ_BYTES)]

    def _delta(self) -> bytes:
        ticker = self._dice.choice(self.tickers)
        levels = self._levels[ticker]
        side = self._dice.choice(("yes", "no"))
        # Near the best price more often, as real changes are; a quarter take a level away.
        away = min(int(self._dice.expovariate(0.25)), 39)
        cents = 44 - away if side == "yes" else 55 + away
        there = levels.get((side, cents), 0)
        by = -there if there and self._dice.random() < 0.25 else self._dice.choice((100, 250, 1_000, 12_345))
        levels[side, cents] = there + by
        self._clocks[ticker] += 1
        msg = {
            "market_ticker": ticker,
            "market_id": "9b0f6b43-5b68-4f9f-9f02-9a2d1b8ac1a1",
            "clock": self._clocks[ticker],
            "price_dollars": price(cents),
            "delta_fp": f"{'-' if by < 0 else ''}{abs(by) // 100}.{abs(by) % 100:02d}",
            "side": side,
            "ts": "2026-11-28T12:00:00.000Z",
            "ts_ms": 1_795_867_200_000,
        }
        return self._written("orderbook_delta", msg)

    def _written(self, kind: str, msg: Mapping[str, object]) -> bytes:
        self._seq += 1
        return text_frame(
            json.dumps(
                {
                    "type": kind,
                    "sid": 1,
                    "seq": self._seq,
                    "msg": msg,
                    "sending_ts_ms": 1_795_867_200_001,
                }
            )
        )


def price(cents: int) -> str:
    """Return a price as the exchange writes it."""
    return f"0.{cents:02d}00"


def text_frame(text: str) -> bytes:
    """Return a frame of a server."""
    return Frame(Opcode.TEXT, text.encode() + b"\n").serialize(mask=False)


# The floor.


class _Message(msgspec.Struct):
    market_ticker: str
    side: str = ""
    price_dollars: str = ""
    delta_fp: str = ""
    yes_dollars_fp: list[tuple[str, str]] = []
    no_dollars_fp: list[tuple[str, str]] = []


class _Envelope(msgspec.Struct):
    type: str
    msg: _Message | None = None


class _Acknowledged(msgspec.Struct):
    type: str


class Floor:
    """The fewest lines that keep books; a level is dropped when it is empty, and nothing is checked."""

    def __init__(self, feed: Feed) -> None:
        self._protocol = ClientProtocol(parse_uri(URL), max_size=None)
        shake_hands(self._protocol)
        self._decode = msgspec.json.Decoder(_Envelope).decode
        self.books: dict[str, tuple[dict[float, float], dict[float, float]]] = {}
        self.best: dict[str, tuple[float, float]] = {}
        for ticker in feed.tickers:
            yes = {cents / 100: 500.0 for cents in range(5, 45)}
            self.books[ticker] = yes, {cents / 100: 500.0 for cents in range(55, 95)}

    def read(self, data: bytes) -> None:
        """Take the bytes of a read."""
        protocol = self._protocol
        protocol.receive_data(data)
        for event in protocol.events_received():
            assert isinstance(event, Frame)
            msg = self._decode(event.data).msg
            assert msg is not None
            bids, asks = self.books[msg.market_ticker]
            levels = bids if msg.side == "yes" else asks
            at = float(msg.price_dollars)
            count = levels.get(at, 0.0) + float(msg.delta_fp)
            if count > 0.001:  # floats leave a rest
                levels[at] = count
            else:
                levels.pop(at, None)
            self.best[msg.market_ticker] = (max(bids), min(asks))


def shake_hands(client: ClientProtocol) -> None:
    """Lead a client's protocol through its handshake."""
    client.send_request(client.connect())
    answer(client)


def answer(client: ClientProtocol) -> None:
    """Answer the handshake that a client has sent."""
    client.receive_data(answered(b"".join(client.data_to_send())))
    client.events_received()


def answered(request: bytes) -> bytes:
    """Return a server's answer to a handshake."""
    server = ServerProtocol()
    server.receive_data(request)
    (event,) = server.events_received()
    server.send_response(server.accept(event))  # type: ignore[arg-type]  # the request
    return b"".join(server.data_to_send())


# Ours.


class Pipe:
    """A ``StreamTransport`` whose connection reads what the benchmark hands it, and an asyncio transport."""

    def __init__(self) -> None:
        self.connection: _Connection | None = None
        self._written = b""

    async def open(self, url: str, headers: Mapping[str, str], received: Received, closed: Closed) -> None:
        """Shake hands."""
        protocol = ClientProtocol(parse_uri(url), max_size=None)
        self.connection = _Connection(protocol, headers, received, closed)
        self.connection.connection_made(cast(asyncio.Transport, self))
        self.connection.data_received(answered(self._written))

    def write(self, data: bytes) -> None:
        """Keep what the client says."""
        self._written = data

    def send(self, frame: bytes) -> None:
        """Send nothing: the feed answers the subscription by itself."""

    async def close(self) -> None:
        """Leave nothing to close."""


class Ours:
    """``Books`` on a link whose bytes come from the benchmark."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.turns: list[int] = []

    async def begin(self, feed: Feed) -> None:
        """Open the link and the books."""

        async def headers() -> Mapping[str, str]:
            return {}

        self.pipe, protocol = Pipe(), StreamProtocol()
        self.link = Link(
            protocol,
            self.pipe,
            URL,
            headers=cast(Callable[[], Awaitable[Mapping[str, str]]], headers),
            correct=lambda _: False,
            clock=SystemClock(),
            now_ms=lambda: 1_795_867_200_002,
            hooks=Hooks(),
            random=random.Random(1),
        )
        lifecycle = Lifecycle(lambda *_: None, lambda *_: None)
        self.books = Books([self.link], lifecycle, feed.tickers, lambda: 1_795_867_200_002, random.Random(1))
        entering = asyncio.create_task(self.books.__aenter__())
        await asyncio.sleep(0.05)
        assert self.pipe.connection is not None
        self.connection = self.pipe.connection
        await self._read(feed.snapshots())
        await entering
        assert all(self.books[ticker].is_current for ticker in feed.tickers)

    def read(self, reads: list[bytes]) -> None:
        """Take reads, one after the other, each when the one before has been handled."""
        self._loop.run_until_complete(self._all(reads))

    async def _all(self, reads: list[bytes]) -> None:
        for data in reads:
            await self._read(data)

    async def _read(self, data: bytes) -> None:
        self.connection.data_received(data)
        while self.link._backlog:  # noqa: ASYNC110  # nothing tells that it is empty
            await asyncio.sleep(0)  # the turns of the loop in which the link handles the rest

    def count_turns(self) -> None:
        """Count the frames of each turn of the loop from now on."""
        feed, drain = self.link.protocol.feed, self.link._drain

        def counted(data: bytes, now_ms: int) -> object:
            self.turns[-1] += 1
            return feed(data, now_ms)

        def drained() -> None:
            self.turns.append(0)
            drain()

        self.link.protocol.feed = counted  # type: ignore[method-assign, assignment]  # to count
        self.link._drain = drained  # type: ignore[method-assign]  # to count

    async def end(self) -> None:
        """Leave books and link."""
        await self.books.__aexit__()
        await self.link.aclose()


def measured(read: Callable[[list[bytes]], None], batches: Iterator[list[bytes]]) -> float:
    """Return the CPU seconds of one change, over the next batch."""
    reads = next(batches)
    started = thread_time()
    read(reads)
    return (thread_time() - started) / BATCH


def main() -> int:
    """Run everything and return the exit code."""
    parser = argparse.ArgumentParser(description="Measure live books.")
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    rounds = 15 if parser.parse_args().quick else 60
    # The loop rests while frames are made: no connection is given up meanwhile.
    link.CHECK_S = link.SILENCE_S = 1_000_000.0
    loop = asyncio.new_event_loop()
    feed = Feed(1)
    ours = Ours(loop)
    loop.run_until_complete(ours.begin(feed))
    floor = Floor(feed)
    batches = [feed.reads(BATCH) for _ in range(rounds + 1)]
    of_floor, of_ours = iter(batches), iter(batches)

    def read_floor(reads: list[bytes]) -> None:
        for data in reads:
            floor.read(data)

    costs = Rounds(
        {
            "floor": lambda: measured(read_floor, of_floor),
            "ours": lambda: measured(ours.read, of_ours),
        },
        count=rounds,
    )
    check(floor, ours, feed)
    grown_kb, turns = long_run(ours, feed)
    loop.run_until_complete(ours.end())
    note = f"{costs.microseconds('ours'):.1f} of {costs.microseconds('floor'):.1f} µs a change"
    rows = [
        Row("CPU of a change of a book", costs.ratio("ours", "floor"), "of the floor", MOST_OF_FLOOR, note),
        Row("memory that 100,000 changes hold", grown_kb, "KB", MOST_GROWTH_KB, f"{MARKETS} markets"),
        Row("frames in a turn of the loop", max(turns), "frames", FRAMES_PER_TURN, f"{len(turns):,} turns"),
    ]
    print(f"## Live books\n\n{machine('msgspec', 'websockets')}\n")
    print(table(rows))
    return 1 if any(row.is_out_of_reach for row in rows) else 0


def check(floor: Floor, ours: Ours, feed: Feed) -> None:
    """Compare the best prices of both: they have read the same."""
    for ticker in feed.tickers:
        book = ours.books[ticker]
        assert book.best_bid is not None
        assert book.best_ask is not None
        assert (float(book.best_bid), float(book.best_ask)) == floor.best[ticker], ticker


def long_run(ours: Ours, feed: Feed) -> tuple[float, list[int]]:
    """Read 300,000 changes; return the KB that the last 100,000 have added, and the frames of each turn."""
    ours.count_turns()
    most = []
    for _ in range(2 * LONG // BATCH):
        ours.read(feed.reads(BATCH))
    tracemalloc.start()
    for _ in range(LONG // BATCH):
        ours.turns.clear()
        ours.read(feed.reads(BATCH))
        most.append(max(ours.turns))
    gc.collect()
    # What was made since and is still there; of ours alone, as the feed keeps books too.
    of_ours = tracemalloc.take_snapshot().filter_traces([tracemalloc.Filter(True, "*kalshi_async*")])
    tracemalloc.stop()
    assert all(ours.books[ticker].is_current for ticker in feed.tickers)
    return sum(statistic.size for statistic in of_ours.statistics("filename")) / 1_000, most


if __name__ == "__main__":
    sys.exit(main())
