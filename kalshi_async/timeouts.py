"""The timeouts of attempts and calls, in seconds."""

from __future__ import annotations

from dataclasses import dataclass

from kalshi_async.errors import InvalidRequest


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Timeouts of one attempt, and deadlines of a whole call.

    A deadline covers queueing, signing, all attempts and reading the body.
    """

    connect_s: float = 3.0
    """One attempt: to open a connection."""
    read_s: float = 5.0
    """One attempt: until the next bytes of the reply arrive."""
    write_s: float = 5.0
    """One attempt: until the exchange takes any bytes of the request."""
    pool_s: float = 3.0
    """One attempt: until a connection becomes free."""
    read_deadline_s: float = 10.0
    """A whole call that reads."""
    write_deadline_s: float = 5.0
    """A whole call that changes something, such as placing an order."""
    max_queue_s: float | None = None
    """The longest wait for tokens; None waits until the deadline.

    It does not hold for requests that reduce risk (cancel, decrease, trigger, delete):
    they wait until the deadline in any case.
    """

    def __post_init__(self) -> None:
        for name in ("connect_s", "read_s", "write_s", "pool_s", "read_deadline_s", "write_deadline_s"):
            if not getattr(self, name) > 0:
                raise InvalidRequest(f"{name} must be above 0 seconds, was {getattr(self, name)!r}")
        if self.max_queue_s is not None and not self.max_queue_s >= 0:
            raise InvalidRequest(f"max_queue_s must be 0 or more, was {self.max_queue_s!r}")
