"""Streams: the exchange tells what happens; nobody polls.

    async with session.stream() as stream, stream.fills() as fills:
        async for event in fills:
            match event:
                case FillEvent():
                    print(event.count, event.yes_price, event.post_position)
                case Gap():  # from here on fills may be missing: read them by REST
                    print(event.reason, event.since_ms)
                case Resumed():
                    print("fills come again")

One stream is one WebSocket that is kept up: it connects again for ever, with a fresh signature,
and subscribes to everything anew. Only a key that the exchange does not accept ends it, and the
readers raise that. All readers of a channel share one subscription.

**Nothing is lost in silence.** A reader gets every event from the moment at which it was entered, or
a ``Gap``. Channels with sequence numbers show the loss of a single frame at the next one. Fills,
orders, positions and tickers have no numbers: there each new connection is a gap.

**Books are true, or say so.** ``async with stream.books([ticker]) as books`` keeps live order books; a
book that may differ from the exchange's raises ``BookNotCurrent``. ``Books`` and ``Book`` explain them.

**Two connections.** ``session.stream(connections=2)`` keeps two, and merges what they bring: losing one
loses nothing, and is no gap, once the other has caught up. The order of events of a channel may then be
another one around a loss.

| channels | of two |
|---|---|
| fills, trades | known again by trade id, fills by their order too |
| orders, order groups | equal ones of one time are one |
| tickers, positions | the newest; equal ones are one |
| lifecycle | equal ones are one, as often as a connection brings them |
| books (``stream.books``) | the one that is further by its ``clock``, of those without a gap |
| book updates, communications, index feeds | one connection only |

Book frames without ``clock`` (of older recordings) cannot be merged: such a book is the first connection's.

``orders.wait(order, stream=stream)`` waits for an order by an open stream instead of looking for it.

**A slow reader hurts itself alone.** The socket is read, and pings are answered, whatever readers do.

| class | channels | a slow reader |
|---|---|---|
| facts | fills, orders, groups, book updates, lifecycle | all is kept, up to 64 MiB; then ``SlowConsumer`` |
| states | tickers, positions, index feeds | the newest of each market replaces the older one |
| flow | trades, communications | the oldest go, and ``Gap(dropped=…)`` tells how many |

What one read of the socket brings is handed out with the account's own events first. Not known
about the exchange, and so not relied upon: the order of events between channels, the cost of a
handshake, and how many markets one subscription may have (it says so with error 26).

Another library can carry the frames: ``session.stream(transport=…)`` takes an object with the
three methods of ``StreamTransport``. A session on an ``httpx.ASGITransport`` streams from the same
application without a socket: the embedded exchange in the program's own process, in virtual time too.

**Recordings.** ``stream.record("frames.jsonl")`` writes what comes, and ``replay("frames.jsonl")`` of
``kalshi_async.streams.replay`` is a stream again, with the same readers and books.

The modules in reading order: ``events`` (breaks), ``delivery`` (what waits for a reader), ``_topic``
and ``protocol`` (subscriptions and sequence numbers, without I/O), ``seam`` and ``connection`` (one
WebSocket; ``in_process``: without a socket), ``link`` (keeps it up; ``state``, ``_order``),
``connections`` and ``merge`` (one or two of them), ``reader``, ``stream`` and ``opening`` (what a
program sees), ``books`` (``book_feed``, ``lifecycle``: kept by a stream),
``recorder`` and ``replay`` (``_files``, ``recorded``: what a stream receives, in files and back).
The shapes of the events are in ``kalshi_async.contract.frames``. Nothing here knows a request of REST.
"""

from kalshi_async.contract.frames.market_data import (
    BookDeltaEvent,
    BookSnapshotEvent,
    EventCreatedEvent,
    EventFeeEvent,
    MarketEvent,
    TickerEvent,
    TradeEvent,
)
from kalshi_async.contract.frames.private import (
    FillEvent,
    GroupEvent,
    OrderEvent,
    PositionEvent,
    UpdateReason,
)
from kalshi_async.streams.books import Audit, Book, BookCost, Books, Level
from kalshi_async.streams.events import Gap, GapReason, Refused, Resumed, UnknownEvent
from kalshi_async.streams.in_process import InProcessTransport
from kalshi_async.streams.reader import Reader
from kalshi_async.streams.recorder import Recording
from kalshi_async.streams.seam import HandshakeRefused, StreamTransport
from kalshi_async.streams.state import Latency, Phase, StreamState
from kalshi_async.streams.stream import Stream

__all__ = [
    "Audit",
    "Book",
    "BookCost",
    "BookDeltaEvent",
    "BookSnapshotEvent",
    "Books",
    "EventCreatedEvent",
    "EventFeeEvent",
    "FillEvent",
    "Gap",
    "GapReason",
    "GroupEvent",
    "HandshakeRefused",
    "InProcessTransport",
    "Latency",
    "Level",
    "MarketEvent",
    "OrderEvent",
    "Phase",
    "PositionEvent",
    "Reader",
    "Recording",
    "Refused",
    "Resumed",
    "Stream",
    "StreamState",
    "StreamTransport",
    "TickerEvent",
    "TradeEvent",
    "UnknownEvent",
    "UpdateReason",
]
