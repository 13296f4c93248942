"""A dead-man switch: shuts a scope down when its block ends, for any reason.

    async with session.dead_man(order_group_id=group.order_group_id):
        await quote_forever(session)

When the block ends (also by an exception or a cancellation), the switch does this:

1. It refuses requests that add risk in the scope, resends included.
2. It triggers the group, or cancels the orders of the subaccount. A further cancellation does
   not interrupt that. The request has the highest priority in the queue for tokens.
3. It sets ``report``. Without a confirmation by the exchange the block raises OutcomeUnknown,
   or adds a note to the exception that ends the block.

The package installs no signal handlers by itself. ``cancel_on_signals`` is for scripts; in
FastAPI put the switch into the lifespan:

    @asynccontextmanager
    async def lifespan(app):
        async with Session.from_env() as session, session.dead_man(subaccount=0):
            app.state.session = session
            yield

Triggering a group takes effect at once and for its orders alone. Canceling a subaccount is
asynchronous at the exchange, and may also cancel orders placed in the following minute.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Literal, Self

from kalshi_async.account.risk_gate import EVERYTHING, Scope, described, group_scope, subaccount_scope
from kalshi_async.calls.context import Context
from kalshi_async.calls.polling import poll
from kalshi_async.contract.orders import CANCEL_ALL_ORDERS
from kalshi_async.errors import InvalidRequest, KalshiError, OutcomeUnknown
from kalshi_async.requests.validation import SUBACCOUNTS, checked_id, checked_whole
from kalshi_async.resources.order_groups import OrderGroups
from kalshi_async.resources.orders import AllSubaccounts, Orders

ATTEMPTS = 5  # ours: each attempt is a call with all its retries

_log = logging.getLogger("kalshi_async")


@dataclass(frozen=True, slots=True)
class ShutdownReport:
    """The result of a dead-man switch."""

    confirmed: bool
    """Whether the exchange confirmed the shutdown."""
    error: KalshiError | None = None
    """The error of the last attempt, if it was not confirmed."""


class DeadMan:
    """The switch of one scope: an async context that shuts the scope down at its end."""

    def __init__(
        self,
        context: Context,
        orders: Orders,
        order_groups: OrderGroups,
        order_group_id: str | None,
        subaccount: int | Literal[AllSubaccounts.ALL] | None,
    ) -> None:
        if (order_group_id is None) == (subaccount is None):
            raise InvalidRequest("a dead-man switch needs exactly one of order_group_id and subaccount")
        if order_group_id is not None:
            checked_id("order_group_id", order_group_id)
        if isinstance(subaccount, int):
            checked_whole("subaccount", subaccount, least=0, most=SUBACCOUNTS)
        context.refuse_other_generation(CANCEL_ALL_ORDERS)
        self.report: ShutdownReport | None = None
        """The result; None until the block has ended."""
        self._context = context
        self._orders = orders
        self._order_groups = order_groups
        self._order_group_id = order_group_id
        self._subaccount = subaccount

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        gate = self._context.pipeline.gate
        scope = self._scope()
        # Before the first await: no order gets in between the end of the block and the shutdown.
        gate.close(scope)
        try:
            self.report, canceled = await _uninterrupted(self._shut_down())
        finally:
            gate.open(scope)
        if not self.report.confirmed:
            self._report_unconfirmed(self.report, error or canceled)
        if canceled is not None:
            raise canceled

    def _report_unconfirmed(self, report: ShutdownReport, underway: BaseException | None) -> None:
        """Add a note to the exception that is raised anyway; without one raise OutcomeUnknown."""
        message = f"the exchange did not confirm that {described(self._scope())} was shut down"
        _log.error("%s: %s", message, report.error)
        if underway is None:
            raise OutcomeUnknown(message) from report.error
        underway.add_note(f"{message}: {report.error}")

    async def _shut_down(self) -> ShutdownReport:
        attempts = 0

        async def attempt() -> ShutdownReport | None:
            nonlocal attempts
            attempts += 1
            try:
                await self._send()
            except KalshiError as error:
                _log.warning("attempt %d to shut down %s: %s", attempts, described(self._scope()), error)
                return ShutdownReport(False, error) if attempts == ATTEMPTS else None
            return ShutdownReport(True)

        report = await poll(attempt, self._context.pipeline.clock, wait_s=lambda n: 0.1 * 2**n)
        assert report is not None, "without an end the polling ends with an answer alone"
        return report

    async def _send(self) -> None:
        if self._order_group_id is not None:
            await self._order_groups.trigger(self._order_group_id)
            return
        assert self._subaccount is not None, "a switch has exactly one scope"
        await self._orders.cancel_all(subaccount=self._subaccount)

    def _scope(self) -> Scope:
        if self._order_group_id is not None:
            return group_scope(self._order_group_id)
        return EVERYTHING if not isinstance(self._subaccount, int) else subaccount_scope(self._subaccount)


async def _uninterrupted(
    work: Coroutine[object, object, ShutdownReport],
) -> tuple[ShutdownReport, asyncio.CancelledError | None]:
    """Await a shutdown to its end; return its report, and the cancellation that came meanwhile."""
    task = asyncio.ensure_future(work)
    canceled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as error:
            canceled = error  # raised by the caller once the shutdown has ended
    return task.result(), canceled


@asynccontextmanager
async def cancel_on_signals(
    signals: Sequence[signal.Signals] = (signal.SIGINT, signal.SIGTERM),
) -> AsyncIterator[None]:
    """Cancel this task when a signal arrives, as long as the block runs. For scripts only.

    Call it in the main thread: Python handles signals there alone.

    Windows: its event loops have no signal handlers, so the handlers of the ``signal`` module are
    used, and the former ones are restored at the end of the block. Tried on Linux with a loop that
    refuses signal handlers as those do; not tried on Windows itself. On Windows, Ctrl-C is SIGINT,
    and ``terminate`` of a subprocess sends no signal.
    """
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()
    with ExitStack() as installed:
        for number in signals:
            installed.callback(_on_signal(loop, number, task.cancel if task is not None else lambda: None))
        yield


def _on_signal(
    loop: asyncio.AbstractEventLoop, number: signal.Signals, act: Callable[[], object]
) -> Callable[[], object]:
    """Call ``act`` on the loop at every signal; return the function that ends this."""
    try:
        loop.add_signal_handler(number, act)
    except NotImplementedError:
        former = signal.signal(number, lambda *_: loop.call_soon_threadsafe(act))
        # None stands for a handler that was not installed from Python, and cannot be restored.
        return partial(signal.signal, number, signal.SIG_DFL if former is None else former)
    return partial(loop.remove_signal_handler, number)
