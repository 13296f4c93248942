"""One request, from top to bottom.

    each attempt:
      admit     tokens of the operation's bucket, by priority; given back if unused
      sign      after admission, because a timestamp ages in a queue
      send      bytes out, bytes in, and how far they got
      decode    the reply, or one KalshiError
      refused?  a 429 tells every task through the bucket; then try again
    judge       not sent and refused: again; unknown: reads again, writes OutcomeUnknown

Owns the deadline: one timer over queue, signing, attempts and body.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from kalshi_async.clock import Clock
from kalshi_async.contract.operation import Idempotency, Operation
from kalshi_async.errors import (
    CredentialsError,
    DeadlineExceeded,
    KalshiError,
    OutcomeUnknown,
    RateLimited,
)
from kalshi_async.retry import RetryPolicy, Verdict, judge
from kalshi_async.signing import HeaderPairs, Signer
from kalshi_async.throttle import Grant, RateLimits, TokenBucket
from kalshi_async.timeouts import Timeouts
from kalshi_async.transport import Progress, Transport
from kalshi_async.wire import Incoming, Outgoing

Reply = TypeVar("Reply")


@dataclass(frozen=True, slots=True)
class CallOptions:
    """What a caller may set per call or per view of a session; None means the default."""

    deadline_s: float | None = None
    max_queue_s: float | None = None


@dataclass(slots=True)
class _Call:
    """What has happened to one call so far. Owned by the task that makes it."""

    started_s: float
    attempts: int = 0
    progress: Progress | None = None
    first_sent_ms: int | None = None
    last_signed_ms: int | None = None

    @property
    def sent(self) -> bool | None:
        """Whether bytes whose effect is unknown have left; None where the transport is mute."""
        if self.progress is None:
            return False
        return self.progress.sent or (False if self.progress.observed else None)


class Pipeline:
    """Takes requests to the exchange and brings back replies. Shared by all views."""

    def __init__(
        self,
        transport: Transport,
        signer: Signer,
        limits: RateLimits,
        retry: RetryPolicy,
        timeouts: Timeouts,
        clock: Clock,
        base_path: str,
    ) -> None:
        self.transport = transport
        self.limits = limits
        self.clock = clock
        self.base_path = base_path
        self._signer = signer
        self._retry = retry
        self._timeouts = timeouts

    async def call(
        self, outgoing: Outgoing, options: CallOptions, read: Callable[[Incoming], Reply]
    ) -> Reply:
        """Send until the outcome is known or the budget of attempts or time is over.

        ``read`` turns a reply into a value or raises the KalshiError that it stands for.
        """
        operation = outgoing.operation
        call = _Call(self.clock.monotonic())
        deadline_s = self._deadline_s(operation, options)
        try:
            async with asyncio.timeout(deadline_s):
                return await self._until_known(outgoing, options, read, call)
        except TimeoutError:
            late = _overdue(operation, deadline_s, call)
        except KalshiError as error:
            error.operation = operation.name
            raise
        if late.sent is False or operation.idempotency is Idempotency.SAFE:
            raise late
        raise _unknown(outgoing, call, late) from late

    async def _until_known(
        self,
        outgoing: Outgoing,
        options: CallOptions,
        read: Callable[[Incoming], Reply],
        call: _Call,
    ) -> Reply:
        while True:
            try:
                return await self._attempt(outgoing, options, read, call)
            except KalshiError as error:
                verdict = judge(outgoing.operation, error)
                if verdict is Verdict.UNKNOWN:
                    raise _unknown(outgoing, call, error) from error
                elapsed_s = self.clock.monotonic() - call.started_s
                wait_s = self._retry.next_wait_s(call.attempts, error, elapsed_s)
                if verdict is Verdict.FINAL or wait_s is None:
                    raise
            await self.clock.sleep(wait_s)

    async def _attempt(
        self,
        outgoing: Outgoing,
        options: CallOptions,
        read: Callable[[Incoming], Reply],
        call: _Call,
    ) -> Reply:
        operation = outgoing.operation
        bucket = self.limits.bucket(operation.bucket)
        cost = self.limits.costs.of(operation, self.base_path) * outgoing.items
        grant = await bucket.take(cost, operation.priority, self._max_queue_s(options))
        call.attempts += 1
        try:
            return read(await self._exchange(outgoing, bucket, grant, call))
        except RateLimited:
            bucket.refused(grant)
            call.progress = None
            raise

    async def _exchange(self, outgoing: Outgoing, bucket: TokenBucket, grant: Grant, call: _Call) -> Incoming:
        """Sign and send; whatever ends it before a byte left gives the tokens back."""
        operation = outgoing.operation
        progress = Progress()
        is_unsent = True
        try:
            headers = await self._sign(outgoing, call)
            call.progress = progress
            is_unsent = False
            return await self.transport.send(
                operation.method, outgoing.target, headers, outgoing.body, progress
            )
        except BaseException as error:
            if is_unsent or getattr(error, "sent", None) is False or _certainly_unsent(progress):
                bucket.give_back(grant)
                call.progress = None
            raise

    async def _sign(self, outgoing: Outgoing, call: _Call) -> HeaderPairs:
        operation = outgoing.operation
        now_ms = self.clock.now_ms()
        call.last_signed_ms = now_ms
        if call.first_sent_ms is None:
            call.first_sent_ms = now_ms
        if not operation.signed:
            return ()
        try:
            return await self._signer.headers(operation.method, outgoing.path, now_ms)
        except KalshiError:
            raise
        except Exception as error:  # a signer is anybody's code: an HSM may fail in its own ways
            raise CredentialsError(f"the signer failed: {type(error).__name__}") from error

    def _deadline_s(self, operation: Operation[object], options: CallOptions) -> float:
        if options.deadline_s is not None:
            return options.deadline_s
        if operation.idempotency is Idempotency.SAFE:
            return self._timeouts.read_deadline_s
        return self._timeouts.write_deadline_s

    def _max_queue_s(self, options: CallOptions) -> float | None:
        return self._timeouts.max_queue_s if options.max_queue_s is None else options.max_queue_s


def _overdue(operation: Operation[object], deadline_s: float, call: _Call) -> DeadlineExceeded:
    where = "before anything was sent" if call.sent is False else "after bytes may have left"
    late = DeadlineExceeded(
        f"{operation.name} was not done within {deadline_s:g} s; it ended {where}", sent=call.sent
    )
    late.operation = operation.name
    return late


def _certainly_unsent(progress: Progress) -> bool:
    # A transport that reports its progress and had not reported a first byte.
    return progress.observed and not progress.sent


def _unknown(outgoing: Outgoing, call: _Call, cause: KalshiError) -> OutcomeUnknown:
    operation = outgoing.operation
    keys = ", ".join(outgoing.client_order_ids[:3])
    unknown = OutcomeUnknown(
        f"{operation.name} may or may not have been executed: {cause}"
        + (f"; look for client_order_id {keys} before sending again" if keys else ""),
        client_order_ids=outgoing.client_order_ids,
        first_sent_ms=call.first_sent_ms,
        last_signed_ms=call.last_signed_ms,
        sent=cause.sent,
    )
    unknown.operation = operation.name
    return unknown
