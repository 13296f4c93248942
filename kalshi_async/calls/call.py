"""One call: what to send, what has happened to it so far, and how it ends badly."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec

from kalshi_async.contract.operation import Priority
from kalshi_async.errors import DeadlineExceeded, KalshiError, OutcomeUnknown
from kalshi_async.transport.progress import Progress
from kalshi_async.wire.incoming import Incoming
from kalshi_async.wire.outgoing import Outgoing

Reply = TypeVar("Reply")


@dataclass(frozen=True, slots=True)
class CallOptions:
    """What a caller may set per call or per view of a session; None means the default."""

    deadline_s: float | None = None
    max_queue_s: float | None = None


class Call(msgspec.Struct, Generic[Reply], eq=False):
    """One call. Owned by the task that makes it; every attempt sends the same bytes.

    ``read`` turns an answer into the reply or raises the error that it stands for.
    ``priority`` ranks it in every line; ``mark`` is the risk gate's when it began. ``settle`` finds out by
    reading what became of a write in doubt: it returns the reply, or the error that is
    certain now, or None when nothing is. ``doubt`` is why an attempt may have been
    executed, ``refusal`` what a later one met. ``queue_wait_s``
    is the wait for tokens of the last attempt, ``queued_s`` of all.
    """

    outgoing: Outgoing
    read: Callable[[Incoming], Reply]
    priority: Priority
    options: CallOptions
    mark: int
    settle: Callable[[Call[Reply], KalshiError], Awaitable[Reply | KalshiError | None]] | None = None
    attempts: int = 0
    started_s: float = 0.0
    queue_wait_s: float = 0.0
    queued_s: float = 0.0
    is_resynchronised: bool = False
    doubt: KalshiError | None = None
    refusal: KalshiError | None = None
    progress: Progress | None = None
    first_sent_ms: int | None = None
    last_signed_ms: int | None = None

    @property
    def sent(self) -> bool | None:
        """Whether bytes whose effect is unknown have left; None where the transport is mute."""
        progress = self.progress
        if self.doubt is not None:
            return self.doubt.sent or (progress is not None and progress.sent) or None
        if progress is None:
            return False
        return progress.sent or (False if progress.observed else None)

    def signed_at(self, now_ms: int) -> None:
        """Widen the span in which this call was signed; a clock that is corrected may jump back."""
        self.first_sent_ms = min(now_ms, self.first_sent_ms or now_ms)
        self.last_signed_ms = max(now_ms, self.last_signed_ms or now_ms)

    def mark_uncertain(self, error: KalshiError) -> None:
        """Remember that an attempt may have been executed; one that certainly left says most."""
        if self.doubt is None or not self.doubt.sent:
            self.doubt = error

    def follow(self, moved_ms: int) -> None:
        """Let the span hold on the old clock and on one that was set by ``moved_ms``.

        Ours may have been wrong all along, or theirs has just been set: nobody knows.
        """
        if self.first_sent_ms is not None and self.last_signed_ms is not None:
            self.first_sent_ms += min(0, moved_ms)
            self.last_signed_ms += max(0, moved_ms)

    def overdue(self, deadline_s: float) -> DeadlineExceeded:
        """Return the error of a call whose time is over."""
        sent = self.sent
        name = self.outgoing.operation.name
        where = "before anything was sent" if sent is False else "after bytes may have left"
        late = DeadlineExceeded(f"{name} was not done within {deadline_s:g} s; it ended {where}", sent=sent)
        late.operation = name
        return late

    def unknown(self, cause: KalshiError) -> OutcomeUnknown:
        """Return the error of a write whose fate is not known. Raise it from its cause."""
        subject = self.outgoing.subject
        keys = ", ".join(subject.client_order_ids[:3])
        name = self.outgoing.operation.name
        unknown = OutcomeUnknown(
            f"{name} may or may not have been executed: {cause}"
            + (f"; resolve client_order_id {keys} before sending again" if keys else ""),
            client_order_ids=subject.client_order_ids,
            ticker=subject.ticker,
            subaccount=subject.subaccount,
            first_sent_ms=self.first_sent_ms,
            last_signed_ms=self.last_signed_ms,
            sent=cause.sent or self.sent,
        )
        unknown.operation = name
        return unknown
