"""The block of a dead-man switch, and the shutdown at its end."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Self

from kalshi_async.account.risk_gate import described
from kalshi_async.calls.call import CallOptions
from kalshi_async.calls.context import Context
from kalshi_async.calls.polling import poll
from kalshi_async.contract.operation import Priority
from kalshi_async.contract.orders import CANCEL_ALL_ORDERS
from kalshi_async.dead_man.feed import WatchedFeed
from kalshi_async.dead_man.outlasting import hidden_task, outlast
from kalshi_async.dead_man.targets import GroupScope, SubaccountScope, Target
from kalshi_async.errors import InvalidRequest, KalshiError, OutcomeUnknown, ReplyLost
from kalshi_async.requests.validation import SUBACCOUNTS, checked_seconds, checked_text_id, checked_whole
from kalshi_async.resources.order_groups import GroupReference, GroupTarget
from kalshi_async.resources.orders import AllSubaccounts
from kalshi_async.resources.settling.patience import through_failures
from kalshi_async.resources.settling.proof import MARGIN_MS

GIVE_UP_S = 30.0
"""Seconds until a switch gives up (ours): as long as Kubernetes waits between SIGTERM and SIGKILL."""

CALL_S = 5.0
"""Seconds of one call of a switch, retries included (ours). A deadline of the view does not apply to it."""

VERIFY_S = 10.0
"""Seconds that the entry of a switch may take (ours): the default deadline of a read."""

_log = logging.getLogger("kalshi_async")


@dataclass(frozen=True, slots=True)
class ShutdownReport:
    """The result of a dead-man switch."""

    confirmed: bool
    """Whether the exchange confirmed the shutdown."""
    error: KalshiError | None = None
    """The error of the last attempt, if it was not confirmed."""
    reads_lag_until_ms: int | None = None
    """When reads show the shutdown, in Unix milliseconds of the exchange: once they are valid beyond
    this (``session.settled(after_ms=…)``), no order rests that the switch has canceled. It includes
    two seconds for clocks that differ and, for a subaccount, the minute that a cancel-all may take.
    None if it was not confirmed."""


class DeadMan:
    """The switch of one scope: an async context that shuts the scope down at its end."""

    def __init__(
        self,
        context: Context,
        order_group_id: GroupReference | str | None,
        subaccount: int | AllSubaccounts | None,
        give_up_s: float = GIVE_UP_S,
        feed: WatchedFeed | None = None,
    ) -> None:
        self._target: Target
        if order_group_id is not None and subaccount is None:
            group = GroupTarget.of(context, order_group_id, None, None)
            checked_text_id("order_group_id", group.order_group_id)
            self._target = GroupScope(group)
        elif subaccount is not None and order_group_id is None:
            if not isinstance(subaccount, AllSubaccounts):
                checked_whole("subaccount", subaccount, least=0, most=SUBACCOUNTS)
            self._target = SubaccountScope(subaccount)
        else:
            raise InvalidRequest("a dead-man switch needs exactly one of order_group_id and subaccount")
        context.refuse_other_generation(CANCEL_ALL_ORDERS)
        self.report: ShutdownReport | None = None
        """The result; None until the block has ended."""
        self.give_up_s = checked_seconds("give_up_s", give_up_s)
        """Seconds after which it gives up, counted from the end of the block."""
        self._context = context
        self._is_entered = False
        self._feed = feed
        self._watching: asyncio.Task[None] | None = None
        self._task: asyncio.Task[ShutdownReport] | None = None

    async def __aenter__(self) -> Self:
        if self._is_entered:
            raise InvalidRequest("a dead-man switch is entered once: ask the session for another one")
        self._is_entered = True
        try:
            await self._verify()
        except KalshiError as error:
            error.add_note(f"met while the dead-man switch of {self._name} verified its scope")
            raise
        self._context.pipeline.switches.add(self._fire)
        if self._feed is not None:
            self._watching = asyncio.create_task(self._watch(self._feed), name="kalshi_async dead man's feed")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._watching is not None:
            self._watching.cancel()
        pipeline, task = self._context.pipeline, self._fire()
        try:
            canceled = await outlast([task])
        finally:
            task.cancel()  # of no effect, unless the waiting itself was interrupted
            pipeline.switches.discard(self._fire)
            pipeline.gate.open(self._target.scope)
        # KeyboardInterrupt may have met the task itself: it unwinds the event loop already.
        is_left = task.cancelled() or task.exception() is not None
        self.report = _left() if is_left else task.result()
        if not self.report.confirmed:
            raise self._unconfirmed(self.report, error or canceled) from self.report.error
        if canceled is not None:
            raise canceled

    async def _verify(self) -> None:
        """Verify the scope; what an outage may cause is tried again until ``VERIFY_S`` is over."""
        context = self._within(VERIFY_S)
        failures: list[KalshiError] = []

        async def look() -> bool:
            await self._target.verify(context)
            return True

        patient = through_failures(look, failures)
        _require(await poll(patient, context.pipeline.clock, ends_s=context.ends_s), failures)

    def _fire(self) -> asyncio.Task[ShutdownReport]:
        """Begin the shutdown, once: at the end of the block, or when the session is closed before."""
        if self._task is None:
            # Before the first await: no order gets in between the end of the block and the shutdown.
            self._context.pipeline.gate.close(self._target.scope)
            text = "shutting down %s, for up to %g s; a second Ctrl-C leaves without it"
            _log.warning(text, self._name, self.give_up_s)
            self._task = hidden_task(self._shut_down())
        return self._task

    async def _watch(self, feed: WatchedFeed) -> None:
        """Begin the shutdown once the account has not been known for too long, the block still running."""
        await feed.mirror.stale(feed.stale_s)
        _log.warning("the account has not been known for %g s", feed.stale_s)
        self._fire()

    @property
    def _name(self) -> str:
        return described(self._target.scope)

    def _within(self, seconds: float) -> Context:
        """Return the context of the switch's own requests: above all others, and over in time."""
        context, ends_s = self._context, self._context.pipeline.clock.monotonic() + seconds
        return replace(context, options=CallOptions(CALL_S), priority=Priority.KILL_SWITCH, ends_s=ends_s)

    async def _shut_down(self) -> ShutdownReport:
        pipeline, context, target = self._context.pipeline, self._within(self.give_up_s), self._target
        met: list[KalshiError] = []

        async def attempt() -> ShutdownReport | None:
            try:
                await target.shut_down(context)
            except asyncio.CancelledError as error:
                if _is_canceled():
                    raise
                # A task on which the request depends was canceled, such as one that connects.
                met.append(_interrupted(error))
            except Exception as error:  # nothing but Ctrl-C ends this before its time
                met.append(error if isinstance(error, KalshiError) else _interrupted(error))
            else:
                return ShutdownReport(True, None, pipeline.skew.now_ms() + MARGIN_MS + target.takes_ms)
            _log.warning("attempt %d to shut down %s: %s", len(met), self._name, met[-1])
            return None

        report = await poll(attempt, pipeline.clock, ends_s=context.ends_s)
        return report or ShutdownReport(False, met[-1])

    def _unconfirmed(self, report: ShutdownReport, underway: BaseException | None) -> OutcomeUnknown:
        message = f"the exchange did not confirm that {self._name} was shut down: its orders may rest"
        _log.error("%s (%s)", message, report.error)
        unknown = OutcomeUnknown(message, sent=report.error.sent if report.error is not None else None)
        if underway is not None:
            unknown.add_note(f"the block was ended by {underway!r}")
        return unknown


def _require(is_verified: bool | None, failures: list[KalshiError]) -> None:
    """Raise what the last look met, if the time is over without a verification."""
    if is_verified is None:
        raise failures[-1]


def _is_canceled() -> bool:
    """Whether this task itself was canceled, and not only what it waits for."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _interrupted(error: BaseException) -> KalshiError:
    lost = ReplyLost(f"the request was interrupted: {error!r}")
    lost.__cause__ = error
    return lost


def _left() -> ShutdownReport:
    return ShutdownReport(False, ReplyLost("a second Ctrl-C ended the shutdown"))
