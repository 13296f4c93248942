"""Where the frames of one channel go: straight into the state, in the turn of the loop in which they came."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kalshi_async.contract.frames.channels import Channel
from kalshi_async.contract.frames.envelope import Frame
from kalshi_async.errors import KalshiError
from kalshi_async.mirror._keeper import Keeper
from kalshi_async.mirror.state import AccountState
from kalshi_async.streams.delivery import Inbox, Note
from kalshi_async.streams.events import Gap

CHANNEL_NAMES = ("user_orders", "fill", "market_positions", "order_group_updates")
"""The channels of a mirror."""


class Tap(Inbox):
    """An inbox that keeps nothing."""

    __slots__ = ("_fail", "_handle", "_keeper", "_name", "_state")

    def __init__(
        self,
        channel: Channel,
        handle: Callable[[Any], None],
        keeper: Keeper,
        state: AccountState,
        fail: Callable[[KalshiError], None],
    ) -> None:
        super().__init__(channel)
        self._name = channel.name
        self._handle = handle
        self._keeper, self._state = keeper, state
        self._fail = fail

    def put(self, frame: Frame, data: bytes, now_ms: int) -> None:
        """Feed an event to the state."""
        try:
            self._handle(frame.msg)
        except Exception as error:  # a fault of ours must not end the stream; the mirror ends
            failed = KalshiError(f"the mirror failed at a frame of {self._name}: {type(error).__name__}")
            failed.__cause__ = error
            self._fail(failed)
            return
        if self._state.orders.late or self._state.positions.doubts:
            self._keeper.watch()

    def note(self, note: Note) -> None:
        """Keep nothing: breaks are taken by ``interrupt``."""

    def interrupt(self, gap: Gap, *, goes_on: bool) -> bool:
        """Take a break; False if it is known already."""
        if not super().interrupt(gap, goes_on=goes_on):
            return False
        reason = f"{self._name}: {gap.reason}"
        if goes_on:
            self._keeper.doubt(reason, gap.since_ms)
        else:
            self._keeper.lost(self._name, gap.since_ms, reason)
        return True

    def resume(self, at_ms: int) -> None:
        """Take note that events come from now on."""
        super().resume(at_ms)
        self._keeper.back(self._name)

    def end(self, error: BaseException) -> None:
        """End the mirror: no events will come again."""
        super().end(error)
        assert isinstance(error, KalshiError), "a stream ends with no other error"
        self._fail(error)
