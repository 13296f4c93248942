"""``session.mirror()``: the account kept true, as a program sees it."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self
from weakref import WeakSet

import msgspec

from kalshi_async.calls.context import Context
from kalshi_async.contract.frames.channels import CHANNELS
from kalshi_async.contract.orders import CancelOrderReply
from kalshi_async.errors import DeadlineExceeded, InvalidRequest, KalshiError
from kalshi_async.mirror._keeper import Keeper
from kalshi_async.mirror._reads import AccountReads
from kalshi_async.mirror._tap import CHANNEL_NAMES, Tap
from kalshi_async.mirror.event_reader import EventReader, Waiters
from kalshi_async.mirror.events import MirrorEvent
from kalshi_async.mirror.model import (
    HeldPositions,
    MirroredCash,
    MirroredGroup,
    MirroredOrder,
    RestingOrders,
    UnresolvedOrder,
)
from kalshi_async.mirror.replies import OwnWrites
from kalshi_async.mirror.scope import Scope
from kalshi_async.mirror.state import AccountState
from kalshi_async.requests.orders import CancelItem
from kalshi_async.requests.validation import checked_seconds
from kalshi_async.resources.orders import Orders
from kalshi_async.resources.results import BatchResult
from kalshi_async.streams.stream import Stream

_log = logging.getLogger("kalshi_async.mirror")

ENTER_S = 10.0
"""Seconds that entering waits for the account to be current (ours); then it goes on without."""
CHECK_S = 60.0
"""Seconds between two comparisons with the exchange (ours)."""


class Mirror:
    """The account as it is. Made by ``session.mirror()``; use ``async with``. For one event loop."""

    def __init__(
        self,
        context: Context,
        stream: Stream,
        scope: Scope,
        *,
        owner: str | None,
        check_s: float | None,
        has_cash: bool,
        owns_stream: bool,
    ) -> None:
        self._context = context
        self._stream, self._owns_stream = stream, owns_stream
        self._owner = owner
        pipeline = context.pipeline
        self._state = AccountState(
            scope, owner, pipeline.skew.now_ms, self._tell, lambda reason: self._keeper.doubt(reason)
        )
        self._reads = AccountReads(context, scope)
        self._keeper = Keeper(context, self._reads, self._state, self._tell, check_s, has_cash)
        self._writes = OwnWrites(
            self._state, self._default_subaccount, pipeline.skew.now_ms, self._keeper.wake
        )
        self._taps: dict[str, Tap] = {}
        self._task: asyncio.Task[None] | None = None
        self._failure: KalshiError | None = None
        self._readers: WeakSet[EventReader] = WeakSet()
        self._waiters = Waiters()
        self._became_current = asyncio.Event()
        self._has_given_up = False  # waiting, when it was entered
        self.orders = RestingOrders(self._state.orders.resting, self._state.orders.by_client_id)
        """The orders that rest."""
        self.positions = HeldPositions(self._state.positions.known)
        """The positions that are held."""

    async def __aenter__(self) -> Self:
        if self._task is not None:
            raise InvalidRequest("a mirror is entered once: ask the session for another one")
        if self._owns_stream:
            await self._stream.__aenter__()
        try:
            state = self._state
            handlers: tuple[Callable[[Any], None], ...]
            handlers = (state.order_frame, state.fill_frame, state.position_frame, state.group_frame)
            self._keeper.down.update(CHANNEL_NAMES)
            self._context.pipeline.limits.observers.append(self._writes)
            for channel, handle in zip(CHANNEL_NAMES, handlers, strict=True):
                tap = Tap(CHANNELS[channel], handle, self._keeper, state, self._fail)
                self._stream.attach(channel, tap)
                self._taps[channel] = tap
            self._task = asyncio.get_running_loop().create_task(self._run(), name="kalshi_async mirror")
            try:
                async with asyncio.timeout(ENTER_S):
                    await self._became_current.wait()
            except TimeoutError:
                _log.warning("the account is not current yet: %s", self._stream.state.last_error or "reading")
                self._has_given_up = True
            if self._failure is not None:
                raise self._failure
        except BaseException:  # __aexit__ is not called if __aenter__ fails or is canceled
            await self.aclose()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Stop; readers of events that are still iterated end with InvalidRequest."""
        observers = self._context.pipeline.limits.observers
        if self._writes in observers:
            observers.remove(self._writes)
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        self._keeper.close()
        while self._taps:
            channel, tap = self._taps.popitem()
            self._stream.detach(channel, tap)
        self._fail(InvalidRequest("the mirror was closed"))
        if self._owns_stream:
            await self._stream.aclose()

    # What is known.

    @property
    def unresolved(self) -> dict[str, UnresolvedOrder]:
        """Creates that may have placed an order, by client_order_id: under way, or ended in doubt."""
        return dict(self._state.unresolved)

    @property
    def groups(self) -> dict[str, MirroredGroup]:
        """The order groups by id."""
        return dict(self._state.groups.known)

    @property
    def cash(self) -> dict[int, MirroredCash]:
        """The cash by subaccount, of those whose balance was read and adds up."""
        return {
            number: msgspec.structs.replace(purse.known, estimate=purse.estimate)
            for number, purse in self._state.purses.items()
            if purse.known is not None
        }

    @property
    def is_current(self) -> bool:
        """Whether the account is as it is shown here, up to frames that are on their way."""
        keeper = self._keeper
        return (
            keeper.is_synced
            and not keeper.down
            and not self._state.positions.doubts
            and self._failure is None
        )

    @property
    def stale_since_ms(self) -> int | None:
        """Since when it may not be, in Unix milliseconds of the exchange; None while it is current."""
        return None if self.is_current else self._keeper.stale.since_ms

    def is_ending(self, order: MirroredOrder) -> bool:
        """Whether the exchange is about to cancel a resting order, because its group was triggered."""
        return self._state.groups.is_ending(order)

    # Waiting.

    async def current(self, within_s: float = 10.0) -> None:
        """Wait until the account is current.

        Raises DeadlineExceeded if that takes longer than ``within_s``, and what ended the mirror.
        """
        try:
            async with asyncio.timeout(checked_seconds("within_s", within_s, zero=True)):
                while not self.is_current:
                    await self.changed()
        except TimeoutError:
            stale = self._keeper.stale
            raise DeadlineExceeded(
                f"the account was not current within {within_s:g} s: {stale.reason}", sent=False
            ) from None

    async def changed(self) -> None:
        """Wait for the next event. Raises what ended the mirror."""
        if self._failure is not None:
            raise self._failure
        await self._waiters.wait()
        if self._failure is not None:
            raise self._failure

    async def stale(self, for_s: float) -> None:
        """Return once the account has not been current for so long without a break."""
        while True:
            while self.is_current:
                await self._waiters.wait()
            try:
                async with asyncio.timeout(for_s):
                    while not self.is_current:
                        await self._waiters.wait()
            except TimeoutError:
                return

    def events(self) -> EventReader:
        """Return a reader of all events from now on; iterate over it with ``async for``.

        Raises SlowConsumer in a reader that lets more than 100,000 events wait, and what ended the mirror.
        """
        reader = EventReader()
        if self._failure is not None:
            reader.end(self._failure)
        self._readers.add(reader)
        return reader

    # Acting.

    def new_client_order_id(self) -> str:
        """Return a fresh client_order_id that begins with the owner's prefix."""
        return f"{self._owner or ''}{uuid.uuid4()}"

    @property
    def mine(self) -> list[MirroredOrder]:
        """The resting orders that are the caller's own: see ``owner`` of ``session.mirror``."""
        return [order for order in self.orders if not order.is_external]

    async def cancel_mine(self) -> BatchResult[CancelItem, CancelOrderReply] | None:
        """Cancel the resting orders that are the caller's own, and no other; None if there are none.

        What is in doubt is not canceled: see ``unresolved``. 2 write tokens per order.
        """
        mine = self.mine
        return await Orders(self._context).cancel_batch(mine) if mine else None

    # The parts of it.

    async def _run(self) -> None:
        try:
            await self._keeper.run()
        except KalshiError as error:
            self._fail(error)
        except Exception as error:  # a fault of ours: nobody may go on trusting what is shown
            _log.exception("the mirror has failed")
            failed = KalshiError(f"the mirror failed within this program: {type(error).__name__}")
            failed.__cause__ = error
            self._fail(failed)

    def _default_subaccount(self) -> int:
        numbers = self._reads.numbers
        return numbers[0] if len(numbers) == 1 and self._state.scope.numbers is None else 0

    def _tell(self, event: MirrorEvent) -> None:
        keeper = self._keeper
        if not keeper.is_telling:
            if not keeper.is_synced:
                return
            keeper.is_telling = True
            self._became_current.set()
            if not self._has_given_up:
                self._waiters.wake()
                return
        keeper.told += 1
        for reader in self._readers:
            reader.put(event)
        self._waiters.wake()

    def _fail(self, error: KalshiError) -> None:
        if self._failure is None:
            self._failure = error
            self._became_current.set()
            for reader in self._readers:
                reader.end(error)
            self._waiters.wake()
