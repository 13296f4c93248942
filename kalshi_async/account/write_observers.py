"""Who is told of every write of an account: a mirror, in which own replies count at once.

The list belongs to the account, as its buckets do: it is ``RateLimits.observers``, and every session
that shares ``rate_limits=`` tells it. Without an observer a request costs nothing more.
"""

from __future__ import annotations

from typing import Protocol


class WriteObserver(Protocol):
    """Is told of writes. Must not raise, and must not wait."""

    def began(self, call: object) -> None:
        """Take a call (``kalshi_async.calls.call.Call``) before anything of it is sent."""
        ...

    def ended(self, call: object, reply: object, error: BaseException | None) -> None:
        """Take the reply to a call, or the error or the cancellation that ended it."""
        ...
