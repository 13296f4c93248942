"""What a stream needs of whoever opens it: time, signatures, observers, and the end of its owner."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from kalshi_async.calls.context import Context
from kalshi_async.clock import Clock
from kalshi_async.errors import ApiError
from kalshi_async.hooks import Hooks
from kalshi_async.signing.signer import SessionSigner


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Of a session, or of a recording that is played."""

    clock: Clock
    """Measures pauses."""
    now_ms: Callable[[], int]
    """Time of the exchange, in Unix milliseconds."""
    hooks: Hooks
    """Observers."""
    headers: Callable[[], Awaitable[Mapping[str, str]]]
    """Signs a handshake."""
    correct: Callable[[ApiError], bool]
    """Follows the exchange's clock after a refused timestamp; False ends the stream."""
    subaccount: Callable[[int | None], int | None] = lambda given: given
    """Returns the subaccount that a reader means."""
    closed_first: set[Callable[[], Awaitable[None]]] = field(default_factory=set)
    """What the owner closes before itself."""


def of_session(context: Context, signer: SessionSigner) -> Surroundings:
    """Return those of a session, or of a view of one."""
    pipeline = context.pipeline
    skew = pipeline.skew
    signed_offset_ms = 0

    async def headers() -> Mapping[str, str]:
        nonlocal signed_offset_ms
        signed_offset_ms = skew.offset_ms
        return await signer.websocket_headers()

    def correct(error: ApiError) -> bool:
        if error.code not in (None, "header_timestamp_expired"):
            return False
        return skew.correct(signed_offset_ms, error.header(b"date"))

    return Surroundings(
        clock=pipeline.clock,
        now_ms=skew.now_ms,
        hooks=pipeline.hooks,
        headers=headers,
        correct=correct,
        subaccount=context.scope,
        closed_first=pipeline.closed_first,
    )
