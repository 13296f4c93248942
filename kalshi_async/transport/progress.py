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

    A transport that supports it sets ``observed`` when it accepts the request, and calls
    ``leave`` before it writes the first byte. From then on the exchange may have received
    the request.
    """

    __slots__ = ("_last_check", "observed", "sent")

    def __init__(self, last_check: Callable[[], None] | None = None) -> None:
        """``last_check`` is called by ``leave`` and raises to stop the request.

        The request may have waited long for its connection, and its scope been shut down
        meanwhile.
        """
        self._last_check = last_check
        self.observed = False
        """Whether the transport reports its progress here."""
        self.sent = False
        """Whether the first byte may have left."""

    def leave(self) -> None:
        """Mark that the first byte leaves now. Raises if the last check refuses: then write nothing."""
        if self._last_check is not None:
            self._last_check()
        self.sent = True

    @property
    def is_certainly_unsent(self) -> bool:
        """Whether the transport reports its progress, and no byte has left."""
        return self.observed and not self.sent

    async def trace(self, event: str, _: Mapping[str, object]) -> None:
        """Mark progress from httpcore's trace events: ``request.extensions["trace"]`` is this method."""
        self.observed = True
        if event.endswith("send_request_headers.started"):  # the last event before the first byte
            self.leave()
