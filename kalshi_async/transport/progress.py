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

    A transport that marks it sets ``observed`` when it takes the request over, and calls
    ``leave`` before it hands over the first byte: from there on nobody knows. ``last_check``
    is asked then, for a request may have waited long for its connection; it raises to stop it.
    """

    __slots__ = ("_last_check", "observed", "sent")

    def __init__(self, last_check: Callable[[], None] | None = None) -> None:
        self._last_check = last_check
        self.observed = False
        self.sent = False

    def leave(self) -> None:
        """Mark that the first byte leaves now; raises what forbids it, and then none may."""
        if self._last_check is not None:
            self._last_check()
        self.sent = True

    @property
    def is_certainly_unsent(self) -> bool:
        """Whether the transport reports its progress and had not reported a first byte."""
        return self.observed and not self.sent

    async def trace(self, event: str, _: Mapping[str, object]) -> None:
        """Follow httpcore's events; the first header written is the point of no return."""
        self.observed = True
        if event.endswith("send_request_headers.started"):
            self.leave()
