"""The progress of one attempt, and its priority: shared by the pipeline and the transport.

Both are passed in ``request.extensions``, so that they get through any httpx transport that
is wrapped around ours. A transport that does not know the keys ignores them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from kalshi_async.contract.operation import Idempotency, Priority
from kalshi_async.timeouts import (
    LEAST_SILENCE_S,
    SILENCE,
    SILENCE_NEW,
    SILENCE_ONCE,
    SILENCE_REDUCING_RISK,
    Timeouts,
)
from kalshi_async.wire.outgoing import Outgoing

PROGRESS = "kalshi_async.transport.progress"
"""The key of the ``Progress`` that a transport marks."""

PRIORITY = "kalshi_async.priority"
"""The key of the request's ``Priority``: the order in which requests get a connection."""


class Progress:
    """How far one attempt got. The transport marks it; the pipeline reads it.

    ``sent`` is False while no byte has left, True once the first byte may have left, and None
    if the transport does not report it. A transport that reports calls ``report`` when it
    accepts the request, and ``leave`` directly before it writes the first byte.

    ``is_whole`` is False if the reply came while part of the request had not left, and that part
    never will. Only our own transport knows that; with any other it stays True.
    """

    __slots__ = ("_last_check", "is_whole", "new_silence_s", "sent", "silence_s")

    def __init__(
        self,
        last_check: Callable[[], None] | None = None,
        silence_s: float | None = None,
        new_silence_s: float | None = None,
    ) -> None:
        """Begin with no byte sent.

        * ``last_check``: called by ``leave``; raises to stop the request, whose scope may have
          been shut down while it waited for its connection
        * ``silence_s``: the longest wait for the first bytes of the reply on a connection that has
          answered before; None sets no limit of its own
        * ``new_silence_s``: the same on a new connection
        """
        self._last_check = last_check
        self.sent: bool | None = False
        self.silence_s = silence_s
        self.new_silence_s = new_silence_s
        self.is_whole = True

    def report(self) -> None:
        """Note that the transport has accepted the request and will call ``leave``."""
        if self.sent is None:
            self.sent = False

    def leave(self) -> None:
        """Mark that the first byte leaves now. If ``last_check`` raises, nothing may be written."""
        if self._last_check is not None:
            self._last_check()
        self.sent = True

    async def trace(self, event: str, about: Mapping[str, object]) -> None:
        """Mark progress from httpcore's trace events: ``request.extensions["trace"]`` is this method."""
        self.report()
        # The last event before the first byte. A proxy is first sent a request of httpcore's own, whose
        # method is CONNECT: nothing of ours has left with it.
        is_request = event.endswith("send_request_headers.started")
        if is_request and getattr(about.get("request"), "method", None) != b"CONNECT":
            self.leave()


def silences_s(outgoing: Outgoing, timeouts: Timeouts, left_s: float) -> tuple[float, float | None]:
    """Return how long an attempt may wait for its first bytes: on a used connection, and on a new one.

    The rules are those of ``kalshi_async.timeouts``. None: as long as for any bytes.

    * ``left_s``: the time that the call has left
    """
    idempotency, priority = outgoing.operation.idempotency, outgoing.priority
    is_read = idempotency is Idempotency.SAFE
    left_s = min(left_s, timeouts.read_deadline_s if is_read else timeouts.write_deadline_s)
    if idempotency is Idempotency.ONCE:
        return max(LEAST_SILENCE_S, SILENCE_ONCE * left_s), None
    if priority > Priority.RISK_REDUCING:
        silence_s = SILENCE * left_s
    elif is_read:  # the last seconds of a write are no reason to ask a slow exchange again and again
        silence_s = min(SILENCE_REDUCING_RISK * timeouts.read_deadline_s, left_s / 2)
    else:
        silence_s = SILENCE_REDUCING_RISK * left_s
    return max(LEAST_SILENCE_S, silence_s), max(LEAST_SILENCE_S, SILENCE_NEW * left_s)
