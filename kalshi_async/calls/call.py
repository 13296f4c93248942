"""One call: the request, the state of its attempts, and the errors that end it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator
from dataclasses import dataclass
from typing import Generic, Protocol, TypeAlias, TypeVar

import msgspec

from kalshi_async.account.risk_gate import Permit
from kalshi_async.account.throttle import Reservation
from kalshi_async.errors import DeadlineExceeded, KalshiError, OutcomeUnknown, RateLimited
from kalshi_async.transport.progress import Progress
from kalshi_async.wire.incoming import Incoming
from kalshi_async.wire.outgoing import Outgoing

Reply = TypeVar("Reply")
Found = TypeVar("Found", covariant=True)


@dataclass(frozen=True, slots=True)
class CallOptions:
    """Options of one call, or of all calls of a view of a session; None means the default."""

    deadline_s: float | None = None
    """Seconds that the whole call may take."""
    max_queue_s: float | None = None
    """Seconds that it may wait for tokens."""


class Doubt(msgspec.Struct, frozen=True):
    """A write that may have been executed, with all that a settler needs to look for it."""

    first_sent_ms: int
    """The earliest timestamp that an attempt was signed with, on the exchange's clock."""
    last_signed_ms: int
    """The latest timestamp that an attempt was signed with."""
    refusal: KalshiError
    """The error of the last attempt."""
    refused_signed_ms: int | None = None
    """The timestamp of the last attempt; None: it is ``last_signed_ms``."""
    ends_s: float | None = None
    """When the time for looking is over, on the monotonic clock; None: each read has its own deadline."""


class Settled(msgspec.Struct, Generic[Found], frozen=True):
    """The write was executed: ``reply`` stands for the lost answer, with the fields that reads give."""

    reply: Found


class Refused(msgspec.Struct, frozen=True):
    """The write was certainly not executed; ``error`` says why."""

    error: KalshiError


class Unprovable(msgspec.Struct, frozen=True):
    """No read can show whether the write was executed; the settler need not look again."""


Settlement: TypeAlias = Settled[Found] | Refused | Unprovable | None
"""The result of one look. None: not known yet, and a later look may show it."""


class Settler(Protocol[Found]):
    """Finds out by reading whether a write was executed. Each kind of write has one; it is frozen."""

    async def look(self, doubt: Doubt) -> Settlement[Found]:
        """Read once and say what that shows."""
        ...


