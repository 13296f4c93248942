"""Hands the life of markets to ``Books``: a reader of the lifecycle channels that never waits."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from kalshi_async.contract.frames.envelope import Frame
from kalshi_async.contract.frames.market_data import MarketEvent
from kalshi_async.streams._topic import Options
from kalshi_async.streams.delivery import Note, Sink
from kalshi_async.streams.events import Gap

COMBOS = "KXMVE"
"""How tickers of combos begin. Docs: websocket, lifecycle channels, 2026-08."""


class Lifecycle:
    """Owner of the subscriptions: one for combos, one for other markets, each when it is needed."""

    def __init__(self, add: Callable[[Options, Sink], None], remove: Callable[[Options, Sink], None]) -> None:
        self._add, self._remove = add, remove
        self._told: tuple[Callable[[MarketEvent], None], Callable[[], None]] | None = None
        self._listeners: dict[Options, _Listener | None] = {}

    def cover(self, tickers: Iterable[str]) -> None:
        """Listen to what happens to these markets too."""
        for is_combo in {ticker.startswith(COMBOS) for ticker in tickers}:
            channel = "multivariate_market_lifecycle" if is_combo else "market_lifecycle_v2"
            self._listeners.setdefault(Options(channel))
        if self._told is not None:
            self.start(*self._told)

    def start(self, tell: Callable[[MarketEvent], None], broke: Callable[[], None]) -> None:
        """Subscribe, and hand on every change of a market; ``broke``: some may have been missed."""
        self._told = tell, broke
        for options, listener in self._listeners.items():
            if listener is None:
                made = self._listeners[options] = _Listener(tell, broke)
                self._add(options, made)

    def stop(self) -> None:
        """Leave the subscriptions."""
        for options, listener in self._listeners.items():
            if listener is not None:
                self._remove(options, listener)
        self._listeners.clear()


class _Listener:
    """A ``Sink`` that hands on changes of markets, and says that some are missing."""

    def __init__(self, tell: Callable[[MarketEvent], None], broke: Callable[[], None]) -> None:
        self.markets: frozenset[str] | None = None
        self.has_ended = False
        self.is_current = False
        self._tell, self._broke = tell, broke

    def put(self, frame: Frame, data: bytes, now_ms: int) -> None:
        if isinstance(frame.msg, MarketEvent):
            self._tell(frame.msg)

    def note(self, note: Note) -> None:
        pass

    def interrupt(self, gap: Gap, *, goes_on: bool) -> bool:
        self._broke()
        return False

    def resume(self, at_ms: int) -> None:
        self.is_current = True

    def end(self, error: BaseException) -> None:
        self.has_ended = True
