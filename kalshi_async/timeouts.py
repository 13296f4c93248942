"""How long to wait for what, in seconds."""

from __future__ import annotations

from dataclasses import dataclass

from kalshi_async.errors import InvalidRequest


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Limits of one attempt, and the deadlines of a whole call.

    ``connect_s``, ``read_s``, ``write_s`` and ``pool_s`` are given to the base
    transport for each attempt. ``read_deadline_s`` (reads) and ``write_deadline_s``
    (orders and other changes) span queueing, signing, all attempts and the body.
    ``max_queue_s`` is the longest wait for tokens, None waits until the deadline; what
    reduces risk (cancel, decrease, trigger, delete) waits until the deadline in any case.
    """

    connect_s: float = 3.0
    read_s: float = 5.0
    write_s: float = 5.0
    pool_s: float = 3.0
    read_deadline_s: float = 10.0
    write_deadline_s: float = 5.0
    max_queue_s: float | None = None

    def __post_init__(self) -> None:
        for name in ("connect_s", "read_s", "write_s", "pool_s", "read_deadline_s", "write_deadline_s"):
            if not getattr(self, name) > 0:
                raise InvalidRequest(f"{name} must be above 0 seconds, was {getattr(self, name)!r}")
        if self.max_queue_s is not None and not self.max_queue_s >= 0:
            raise InvalidRequest(f"max_queue_s must be 0 or more, was {self.max_queue_s!r}")
