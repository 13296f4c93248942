"""How far one attempt got, and how urgent it is: what pipeline and transport tell each other.

Both travel in ``request.extensions``, so that any httpx transport may stand between
them. One that does not know the keys ignores them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

PROGRESS = "kalshi_async.transport.progress"
"""Under this key a transport finds the ``Progress`` to mark."""

PRIORITY = "kalshi_async.priority"
"""Under this key it finds the ``Priority`` by which those who wait for a connection are served."""


class Progress:
    """How far one attempt got. The transport marks it; the pipeline reads it.

    ``sent`` is the one place that says what is certain: False, no byte has left; True, the
    first byte has left; None, the transport does not say. A transport that reports calls
    ``report`` when it takes the request over, and ``leave`` right before it hands over the
    first byte. ``last_check`` runs then, because a request may have waited long for its
    connection; it raises to stop the request.
    """

    __slots__ = ("_last_check", "sent")

    def __init__(self, last_check: Callable[[], None] | None = None) -> None:
        self._last_check = last_check
        self.sent: bool | None = False

    def report(self) -> None:
        """Begin to report: the transport has the request and will say when its first byte leaves."""
        if self.sent is None:
            self.sent = False

    def leave(self) -> None:
        """Mark that the first byte leaves now; raises what forbids it, and then none may."""
        if self._last_check is not None:
            self._last_check()
        self.sent = True

    async def trace(self, event: str, _: Mapping[str, object]) -> None:
        """Follow httpcore's events; the first header written is the point of no return."""
        self.report()
        if event.endswith("send_request_headers.started"):
            self.leave()
