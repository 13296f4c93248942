"""Keeps a state current: reads when something may be missing, compares from time to time. Thin I/O.

    link lost or doubt -> out of date -> subscribed again -> read until valid past that -> merge -> current

Frames are merged as they come, also while a read is under way: the order of facts is of no matter
(``precedence``), so nothing is held back.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from decimal import Decimal

from kalshi_async.calls.context import Context
from kalshi_async.calls.polling import doubling_s
from kalshi_async.errors import KalshiError
from kalshi_async.mirror._cash import Balanced
from kalshi_async.mirror._reads import AccountReads
from kalshi_async.mirror.events import ClosedGap, Drift, DriftKind, MirrorEvent, OutOfDate, UpToDate
from kalshi_async.mirror.reading import Difference, Reading
from kalshi_async.mirror.state import AccountState
from kalshi_async.resources.settling.patience import passes
from kalshi_async.resources.settling.proof import HORIZON_S, MARGIN_MS
from kalshi_async.resources.settling.resolve import Fate, PendingOrder, look_for_all

_log = logging.getLogger("kalshi_async.mirror")

OVERLAP_MS = 60_000
"""Reads begin so long before the last proven moment (ours): times of other writers may differ."""
GRACE_MS = 1_000
"""A statement that another one must follow may stay alone for so long (ours); then it is a doubt."""
KEPT_MS = 120_000
"""What has ended is kept for so long before the last proven moment (ours), to know late facts again."""
SLACK_S = 0.001
"""What is due so soon is done now (ours)."""
AGAIN_S = 5.0
"""Seconds until a create in doubt is looked for again (ours)."""


class Keeper:
    """Owner of the task that reads, and of what is known about gaps."""

    def __init__(
        self,
        context: Context,
        reads: AccountReads,
        state: AccountState,
        tell: Callable[[MirrorEvent], None],
        check_s: float | None,
        has_cash: bool,
    ) -> None:
        self._context, self._reads, self._state, self._tell = context, reads, state, tell
        self._clock = context.pipeline.clock
        self._now_ms = context.pipeline.skew.now_ms
        self._check_s, self._has_cash = check_s, has_cash and check_s is not None
        self.down: set[str] = set()
        """Channels that are not subscribed."""
        self.is_synced = False
        """Whether everything up to now has been read or heard, doubts aside."""
        self.stale = OutOfDate(self._now_ms(), "not read yet")
        """What was told last of a gap."""
        self.told = 0
        """Events that were told so far."""
        self.is_telling = False
        """Whether the mirror has been current before: what was there until then is told to nobody."""
        self._acked_ms = 0
        self._faults = 0
        self._proven_ms: int | None = None
        self._news = asyncio.Event()
        self._watching: asyncio.TimerHandle | None = None
        self._looked_s: dict[str, float] = {}
        self._cash_as_of_ms: float | None = None
        self._odd: dict[int, Decimal] = {}

    # What may make the account out of date.

    def lost(self, channel: str, since_ms: int | None, reason: str) -> None:
        """Take note that a channel tells nothing any more."""
        self.down.add(channel)
        self._state.positions.loosen()
        self._state.groups.doubt_triggers()
        self.doubt(reason, since_ms)

    def back(self, channel: str) -> None:
        """Take note that a channel is subscribed again: reads must be valid past this moment."""
        self.down.discard(channel)
        self._acked_ms = self._now_ms()
        self._news.set()

    def doubt(self, reason: str, since_ms: int | None = None) -> None:
        """Take note that a fact is missing: not current until a read past this moment is merged."""
        self._faults += 1
        self._acked_ms = self._now_ms()
        if self.is_synced:
            self.is_synced = False
            since_ms = self._proven_or_now() if since_ms is None else since_ms
            self.stale = OutOfDate(since_ms, reason)
            self._tell(self.stale)
        self._news.set()

    def wake(self) -> None:
        """Look at what is due next: a create is in doubt."""
        self._news.set()

    def watch(self) -> None:
        """Look again after the time of grace whether facts that must follow each other have come."""
        if self._watching is None:
            loop = asyncio.get_running_loop()
            self._watching = loop.call_later(GRACE_MS / 1000, self._on_grace)

    def _on_grace(self) -> None:
        self._watching = None
        state, latest_ms = self._state, self._now_ms() - GRACE_MS
        late = [order_id for order_id, since_ms in state.orders.late.items() if since_ms <= latest_ms]
        moved = [key for key, (_, since_ms) in state.positions.doubts.items() if since_ms <= latest_ms]
        if self.is_synced and late:
            self.doubt(f"order {late[0]} and its fills do not agree")
        elif self.is_synced and moved:
            self.doubt(f"no fill explains the position in {moved[0][0]}")
        elif state.orders.late or state.positions.doubts:
            self.watch()

    def close(self) -> None:
        """Stop watching."""
        if self._watching is not None:
            self._watching.cancel()

    # The task.

    async def run(self) -> None:
        """Read whenever that is needed; ends only by an error that does not pass."""
        checked_s = self._clock.monotonic()
        failures = 0
        while True:
            self._news.clear()
            if self.down:
                await self._news.wait()
                continue
            try:
                if not self.is_synced:
                    await self._sync()
                    checked_s = self._clock.monotonic()
                elif self._check_s is not None and self._is_due(checked_s + self._check_s):
                    checked_s = self._clock.monotonic()
                    await self._check()
                if self.is_synced and self._cash_as_of_ms is not None:
                    await self._check_cash(self._cash_as_of_ms)
                await self._resolve()
                failures = 0
            except KalshiError as error:
                if not passes(error):
                    raise
                _log.info("reading the account failed and is repeated: %s", error)
                failures += 1
            if failures:
                await self._clock.sleep(doubling_s(failures))
            elif self.is_synced:
                await self._wait(checked_s)

    async def _wait(self, checked_s: float) -> None:
        """Wait for news, or until the next check or search is due."""
        now_s = self._clock.monotonic()
        due_s = [] if self._check_s is None else [checked_s + self._check_s]
        due_s += [self._due_s(name) for name, one in self._state.unresolved.items() if not one.is_under_way]
        try:
            async with asyncio.timeout(None if not due_s else max(0.0, min(due_s) - now_s)):
                await self._news.wait()
        except TimeoutError:
            pass
        if self._check_s is None and self.is_synced and not self.down:
            self._advance(self._now_ms() - OVERLAP_MS)

    async def _sync(self) -> None:
        """Read past the last subscription or doubt, merge, and be current if nothing came in between."""
        faults, since_ms = self._faults, self._since_ms()
        if self._proven_ms is None:
            self._state.orders.fills_since_ms = since_ms
        reading = await self._reads.proven(self._state, after_ms=self._acked_ms, since_ms=since_ms)
        before = self.told
        self._merge(reading)
        if faults == self._faults and not self.down:
            self._up_to_date(reading, self.told - before)

    def _merge(self, reading: Reading) -> None:
        self._state.merge(reading)
        self._state.positions.recheck(int(reading.as_of_ms) - MARGIN_MS)

    def _up_to_date(self, reading: Reading, found: int) -> None:
        self.is_synced = True
        self._cash_as_of_ms = (self._has_cash and reading.as_of_ms) or None
        self._advance(int(reading.as_of_ms) - MARGIN_MS)
        stale = self.stale
        self._tell(UpToDate(ClosedGap(stale.since_ms, self._now_ms(), stale.reason, found)))
        if self._state.orders.late or self._state.positions.doubts:
            self.watch()

    async def _check(self) -> None:
        """Compare a read with the state; a difference counts once a second read shows it after a backfill."""
        reading = await self._reads.present(self._state, since_ms=self._since_ms())
        if not self.is_synced:
            return
        found = self._state.compare(reading)
        if not found:
            self._state.settle(reading)
            self._cash_as_of_ms = (self._has_cash and reading.as_of_ms) or None
            self._advance(int(reading.as_of_ms) - MARGIN_MS)
            return
        self.doubt(f"the exchange shows another {found[0].kind}")
        faults, since_ms = self._faults, self._since_ms()
        again = await self._reads.proven(self._state, after_ms=self._acked_ms, since_ms=since_ms)
        before = self.told
        shown = {(one.kind, one.key): one for one in self._state.compare(again)}
        self._merge(again)
        for one in found:
            second = shown.get((one.kind, one.key))
            if second is not None and second.exchange == one.exchange:
                self._drifted(second, again)
        if faults == self._faults and not self.down:
            self._up_to_date(again, self.told - before)

    async def _check_cash(self, as_of_ms: float) -> None:
        """Compare the balance of each subaccount; what does not add up is a transfer, or else drift."""
        self._cash_as_of_ms, state = None, self._state
        for number in self._reads.numbers:
            amount = await self._reads.balance(number)
            found = state.balance(number, amount, as_of_ms, self._now_ms())
            if found is Balanced.DIFFERS:
                for subaccount, name, at_ms, moved in await self._reads.money():
                    state.purse(subaccount).move(name, at_ms, moved)
                found = state.balance(number, amount, as_of_ms, self._now_ms())
            twice = self._odd.pop(number, None) == amount
            if found is not Balanced.DIFFERS:
                continue
            if not twice:
                self._odd[number] = amount
                continue
            thought = state.purse(number).begin_anew(as_of_ms)
            if thought is not None:  # else it was guessed only
                name = f"subaccount {number}"
                self._tell(Drift(kind=DriftKind.CASH, key=name, mirror=f"{thought}", exchange=f"{amount}"))

    def _drifted(self, one: Difference, reading: Reading) -> None:
        left = self._state.compare(reading)
        if any((one.kind, one.key) == (other.kind, other.key) for other in left):
            self._state.correct(one, reading.as_of_ms)
        self._tell(Drift(kind=one.kind, key=one.key, mirror=one.mirror, exchange=one.exchange))

    async def _resolve(self) -> None:
        """Look for creates in doubt, once their absence can be proven."""
        now_s = self._clock.monotonic()
        due = [
            PendingOrder(
                name, one.ticker, one.subaccount or None, one.first_sent_ms or 0, one.last_signed_ms or 0
            )
            for name, one in self._state.unresolved.items()
            if not one.is_under_way and self._is_due(self._due_s(name))
        ]
        if not due:
            return
        found = await look_for_all(self._context, due)
        for name, resolution in found.items():
            if resolution.fate is Fate.PLACED and resolution.order is not None:
                self._state.take_row(resolution.order)
            elif resolution.fate is Fate.ABSENT:
                self._state.absent(name)
            else:
                self._looked_s[name] = now_s
        self._looked_s = {name: at for name, at in self._looked_s.items() if name in self._state.unresolved}

    def _due_s(self, client_order_id: str) -> float:
        """Return when a create in doubt is looked for next, on the monotonic clock."""
        if client_order_id in self._looked_s:
            return self._looked_s[client_order_id] + AGAIN_S
        one = self._state.unresolved[client_order_id]
        proof_ms = (one.last_signed_ms or 0) + int(HORIZON_S * 1000) + 2 * MARGIN_MS
        return self._clock.monotonic() + (proof_ms - self._now_ms()) / 1000

    def _is_due(self, at_s: float) -> bool:
        # A timer may fire a little early: what it was for must count as due, or it would fire for ever.
        return self._clock.monotonic() >= at_s - SLACK_S

    # Proven moments.

    def _since_ms(self) -> int:
        return self._proven_or_now() - OVERLAP_MS

    def _proven_or_now(self) -> int:
        return self._now_ms() if self._proven_ms is None else self._proven_ms

    def _advance(self, proven_ms: int) -> None:
        self._proven_ms = max(proven_ms, self._proven_ms or 0)
        self._state.forget(self._proven_ms - KEPT_MS)
