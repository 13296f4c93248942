"""The levels of one market as one connection tells them: pure, in whole numbers.

    ladder.load(snapshot, sent_ms, now_ms)    the whole book; counts anew from its clock
    ladder.hold(delta, frame, now_ms)         a change is held back,
    ladder.publish()                          and applied with all others of its clock

Both return the reason why the book is wrong, or None. Changes of one clock become visible together:
in between the book can be crossed. Prices are in 0.0001 dollars on the YES scale, counts in 0.01
contracts. A ladder that was found wrong holds nonsense until the next snapshot: its keeper knows.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache

from kalshi_async.contract.fields import EXACT, OutcomeSide
from kalshi_async.contract.frames.market_data import BookDeltaEvent, BookSnapshotEvent
from kalshi_async.streams.events import GapReason

DOLLAR_E4 = 10_000

OVERLAP_MS = 2_000
"""A change that its snapshot holds already may come so long after it (ours)."""

KNOWN_COUNTS = 8_192
"""Counts whose whole numbers are kept (ours)."""

Held = tuple[bool, int, int, bytes]
"""A change that is not applied yet: of the bids, price, contracts, frame."""


class Ladder:
    """Owner of the levels of one market."""

    __slots__ = (
        "_held",
        "_newest",
        "_sent_ms",
        "_times_ms",
        "as_of_ms",
        "asks",
        "best_ask",
        "best_bid",
        "bids",
        "clock",
        "is_fresh",
        "received_ms",
    )

    def __init__(self) -> None:
        self.bids: dict[int, int] = {}
        """Price -> contracts."""
        self.asks: dict[int, int] = {}
        """Price -> contracts."""
        self.best_bid = 0
        """Highest price of the bids; 0 without any."""
        self.best_ask = DOLLAR_E4
        """Lowest price of the asks; a dollar without any."""
        self.clock: int | None = None
        """The exchange's clock of what is visible; None where its frames have none."""
        self.as_of_ms: int | None = None
        """When the newest change happened, or the snapshot was sent, by the exchange."""
        self.received_ms: int | None = None
        """When the newest frame was handled, by this machine."""
        self._held: list[Held] = []
        self._newest = 0  # clock of the newest change or snapshot
        self.is_fresh = False
        """Whether nothing has changed since the snapshot."""
        self._sent_ms: int | None = None
        self._times_ms: tuple[int | None, int | None] = (None, None)  # of the newest change

    def load(self, event: BookSnapshotEvent, sent_ms: int | None, now_ms: int) -> GapReason | None:
        """Replace everything by a snapshot."""
        bids, asks = _levels(event.yes), _levels(event.no)
        self._held.clear()
        if bids is None or asks is None:
            return GapReason.OFF_GRID
        self.bids, self.asks = bids, asks
        self.best_bid, self.best_ask = max(bids, default=0), min(asks, default=DOLLAR_E4)
        self.clock, self._newest = event.clock, event.clock or 0
        self.as_of_ms = self._sent_ms = sent_ms
        self.received_ms = now_ms
        self.is_fresh = True
        return None

    def hold(self, event: BookDeltaEvent, frame: bytes, now_ms: int) -> tuple[GapReason, bytes] | None:
        """Take a change; apply those of an earlier clock."""
        clock = event.clock
        if clock is not None:
            if clock > self._newest:
                if self._held and (wrong := self.publish()):
                    return wrong
                self._newest = clock
            elif clock < self._newest or self.is_fresh:
                return None if self._is_overlap(event, now_ms) else (GapReason.CLOCK_BACK, frame)
        else:
            self.clock = None
        self.is_fresh = False
        price = _PRICES.get(event.price)
        count = _counts(event.delta)
        if price is None or count is None:
            return GapReason.OFF_GRID, frame
        is_bid = event.side is OutcomeSide.YES
        if not is_bid and event.side is not OutcomeSide.NO:
            return GapReason.UNREADABLE, frame
        self._held.append((is_bid, price, count, frame))
        self._times_ms = (event.ts_ms, now_ms)
        return None

    @property
    def is_holding(self) -> bool:
        """Whether changes are not visible yet."""
        return bool(self._held)

    def publish(self) -> tuple[GapReason, bytes] | None:
        """Make the changes visible that are held back."""
        for is_bid, price, by, frame in self._held:
            levels = self.bids if is_bid else self.asks
            count = levels.get(price, 0) + by
            if count < 0:
                self._held.clear()
                return GapReason.NEGATIVE, frame
            if count:
                levels[price] = count
                if is_bid:
                    if price > self.best_bid:
                        self.best_bid = price
                elif price < self.best_ask:
                    self.best_ask = price
            elif by:
                del levels[price]
                if price == self.best_bid and is_bid:
                    self.best_bid = max(levels, default=0)
                elif price == self.best_ask and not is_bid:
                    self.best_ask = min(levels, default=DOLLAR_E4)
        self._held.clear()
        self.as_of_ms, self.received_ms = self._times_ms
        if self.clock is not None:
            self.clock = self._newest
        return None

    def _is_overlap(self, event: BookDeltaEvent, now_ms: int) -> bool:
        # The snapshot holds the change, and it came after it all the same. A change that happened
        # after the snapshot was sent cannot be in it: the clock went back.
        if not self.is_fresh or now_ms - (self.received_ms or 0) > OVERLAP_MS:
            return False
        return event.ts_ms is None or self._sent_ms is None or event.ts_ms < self._sent_ms


def dollars(price_e4: int) -> Decimal:
    """Return a price in dollars, with 4 decimals."""
    return _DOLLARS[price_e4]


def contracts(count_e2: int) -> Decimal:
    """Return a count in contracts, with 2 decimals."""
    return Decimal(count_e2).scaleb(-2, EXACT)


def _levels(given: Iterable[tuple[Decimal, Decimal]]) -> dict[int, int] | None:
    found: dict[int, int] = {}
    for price, count in given:
        whole, contracts_e2 = _PRICES.get(price), _counts(count)
        if whole is None or contracts_e2 is None or contracts_e2 < 0 or whole in found:
            return None
        if contracts_e2:
            found[whole] = contracts_e2
    return found


@lru_cache(KNOWN_COUNTS)  # counts repeat
def _counts(count: Decimal) -> int | None:
    scaled = EXACT.multiply(count, Decimal(100))
    return int(scaled) if scaled == int(scaled) else None


_DOLLARS = tuple(Decimal(price).scaleb(-4, EXACT) for price in range(DOLLAR_E4 + 1))
_PRICES = {price: whole for whole, price in enumerate(_DOLLARS) if 0 < whole < DOLLAR_E4}
