"""What a stream says about itself: its connection, and how late its frames are."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Phase(Enum):
    """What a stream is doing."""

    CONNECTING = "connecting"
    LIVE = "live"
    DOWN = "down"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class StreamState:
    """State of a stream's connection."""

    phase: Phase
    """What it is doing; LIVE: connected, see ``Stream.live`` for its subscriptions."""
    since_ms: int
    """Since when, in Unix milliseconds of the exchange's clock."""
    attempts: int = 0
    """Failed attempts to connect since it was last live."""
    last_error: str = ""
    """What ended the connection or the last attempt."""


@dataclass(slots=True)
class Latency:
    """How old frames are when they are handled, by ``sending_ts_ms`` and the clock of the session."""

    last_ms: int | None = None
    """Of the newest frame, in milliseconds; None before the first."""
    worst_ms: int = 0
    """Of all frames since the stream was opened."""