class Call(msgspec.Struct, Generic[Reply], eq=False):
    """One call; awaiting it sends it. Owned by the task that makes it.

    Every attempt sends the same bytes.
    """

    outgoing: Outgoing
    read: Callable[[Incoming], Reply]
    """Decodes an answer into the reply, or raises the one error that describes it."""
    options: CallOptions
    permit: Permit
    run: Callable[[Call[Reply]], Coroutine[object, object, Reply]]
    """``Pipeline.run``, which sends this call."""
    settler: Settler[Reply] | None = None
    """Finds out by reading whether the write was executed; None: this kind has no settler."""
    asks_again: bool = False
    """Whether a refusal after an attempt in doubt is asked again: no read shows the effect."""
    is_divisible: bool = False
    """Whether a 429 ends it: its maker sends its items again in smaller pieces."""
    paid: Reservation | None = None
    """Tokens that its maker has taken for the first attempt; the pipeline takes it from here."""
    attempts: int = 0
    started_s: float = 0.0
    deadline_s: float = 0.0
    """The seconds from ``started_s`` that the whole call may take."""
    queue_wait_s: float = 0.0
    """Seconds that the last attempt waited for tokens."""
    queued_s: float = 0.0
    """The wait for tokens of all attempts."""
    resynchronised: int = 0
    """Attempts that were refused for their timestamp, and led to another offset of the clock."""
    offset_ms: int = 0
    """The offset to the exchange's clock with which the last attempt was signed."""
    last: KalshiError | None = None
    """The error of the last attempt."""
    resends: int = 0
    """Attempts that failed after one that may have been executed."""
    doubt: KalshiError | None = None
    """The error of an attempt that may have been executed; None while there is no such attempt."""
    refusal: KalshiError | None = None
    """The refusal of an attempt that was made after the one in doubt."""
    progress: Progress | None = None
    """How far the last attempt got; None if that attempt certainly had no effect."""
    first_sent_ms: int | None = None
    last_signed_ms: int | None = None
    span_before: tuple[int | None, int | None] = (None, None)
    """The span of signed times without the last attempt."""
    refused_signed_ms: int | None = None
    """When the last attempt was signed."""

    def __await__(self) -> Generator[object, None, Reply]:
        return self.run(self).__await__()

    @property
    def sent(self) -> bool | None:
        """Whether bytes of an attempt that may have been executed have left; None: not known."""
        progress = self.progress
        if self.doubt is not None:
            return self.doubt.sent or (progress is not None and progress.sent) or None
        return False if progress is None else progress.sent

    @property
    def ends_s(self) -> float:
        """When its time is over, on the monotonic clock."""
        return self.started_s + self.deadline_s

    def is_to_be_divided(self, error: KalshiError) -> bool:
        """Whether its items are sent in smaller pieces after a 429: none of them has been executed."""
        return self.is_divisible and self.doubt is None and isinstance(error, RateLimited)

    def signed_at(self, now_ms: int) -> None:
        """Widen the span of signed times to include ``now_ms``; a corrected clock may have gone back."""
        self.span_before = self.first_sent_ms, self.last_signed_ms
        self.refused_signed_ms = now_ms
        self.first_sent_ms = min(now_ms, self.first_sent_ms or now_ms)
        self.last_signed_ms = max(now_ms, self.last_signed_ms or now_ms)

    def remember(self, error: KalshiError, *, may_be_executed: bool) -> None:
        """Remember how the last attempt ended, and whether it may have been executed."""
        self.last = error
        if not may_be_executed:
            self.progress = None
            self.first_sent_ms, self.last_signed_ms = self.span_before
        self.resends += self.doubt is not None

    def mark_uncertain(self, error: KalshiError) -> None:
        """Remember the error of an attempt that may have been executed.

        An error with ``sent`` True is kept: a later one cannot be more certain.
        """
        if self.doubt is None or not self.doubt.sent:
            self.doubt = error

    def follow(self, moved_ms: int) -> None:
        """Widen the span of signed times, because the known offset of the clocks moved by ``moved_ms``.

        Either our clock was wrong before too, or the exchange's clock has just been set. The
        span must be right in both cases.
        """
        if self.first_sent_ms is not None and self.last_signed_ms is not None:
            self.first_sent_ms += min(0, moved_ms)
            self.last_signed_ms += max(0, moved_ms)

    def doubt_about(self, refusal: KalshiError) -> Doubt:
        """Return what a settler needs, for this call or for one leg of a batch."""
        return Doubt(
            self.first_sent_ms or 0, self.last_signed_ms or 0, refusal, self.refused_signed_ms, self.ends_s
        )

    def overdue(self, deadline_s: float) -> DeadlineExceeded:
        """Return the error of a call whose deadline has passed."""
        sent = self.sent
        where = "before anything was sent" if sent is False else "after bytes may have left"
        return DeadlineExceeded(
            f"{self.outgoing.name} was not done within {deadline_s:g} s; it ended {where}", sent=sent
        )

    def last_or(self, late: DeadlineExceeded) -> KalshiError:
        """Return the error of the last attempt, with a note that the time is over; ``late`` without one."""
        if self.last is None:
            return late
        error = self.last.replace()
        error.add_note(str(late))
        return error

    def failed(self, error: Exception) -> KalshiError:
        """Return the error for an exception that is none of ours. Its text may be secret: not shown."""
        failed = KalshiError(
            f"{self.outgoing.name} failed within this program: {type(error).__name__}", sent=self.sent
        ).with_advice("see the exception that caused this error")
        failed.__cause__ = error
        return failed.about(self.outgoing)

    def unknown(self, cause: KalshiError, outgoing: Outgoing | None = None) -> OutcomeUnknown:
        """Return the error of this write, or of one leg of it, when its fate is not known."""
        return OutcomeUnknown.of(
            outgoing or self.outgoing,
            cause=cause,
            first_sent_ms=self.first_sent_ms,
            last_signed_ms=self.last_signed_ms,
            sent=cause.sent or self.sent,
        )
