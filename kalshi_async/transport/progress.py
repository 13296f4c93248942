"""The progress of one attempt, and its priority: shared by the pipeline and the transport.

Both are passed in ``request.extensions``, so that they get through any httpx transport that
is wrapped around ours. A transport that does not know the keys ignores them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

PROGRESS = "kalshi_async.transport.progress"
"""The key of the ``Progress`` that a transport marks."""

PRIORITY = "kalshi_async.priority"
"""The key of the request's ``Priority``: the order in which requests get a connection."""


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
        """``last_check`` is called by ``leave`` and raises to stop the request.

        The request may have waited long for its connection, and its scope been shut down
        meanwhile.
        """
        self._last_check = last_check
        self.sent: bool | None = False

    def report(self) -> None:
        """Begin to report: the transport has the request and will say when its first byte leaves."""
        if self.sent is None:
            self.sent = False

    def leave(self) -> None:
        """Mark that the first byte leaves now. Raises if the last check refuses: then write nothing."""
        if self._last_check is not None:
            self._last_check()
        self.sent = True

    async def trace(self, event: str, _: Mapping[str, object]) -> None:
        """Follow httpcore's events; the first header written is the point of no return."""
        self.report()
        if event.endswith("send_request_headers.started"):
            self.leave()
