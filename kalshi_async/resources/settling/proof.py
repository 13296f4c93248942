"""When a read proves something about a write in doubt.

Reads come from a replica that lags behind the matching engine. Its timestamp, on the exchange's
clock, says up to when it shows everything. What can still change (a resting order, a limit, a
flag) and what is missing counts only once that timestamp has passed the last attempt and a margin:
an older row may show the time before. What is final counts at once.
"""

from __future__ import annotations

from dataclasses import dataclass

from kalshi_async.calls.call import Doubt
from kalshi_async.calls.context import Context
from kalshi_async.contract.exchange import GET_USER_DATA_TIMESTAMP
from kalshi_async.errors import ApiError
from kalshi_async.signing.skew import parse_date_ms

HORIZON_S = 30.0
"""How long a signed request stays acceptable: +30 s was accepted, -30 s refused (demo, 2026-06)."""

MARGIN_MS = 2_000
"""Ours: for the granularity of the replica's timestamp, and for a clock that is up to 2 s slow."""

SECOND_MS = 1_000


@dataclass(frozen=True, slots=True)
class Span:
    """When the attempts of a write were signed, on the exchange's clock as far as it is known."""

    first_ms: int
    """The first attempt."""
    last_ms: int
    """The last attempt."""
    slack_ms: int
    """How much earlier the first attempt may have been."""

    @classmethod
    def of(cls, doubt: Doubt) -> Span:
        """Return the span of a write, corrected by the exchange's own time where the refusal tells it.

        The last attempt is the one that was refused; it is no part of the span if it was certainly not
        executed (a pause, a 429). The Date header of the refusal is cut to whole
        seconds, so that the refusal came within the second that begins there.
        """
        refused_ms = refused_at_ms(doubt)
        if refused_ms is None:
            return cls(doubt.first_sent_ms, doubt.last_signed_ms, int(HORIZON_S * SECOND_MS))
        signed_ms = doubt.last_signed_ms if doubt.refused_signed_ms is None else doubt.refused_signed_ms
        # Later than signed: our clock is slow, or the request took its time. Earlier: our clock is fast.
        moved_ms = min(max(signed_ms, refused_ms), refused_ms + SECOND_MS) - signed_ms
        return cls(doubt.first_sent_ms + min(0, moved_ms), doubt.last_signed_ms + moved_ms, MARGIN_MS)

    @property
    def earliest_ms(self) -> int:
        """No attempt can have been executed before this."""
        return self.first_ms - self.slack_ms

    @property
    def proof_ms(self) -> int:
        """Reads that are valid beyond this show the effect of every attempt that was executed at once."""
        return self.last_ms + MARGIN_MS


def refused_at_ms(doubt: Doubt) -> int | None:
    """Return the second in which the exchange refused the last attempt; None if no reply tells it."""
    refusal = doubt.refusal
    return parse_date_ms(refusal.header(b"date")) if isinstance(refusal, ApiError) else None


async def read_as_of_ms(context: Context) -> float:
    """Return up to when reads show everything, in Unix milliseconds of the exchange."""
    as_of = (await context.call(GET_USER_DATA_TIMESTAMP)).as_of_time
    return as_of.timestamp() * 1000
