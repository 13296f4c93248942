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

    ``sent`` is False while no byte has left, True once the first byte may have left, and None
    if the transport does not report it. A transport that reports calls ``report`` when it
    accepts the request, and ``leave`` directly before it writes the first byte.
    """

    __slots__ = ("_last_check", "sent")

    def __init__(self, last_check: Callable[[], None] | None = None) -> None:
        """Begin with no byte sent.

        * ``last_check``: called by ``leave``; raises to stop the request, whose scope may have
          been shut down while it waited for its connection
        """
        self._last_check = last_check
        self.sent: bool | None = False

    def report(self) -> None:
        """Note that the transport has accepted the request and will call ``leave``."""
        if self.sent is None:
            self.sent = False

    def leave(self) -> None:
        """Mark that the first byte leaves now. If ``last_check`` raises, nothing may be written."""
        if self._last_check is not None:
            self._last_check()
        self.sent = True

    async def trace(self, event: str, _: Mapping[str, object]) -> None:
        """Mark progress from httpcore's trace events: ``request.extensions["trace"]`` is this method."""
        self.report()
        if event.endswith("send_request_headers.started"):  # the last event before the first byte
            self.leave()
