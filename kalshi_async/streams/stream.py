"""A stream: one WebSocket that is kept up, and typed readers of its channels."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from os import PathLike
from random import Random
from typing import Any, Literal, Self, TypeAlias

from kalshi_async.contract.fields import JsonValue
from kalshi_async.contract.frames.channels import CHANNELS, Filter
from kalshi_async.contract.frames.market_data import (
    BookDeltaEvent,
    BookSnapshotEvent,
    EventCreatedEvent,
    EventFeeEvent,
    MarketEvent,
    TickerEvent,
    TradeEvent,
)
from kalshi_async.contract.frames.private import FillEvent, GroupEvent, OrderEvent, PositionEvent
from kalshi_async.errors import DeadlineExceeded, InvalidRequest
from kalshi_async.requests.validation import checked_seconds, checked_subaccount, checked_ticker
from kalshi_async.streams._topic import Options
from kalshi_async.streams.books.live import Audit, Books
from kalshi_async.streams.connections import Connections, Way
from kalshi_async.streams.delivery import Inbox, Sink
from kalshi_async.streams.events import Gap, Refused, Resumed, UnknownEvent
from kalshi_async.streams.lifecycle import Lifecycle
from kalshi_async.streams.link import Link
from kalshi_async.streams.reader import Reader
from kalshi_async.streams.recorder import Recording, checked_path
from kalshi_async.streams.seam import StreamTransport
from kalshi_async.streams.state import Latency, StreamState
from kalshi_async.streams.surroundings import Surroundings

Break: TypeAlias = Gap | Resumed | Refused | UnknownEvent
"""What every reader may get besides the events of its channel."""

Markets: TypeAlias = Collection[str] | str | None


class Stream:
    """One connection or two, and all readers. Made by ``session.stream()``; use ``async with``.

    No tokens are charged for frames, as far as is known; the handshake's cost is not documented.
    """

    def __init__(
        self,
        around: Surroundings,
        url: str,
        transport: StreamTransport,
        random: Random | None = None,
        *,
        second: Way | None = None,
    ) -> None:
        self._around = around
        self._url = url
        self._random = random or Random()
        self._joined = Connections(url, [(around, transport), *([second] if second else [])])
        self._protocol = self._joined.protocols[0]

    async def __aenter__(self) -> Self:
        if self._joined.links:
            raise InvalidRequest("the stream is open already: do not enter it a second time")
        self._joined.open(self._random)
        self._around.closed_first.add(self.aclose)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections; readers that are still iterated end with InvalidRequest."""
        self._around.closed_first.discard(self.aclose)
        await self._joined.aclose()

    # Its state.

    @property
    def state(self) -> StreamState:
        """What the connection is doing, since when, and what went wrong last; of two, of the better one."""
        return self._opened().best.state

    @property
    def states(self) -> tuple[StreamState, ...]:
        """The state of each connection."""
        return self._opened().states

    @property
    def latency(self) -> Latency:
        """How old frames are when they are handled; of two connections, of the one that ``state`` is of."""
        return self._opened().best.latency

    @property
    def overflows(self) -> int:
        """How often the exchange has dropped a subscription because this program read too slowly."""
        return sum(protocol.overflows for protocol in self._joined.protocols)

    async def live(self, within_s: float = 5.0) -> None:
        """Wait until a connection is there and the exchange has confirmed every subscription on it.

        Raises DeadlineExceeded if that takes longer than ``within_s``, with the last error.
        """
        connections = self._opened()
        try:
            async with asyncio.timeout(checked_seconds("within_s", within_s, zero=True)):
                while not connections.is_live:
                    if connections.failure is not None:
                        raise connections.failure
                    await connections.changed()
        except TimeoutError:
            last = connections.best.state.last_error or "no answer yet"
            raise DeadlineExceeded(f"the stream was not live within {within_s:g} s: {last}") from None

    # Readers.

    def orders(self, markets: Markets = None, *, subaccount: int | None = None) -> Reader[OrderEvent | Break]:
        """Return a reader of the account's orders after each change; facts, without sequence numbers."""
        return self._reader("user_orders", markets, subaccount)

    def fills(self, markets: Markets = None, *, subaccount: int | None = None) -> Reader[FillEvent | Break]:
        """Return a reader of the account's fills; facts, without sequence numbers."""
        return self._reader("fill", markets, subaccount)

    def positions(
        self, markets: Markets = None, *, subaccount: int | None = None
    ) -> Reader[PositionEvent | Break]:
        """Return a reader of the account's positions: the newest of each market. None comes at first."""
        return self._reader("market_positions", markets, subaccount)

    def order_groups(self) -> Reader[GroupEvent | Break]:
        """Return a reader of changes of order groups, of all subaccounts; facts."""
        return self._reader("order_group_updates", None)

    def trades(self, markets: Markets = None) -> Reader[TradeEvent | Break]:
        """Return a reader of public trades; a slow one loses the oldest, and is told how many."""
        return self._reader("trade", markets)

    def tickers(self, markets: Markets = None) -> Reader[TickerEvent | Break]:
        """Return a reader of best prices and volume: the newest of each market."""
        return self._reader("ticker", markets, settings={"send_initial_snapshot": True})

    def book_updates(
        self, markets: Collection[str] | str
    ) -> Reader[BookSnapshotEvent | BookDeltaEvent | Break]:
        """Return a reader of snapshots and changes of books, all on the YES scale; facts."""
        return self._reader("orderbook_delta", markets, settings={"use_yes_price": True})

    def books(
        self, markets: Collection[str] | str, *, audit: Audit | None = None, audit_every_s: float = 60.0
    ) -> Books:
        """Return the live books of markets: kept by snapshots and changes, current or refused.

        They share the subscription of ``book_updates``. Whether a market is tradable comes by the
        lifecycle channels, to which they subscribe.

        * ``audit``: reads books by REST, which are compared with the live ones every
          ``audit_every_s`` seconds; one that differs twice in a row, with no change in between, is
          repaired. None audits nothing; the tokens are those of the function.
        """
        links, now_ms = self._opened().usable(), self._around.now_ms
        named = [checked_ticker(each) for each in ((markets,) if isinstance(markets, str) else markets)]
        lifecycle = Lifecycle(self._add, self._remove)
        return Books(links, lifecycle, named, now_ms, self._random, audit=audit, audit_every_s=audit_every_s)

    def lifecycle(self) -> Reader[MarketEvent | EventCreatedEvent | EventFeeEvent | Break]:
        """Return a reader of the life of all markets and events, without combos; facts."""
        return self._reader("market_lifecycle_v2", None)

    def events(
        self, channel: str, names: Markets = None, *, settings: Mapping[str, JsonValue] | None = None
    ) -> Reader[object]:
        """Return a reader of any channel, see ``kalshi_async.contract.frames.channels``.

        * ``names``: markets, indices or feeds, whichever the channel filters by
        * ``settings``: further arguments of the subscription, such as ``shard_factor``; all readers of
          a channel on one stream have the same: open another stream for others
        """
        if channel not in CHANNELS:
            raise InvalidRequest(f"channel must be one of {', '.join(CHANNELS)}, was {channel!r}")
        return self._reader(channel, names, settings=settings)

    def record(
        self,
        path: str | PathLike[str],
        *,
        compression: Literal["gzip", "zstd"] | None = None,
        rotate_bytes: int | None = None,
        rotate_daily: bool = False,
    ) -> Recording:
        """Return a recording of all frames, as they come; ``kalshi_async.streams.replay`` reads it.

        * ``path``: the file; one that exists is kept, and a number added: ``frames.2.jsonl``
        * ``compression``: None, "gzip" or "zstd" (Python 3.14); its ending is added to the name
        * ``rotate_bytes``: begin the next file after so many bytes, before compression
        * ``rotate_daily``: begin the next file at 00:00 UTC

        It records what the readers of the stream have subscribed to, and asks for nothing itself.
        """
        return Recording(
            self._opened().links,
            checked_path(path, compression, rotate_bytes),
            url=self._url,
            now_ms=self._around.now_ms,
            compression=compression,
            rotate_bytes=rotate_bytes,
            rotate_daily=rotate_daily,
        )

    def attach(self, channel: str, inbox: Sink) -> None:
        """Hand the events of a channel to an inbox of one's own, from now on; ``detach`` ends it."""
        self._add(Options(channel), inbox)

    def detach(self, channel: str, inbox: Sink) -> None:
        """Hand nothing more to an inbox; for one that was attached, once."""
        self._remove(Options(channel), inbox)

    def _reader(
        self,
        channel: str,
        names: Markets,
        subaccount: int | None = None,
        settings: Mapping[str, JsonValue] | None = None,
    ) -> Reader[Any]:
        known = CHANNELS[channel]
        checked_subaccount("subaccount", subaccount)
        scope = self._around.subaccount(subaccount) if channel in _OF_SUBACCOUNTS else None
        chosen = frozenset((names,) if isinstance(names, str) else names) if names is not None else None
        if chosen is not None and known.filter is Filter.NONE:
            raise InvalidRequest(f"{channel} cannot be filtered: it tells of everything")
        if not chosen and known.filter not in (Filter.NONE, Filter.MARKETS):
            raise InvalidRequest(f"{channel} needs at least one name to subscribe to")
        if chosen is not None and not chosen:
            raise InvalidRequest(f"{channel}: name at least one market, or None for all of them")
        inbox = Inbox(known, chosen, scope if channel in _OF_SUBACCOUNTS else None)
        return Reader(
            Options(channel, tuple(sorted((settings or {}).items()))), inbox, self._add, self._remove
        )

    def _add(self, options: Options, sink: Sink) -> None:
        self._opened().add(options, sink)

    def _remove(self, options: Options, sink: Sink) -> None:
        self._opened().remove(options, sink)

    @property
    def _link(self) -> Link:
        return self._opened().links[0]

    def _opened(self) -> Connections:
        if not self._joined.links:
            raise InvalidRequest("the stream is not open: use it inside 'async with session.stream()'")
        return self._joined


_OF_SUBACCOUNTS = frozenset(("user_orders", "fill", "market_positions"))
"""Channels whose events tell their subaccount."""
