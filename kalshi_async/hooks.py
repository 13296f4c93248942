"""Typed events for observers: metrics, traces, alarms. They see no key and no signature.

A hook is called on the event loop and must not block. What it raises is logged and
goes no further: an observer never breaks a call.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

_log = logging.getLogger("kalshi_async")

Event = TypeVar("Event")


@dataclass(frozen=True, slots=True)
class WaitEvent:
    """A request had to wait for tokens. ``queue_wait_s`` seconds, ``tokens_left`` after it.

    ``operation`` is its name, such as "create_order"; ``attempt`` counts from 1.
    """

    operation: str
    attempt: int
    queue_wait_s: float
    tokens_left: float


@dataclass(frozen=True, slots=True)
class AttemptEvent:
    """A request is about to be sent. ``skew_ms`` is the exchange's clock less ours.

    ``operation``, ``attempt``, ``queue_wait_s`` and ``tokens_left`` as in ``WaitEvent``.
    """

    operation: str
    attempt: int
    queue_wait_s: float
    tokens_left: float
    skew_ms: int


@dataclass(frozen=True, slots=True)
class ReplyEvent:
    """An ``attempt`` of an ``operation`` has ended: with a ``status``, or an ``error`` and no answer.

    ``sent`` says whether bytes had left (None: not known), also when the awaiting task
    was canceled. ``duration_s`` spans signing, sending and the reply.
    """

    operation: str
    attempt: int
    status: int | None
    error: BaseException | None
    sent: bool | None
    duration_s: float


@dataclass(frozen=True, slots=True)
class Hooks:
    """Observers of a session; each may be None.

    ``on_wait`` is called when tokens were waited for, ``on_attempt`` before each sending, and
    ``on_reply`` when an attempt has ended, in whatever way.
    """

    on_wait: Callable[[WaitEvent], None] | None = None
    on_attempt: Callable[[AttemptEvent], None] | None = None
    on_reply: Callable[[ReplyEvent], None] | None = None


def tell(observer: Callable[[Event], None], event: Event) -> None:
    """Call an observer; its mistakes are logged and forgotten."""
    try:
        observer(event)
    except Exception:  # an observer is the user's code and must never break a call
        _log.exception("a hook failed on %s", type(event).__name__)
