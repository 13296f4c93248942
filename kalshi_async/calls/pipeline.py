"""One request, from top to bottom.

    each attempt:
      admit     tokens of the operation's bucket, by priority; given back if unused
      gate      refuse what a kill switch forbids: new risk, and resends of recalled orders
      sign      after admission, because a timestamp ages in a queue
      send      bytes out, bytes in, and how far they got
      read      the reply, or one KalshiError
      refused?  a 429 clamps the bucket, so that all tasks wait
    judge       after an error: send again, settle by reading, or raise; see ``retry.judge``

Owns the deadline: one timer over queue, signing, attempts, body and settling.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from kalshi_async.account.rate_limits import RateLimits
from kalshi_async.account.throttle import Reservation, TokenBucket
from kalshi_async.calls.call import Call, Refused, Settled, Settlement
from kalshi_async.calls.polling import settle
from kalshi_async.calls.retry import NOT_EXECUTED, RetryPolicy, Verdict, certain, judge
from kalshi_async.clock import Clock
from kalshi_async.contract.operation import Idempotency, Priority
from kalshi_async.errors import KalshiError, RateLimited, Unauthorized
from kalshi_async.hooks import AttemptEvent, Hooks, ReplyEvent, WaitEvent, tell
from kalshi_async.requests.grid import KnownGrids
from kalshi_async.signing.signer import Signer
from kalshi_async.signing.skew import Skew
from kalshi_async.signing.source import SignatureSource
from kalshi_async.timeouts import Timeouts
from kalshi_async.transport.base import Transport
from kalshi_async.transport.progress import Progress, silences_s
from kalshi_async.wire.incoming import Incoming

Reply = TypeVar("Reply")

_log = logging.getLogger("kalshi_async")

MOST_RESYNCHRONISATIONS = 2
"""Corrections of the clock within one call (ours): to learn an offset, and to give one up."""

RESENDS_BEFORE_LOOKING = 2
"""Failed resends of a write in doubt before its pauses are used for reading (ours): a resend costs less."""


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
        hooks: Hooks | None = None,
    ) -> None:
        self.transport, self.limits = transport, limits
        self.clock = clock
        self.skew = Skew(clock)
        self.grids = KnownGrids()
        self.gate = limits.gate
        # Dead-man switches whose block has not ended: each shuts its scope down, once. Closing calls them.
        self.switches: set[Callable[[], asyncio.Task[object]]] = set()
        self.closed_first: set[Callable[[], Awaitable[None]]] = set()  # streams that are open
        self.base_path = base_path
        self.signatures = SignatureSource(signer, self.skew)
        self._running = 0
        self._retry, self.timeouts, self.hooks = retry, timeouts, hooks or Hooks()

    async def run(self, call: Call[Reply]) -> Reply:
        """Send until the outcome is known or the time is over."""
        self.transport.refuse_other_loop()
        operation = call.outgoing.operation
        self.gate.recall_by(call.outgoing)
        deadline_s = call.deadline_s = self._deadline_s(call)
        self._running += 1
        try:
            async with asyncio.timeout(deadline_s):
                call.started_s = self.clock.monotonic()
                return await self._until_known(call)
        except TimeoutError:
            late = call.last_or(call.overdue(deadline_s)).about(call.outgoing)
        except KalshiError as error:
            named = self.grids.advised(error.about(call.outgoing))
            if named is error:
                raise
            raise named from error.__cause__
        except Exception as error:  # of a clock or another part that callers hand in: never escapes bare
            late = call.failed(error)
        finally:
            self._running -= 1
        if call.sent is False or operation.idempotency is Idempotency.SAFE:
            raise late
        cause = call.refusal or late
        raise call.unknown(cause) from cause

    async def _until_known(self, call: Call[Reply]) -> Reply:
        operation = call.outgoing.operation
        while True:
            try:
                return await self._attempt(call)
            except KalshiError as error:
                if self._resynchronised(call, error):
                    continue
                call.remember(error, may_be_executed=not isinstance(error, NOT_EXECUTED))
                verdict = judge(operation, error, in_doubt=call.doubt is not None)
                if verdict is Verdict.FINAL:
                    raise
                if verdict in (Verdict.UNKNOWN, Verdict.RESEND):
                    call.mark_uncertain(error)
                if verdict is Verdict.SETTLE and call.asks_again:
                    verdict = Verdict.RESEND
                may_send = verdict in (Verdict.AGAIN, Verdict.RESEND) and not call.is_to_be_divided(error)
                wait_s = self.next_wait_s(call, error) if may_send else None
                if wait_s is None:
                    if call.doubt is None and verdict is not Verdict.SETTLE:
                        raise
                    return await self._settled(call, error)
                told = error.about(call.outgoing)
                _log.info("%s attempt %d: %s; next in %.3f s", operation.name, call.attempts, told, wait_s)
                settled = await self._pause(call, error, wait_s)
            if settled is not None:
                return settled.reply

    async def _pause(self, call: Call[Reply], error: KalshiError, wait_s: float) -> Settled[Reply] | None:
        """Wait before the next attempt; once resends have failed too, use the time for a look."""
        if call.settler is None or call.resends < RESENDS_BEFORE_LOOKING:
            await self.clock.sleep(wait_s)
            return None
        ends_s = self.clock.monotonic() + wait_s
        found: Settlement[Reply] = None
        try:
            async with asyncio.timeout(wait_s):
                found = await call.settler.look(call.doubt_about(error))
        except (TimeoutError, KalshiError) as trouble:
            _log.info("%s: looking failed: %r", call.outgoing.subject, trouble)
        if isinstance(found, Settled):
            return found
        await self.clock.sleep(ends_s - self.clock.monotonic())
        return None

    async def _attempt(self, call: Call[Reply]) -> Reply:
        outgoing = call.outgoing
        bucket = self.limits.bucket(outgoing.operation.bucket, outgoing.shard or outgoing.operation.shard)
        cost = self.limits.cost(outgoing.operation, self.base_path, outgoing.items)
        reservation, call.paid = call.paid, None
        if reservation is None:
            call.queue_wait_s = 0.0
            reservation = bucket.take_now(cost, outgoing.priority) or await self._queued(call, bucket, cost)
        call.attempts += 1
        try:
            return call.read(await self._exchange(call, bucket, reservation))
        except RateLimited:
            if bucket.refused(reservation):
                self.limits.contradicted_by(bucket)
            raise

    async def _queued(self, call: Call[Reply], bucket: TokenBucket, cost: float) -> Reservation:
        asked_s = self.clock.monotonic()
        patience_s, is_batch = self._patience_s(call), call.outgoing.items > 1
        reservation = await bucket.take(cost, call.outgoing.priority, patience_s, is_batch=is_batch)
        self.waited(call, bucket, self.clock.monotonic() - asked_s)
        return reservation

    def waited(self, call: Call[Reply], bucket: TokenBucket, wait_s: float) -> None:
        """Note how long the next attempt of a call has waited for its tokens, and tell the hook."""
        call.queue_wait_s = wait_s
        call.queued_s += wait_s
        if self.hooks.on_wait is not None:
            event = WaitEvent(call.outgoing.name, call.attempts + 1, wait_s, bucket.tokens(), bucket.name)
            tell(self.hooks.on_wait, event)

    async def _exchange(self, call: Call[Reply], bucket: TokenBucket, reservation: Reservation) -> Incoming:
        """Sign and send. The tokens are given back if the attempt ends before a byte has left."""
        outgoing = call.outgoing
        left_s = call.deadline_s
        if call.attempts > 1 or call.queued_s > 0:  # otherwise no time has passed yet
            left_s -= self.clock.monotonic() - call.started_s
        progress = Progress(call.permit.check, *silences_s(outgoing, self.timeouts, left_s))
        began_s = 0.0 if self.hooks.on_reply is None else self.clock.monotonic()
        try:
            call.permit.check()
            signed = self.signatures.at_once(outgoing.operation, outgoing.path, is_alone=self._running == 1)
            if signed is None:
                signed = await self.signatures.in_turn(
                    outgoing.operation.method, outgoing.path, outgoing.priority
                )
                # Once more: a scope may have been shut down while a slow signer was at work.
                call.permit.check()
            self._tell_attempt(call, bucket)
            call.signed_at(signed.now_ms)
            call.offset_ms = self.skew.offset_ms
            call.progress = progress
            incoming = await self.transport.send(outgoing, signed.headers, progress)
        except BaseException as error:
            if progress.sent is False:
                bucket.give_back(reservation)
                call.progress = None
            self._tell_reply(call, None, error, progress.sent, began_s)
            raise
        if self.hooks.on_reply is not None:
            self._tell_reply(call, incoming.status, None, True, began_s)
        return incoming

    async def _settled(self, call: Call[Reply], refusal: KalshiError) -> Reply:
        """Find out by reading what became of a write in doubt, when nothing more may be sent."""
        call.refusal = refusal
        found = await settle(call.settler, call.doubt_about(refusal), self.clock) if call.settler else None
        if isinstance(found, Settled):
            return found.reply
        if isinstance(found, Refused):
            raise certain(found.error, refusal, call.sent)
        raise call.unknown(refusal) from refusal

    def _resynchronised(self, call: Call[Reply], error: KalshiError) -> bool:
        """Whether a timestamp was refused, and the clock has another offset now with which to try again."""
        if not isinstance(error, Unauthorized) or error.code != "header_timestamp_expired":
            return False
        is_enough = call.resynchronised == MOST_RESYNCHRONISATIONS
        if is_enough or not self.skew.correct(call.offset_ms, error.header(b"date")):
            return False
        call.resynchronised += 1
        if call.doubt is None:
            call.first_sent_ms = call.last_signed_ms = None  # they were on the wrong clock
            call.progress = None  # refused: nothing that left had an effect
        call.follow(self.skew.offset_ms - call.offset_ms)
        _log.warning("a timestamp was refused: signing %d ms ahead of this machine", self.skew.offset_ms)
        return True

    def next_wait_s(self, call: Call[Reply], error: KalshiError) -> float | None:
        """Return the seconds until the next attempt; None: no attempt may follow."""
        if call.permit.is_recalled:
            return None
        elapsed_s = self.clock.monotonic() - call.started_s
        wait_s = self._retry.next_wait_s(call.attempts, error, elapsed_s, call.deadline_s - elapsed_s)
        patience_s = self._patience_s(call)
        if wait_s is None or patience_s is None or not isinstance(error, RateLimited):
            return wait_s
        # The wait after a 429 is one for tokens too: it ages a quote as the queue does.
        wait_s = min(wait_s, patience_s)
        call.queued_s += wait_s
        return wait_s

    def _patience_s(self, call: Call[Reply]) -> float | None:
        """Return the seconds that a call may still wait for tokens; None: without limit.

        A request that reduces risk has no limit: it is as useful late as early.
        """
        longest_s = call.options.max_queue_s
        if longest_s is None:
            longest_s = self.timeouts.max_queue_s
        if longest_s is None or call.outgoing.priority <= Priority.RISK_REDUCING:
            return None
        return max(0.0, longest_s - call.queued_s)

    def _deadline_s(self, call: Call[Reply]) -> float:
        """Return the seconds that a call may take in all."""
        given_s, times = call.options.deadline_s, self.timeouts
        is_read = call.outgoing.operation.idempotency is Idempotency.SAFE
        default_s = times.read_deadline_s if is_read else times.write_deadline_s
        return default_s if given_s is None else given_s

    def _tell_attempt(self, call: Call[Reply], bucket: TokenBucket) -> None:
        if self.hooks.on_attempt is None:
            return
        name, offset_ms, left = call.outgoing.operation.name, self.skew.offset_ms, bucket.tokens()
        attempt = AttemptEvent(name, call.attempts, call.queue_wait_s, left, offset_ms, bucket.name)
        tell(self.hooks.on_attempt, attempt)

    def _tell_reply(
        self,
        call: Call[Reply],
        status: int | None,
        error: BaseException | None,
        sent: bool | None,
        began_s: float,
    ) -> None:
        if self.hooks.on_reply is None:
            return
        took_s = self.clock.monotonic() - began_s
        reply = ReplyEvent(call.outgoing.operation.name, call.attempts, status, error, sent, took_s)
        tell(self.hooks.on_reply, reply)
