"""Positions out of fills, frames and rows; the chain of post-positions betrays a missed fill. Pure."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal

import msgspec

from kalshi_async.contract.fields import EXACT, BookSide
from kalshi_async.contract.frames.private import FillEvent, PositionEvent
from kalshi_async.contract.positions import MarketPosition
from kalshi_async.mirror.events import MirrorEvent, PositionChanged
from kalshi_async.mirror.model import ZERO, MirroredPosition
from kalshi_async.resources.settling.proof import MARGIN_MS

RECENT = 64
"""Counts of a position that are kept, to know an older position frame again (ours)."""

Key = tuple[str, int]


class _Chain:
    """The count of one position, how new it is, and from where the next fill must go on."""

    __slots__ = ("expected", "expected_from_ms", "frame", "place", "recent", "ts_ms")

    def __init__(self, expected_from_ms: float) -> None:
        self.ts_ms: float = 0
        self.place: float = 0
        self.expected: Decimal = ZERO
        """The position before the next fill."""
        self.expected_from_ms = expected_from_ms
        """Fills before this moment may be part of ``expected`` already."""
        self.recent: deque[Decimal] = deque(maxlen=RECENT)
        """Positions after the fills that came since the newest position frame."""
        self.frame: tuple[Decimal, Decimal] | None = None
        """Volume and count of the newest position frame: volume never goes down."""


class Positions:
    """The positions of the account."""

    def __init__(self, tell: Callable[[MirrorEvent], None]) -> None:
        self.known: dict[Key, MirroredPosition] = {}
        self.doubts: dict[Key, tuple[Decimal, int]] = {}
        """Counts of position frames that no fill explains, each with when it came."""
        self._chains: dict[Key, _Chain] = {}
        self._tell = tell
        self._proven_from_ms: float = math.inf
        """Markets without a row were flat: from this moment on their first fill begins at 0."""

    def fill(self, event: FillEvent, heard: int) -> bool:
        """Take a fill that was not known; False: the chain is broken, a fill is missing before it."""
        key = (event.market_ticker, event.subaccount or 0)
        chain = self._chain(key)
        post, ts_ms = event.post_position, event.ts_ms
        before = (
            EXACT.subtract(post, event.count)
            if event.book_side is BookSide.BID
            else EXACT.add(post, event.count)
        )
        is_newer = (ts_ms, heard) > (chain.ts_ms, chain.place)
        is_whole = not is_newer or before == chain.expected or ts_ms <= chain.expected_from_ms
        if is_newer:
            chain.expected, chain.expected_from_ms = post, -1
            self._set(key, chain, post, ts_ms, heard)
        chain.recent.append(post)
        doubt = self.doubts.get(key)
        if doubt is not None and doubt[0] == post:
            del self.doubts[key]
        return is_whole

    def frame(self, event: PositionEvent, now_ms: int) -> None:
        """Take a position frame: it adds cost and profit, and a doubt if no fill explains its count."""
        key = (event.market_ticker, event.subaccount or 0)
        chain, count = self._chain(key), event.position
        before = chain.frame
        if before is not None and event.volume < before[0]:
            return  # older than another one
        chain.frame = (event.volume, count)
        known = self.known.get(key) or _flat(key)
        self.known[key] = msgspec.structs.replace(
            known, cost=event.position_cost, realized_pnl=event.realized_pnl, fees_paid=event.fees_paid
        )
        if count == known.position:
            self.doubts.pop(key, None)
        elif before is not None and event.volume == before[0]:
            if count != before[1]:  # it has moved without a trade, as by a settlement
                self.doubts[key] = (count, now_ms)
        elif count not in chain.recent:
            self.doubts[key] = (count, now_ms)
        if count in chain.recent:
            while chain.recent.popleft() != count:
                pass  # frames come in the order of their fills: none of an older fill follows

    def rows(self, subaccount: int, rows: Iterable[MarketPosition], as_of_ms: float, read_ms: int) -> None:
        """Take all rows of a subaccount; a market without one is flat.

        as_of_ms: up to when reads showed everything before this one; read_ms: when it was answered.
        """
        shown = {row.ticker: row for row in rows}
        for ticker, row in shown.items():
            key = (ticker, subaccount)
            if row.position is not None:
                self._row(key, row.position, as_of_ms, read_ms)
                known = self.known.get(key) or _flat(key)
                self.known[key] = msgspec.structs.replace(
                    known, cost=row.market_exposure, realized_pnl=row.realized_pnl, fees_paid=row.fees_paid
                )
        for key in [key for key in self._chains if key[1] == subaccount and key[0] not in shown]:
            self._row(key, ZERO, as_of_ms, read_ms)
        self._proven_from_ms = read_ms + MARGIN_MS

    def loosen(self) -> None:
        """Expect nothing of the next fills: some may be missing, and will be read."""
        self._proven_from_ms = math.inf
        for chain in self._chains.values():
            chain.expected_from_ms = math.inf

    def recheck(self, since_ms: int) -> None:
        """Drop the doubts that came before a read, which has answered them."""
        for key, (count, came_ms) in list(self.doubts.items()):
            if came_ms < since_ms or count == self.known_count(key):
                del self.doubts[key]

    def known_count(self, key: Key) -> Decimal:
        """Return the contracts held."""
        known = self.known.get(key)
        return ZERO if known is None else known.position

    def differing(
        self, subaccount: int, rows: Mapping[str, Decimal], as_of_ms: float
    ) -> list[tuple[Key, Decimal]]:
        """Return the positions that a read shows otherwise, with its count; what just moved is left out."""
        keys = {(ticker, subaccount) for ticker in rows} | {key for key in self.known if key[1] == subaccount}
        return [
            (key, shown)
            for key in sorted(keys)
            if (shown := rows.get(key[0], ZERO)) != self.known_count(key)
            and self._chain(key).ts_ms <= as_of_ms - MARGIN_MS
        ]

    def forget(self, before_ms: int) -> None:
        """Forget flat positions in which nothing has happened for long."""
        for key in [
            key for key, one in self.known.items() if not one.position and one.updated_ms < before_ms
        ]:
            del self.known[key]
            self._chains.pop(key, None)

    def _chain(self, key: Key) -> _Chain:
        chain = self._chains.get(key)
        if chain is None:
            chain = self._chains[key] = _Chain(self._proven_from_ms)
        return chain

    def _row(self, key: Key, count: Decimal, as_of_ms: float, read_ms: int) -> None:
        chain, valid_ms = self._chain(key), as_of_ms - MARGIN_MS
        if valid_ms < chain.ts_ms:
            return  # a fill is younger than the read is proven: its count holds
        chain.expected, chain.expected_from_ms = count, read_ms + MARGIN_MS
        self._set(key, chain, count, valid_ms, math.inf)

    def _set(self, key: Key, chain: _Chain, count: Decimal, ts_ms: float, place: float) -> None:
        chain.ts_ms, chain.place = ts_ms, place
        before = self.known.get(key)
        if before is None:
            before = _flat(key)
        now = self.known[key] = msgspec.structs.replace(before, position=count, updated_ms=int(ts_ms))
        if count != before.position:
            self._tell(PositionChanged(now, before.position))


def _flat(key: Key) -> MirroredPosition:
    return MirroredPosition(ticker=key[0], subaccount=key[1], position=ZERO, updated_ms=0)
