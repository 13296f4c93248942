"""Typed events for observers: metrics, traces, alarms. They hold no key and no signature.

A hook is called on the event loop and must not block. An exception of a hook is logged and
not raised: an observer never breaks a call.
"""

from __future__ import annotations

import logging
from asyncio import CancelledError
from collections.abc import Callable
from dataclasses import dataclass
from inspect import iscoroutinefunction
from typing import TypeVar

from kalshi_async.errors import InvalidRequest

_log = logging.getLogger("kalshi_async")

Event = TypeVar("Event")


@dataclass(frozen=True, slots=True)
class WaitEvent:
    """A request waited for tokens, and has taken them now."""

    operation: str
    """The name of the operation, such as "create_order"."""
    attempt: int
    """The number of the attempt within its call, from 1."""
    queue_wait_s: float
    """Seconds that this attempt waited for its tokens."""
    tokens_left: float
    """Tokens in the bucket after the request took its own; of "balance", calls."""
    bucket: str
    """The bucket that pays: "read", "write", "write (shard 2)" or "balance"."""


@dataclass(frozen=True, slots=True)
class AttemptEvent:
    """A request is about to be sent.

    ``operation``, ``attempt``, ``tokens_left`` and ``bucket`` are as in ``WaitEvent``.
    """

    operation: str
    attempt: int
    queue_wait_s: float
    """Seconds that this attempt waited for its tokens; 0 without a wait."""
    tokens_left: float
    skew_ms: int
    """The exchange's clock less this machine's, in milliseconds."""
    bucket: str


@dataclass(frozen=True, slots=True)
class ReplyEvent:
    """An attempt has ended: with a reply, an error, or the cancellation of its task.

    ``operation`` and ``attempt`` are as in ``WaitEvent``.
    """

    operation: str
    attempt: int
    status: int | None
    """The HTTP status of the reply, or None without one."""
    error: BaseException | None
    """The error that ended the attempt without a reply, or None."""
    sent: bool | None
    """Whether bytes of the request have left; None: not known."""
    duration_s: float
    """Seconds for signing, sending and the reply, without the wait for tokens."""


@dataclass(frozen=True, slots=True)
class ConnectionEvent:
    """The connection of a stream has changed."""

    phase: str
    """"connecting", "live", "down" or "closed"."""
    attempts: int
    """Failed attempts to connect since it was last live."""
    error: str
    """What ended the connection or the last attempt; empty if nothing did."""


@dataclass(frozen=True, slots=True)
class GapEvent:
    """Readers of a stream were told that events may be missing."""

    count: int
    """Breaks, one for each channel that was concerned."""
    reason: str
    """What broke: "connection lost", or "frames" for the frames of a connection that lives on."""


@dataclass(frozen=True, slots=True)
class LagEvent:
    """Frames of a stream are handled late; told at most once a second."""

    late_ms: int
    """How old the newest frame was, in milliseconds, by the exchange's time of sending."""


@dataclass(frozen=True, slots=True)
class Hooks:
    """Observers of a session; each may be None."""

    on_wait: Callable[[WaitEvent], None] | None = None
    """Called after a request has waited for tokens."""
    on_attempt: Callable[[AttemptEvent], None] | None = None
    """Called before each attempt is sent."""
    on_reply: Callable[[ReplyEvent], None] | None = None
    """Called when an attempt has ended, also by an error or a cancellation."""
    on_connection: Callable[[ConnectionEvent], None] | None = None
    """Called when the connection of a stream has changed."""
    on_gap: Callable[[GapEvent], None] | None = None
    """Called when readers of a stream were told of a break."""
    on_lag: Callable[[LagEvent], None] | None = None
    """Called when frames of a stream are handled more than a second after they were sent."""

    def __post_init__(self) -> None:
        for name in self.__dataclass_fields__:
            if iscoroutinefunction(getattr(self, name)):
                raise InvalidRequest(f"{name} must be a plain function: a coroutine would never be awaited")


def tell(observer: Callable[[Event], None], event: Event) -> None:
    """Call an observer; log an exception of it, and do not raise it."""
    try:
        observer(event)
    # An observer is the user's code and must never break a call. A CancelledError of it, such as
    # that of a future that it asks, would look like the cancellation of the call.
    except (Exception, CancelledError):
        _log.exception("a hook failed on %s", type(event).__name__)
