"""How far the exchange's clock is from this machine's, learned when it matters.

The exchange accepts a timestamp of about ten seconds ago and refuses one of thirty.
A refusal brings the exchange's time in its Date header; from then on requests are
signed in that time. An offset beyond ten minutes is no drift but a mistake (a wrong
time zone, a dead battery) and is left to the person in charge.
"""

from __future__ import annotations

from email.utils import parsedate_to_datetime

from kalshi_async.clock import Clock

LARGEST_MS = 600_000  # ours: expiries and horizons would be far off as well

# The Date header is truncated to whole seconds: the middle of the second is the best guess.
_HALF_A_SECOND_MS = 500


class Skew:
    """The offset to the exchange's clock. Owner of ``offset_ms``; positive: we are behind."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.offset_ms = 0

    def now_ms(self) -> int:
        """Return Unix milliseconds on the exchange's clock, as far as it is known."""
        return self._clock.now_ms() + self.offset_ms

    def learn(self, date: bytes | None) -> bool:
        """Take the offset from a Date header; False if it says nothing usable."""
        theirs_ms = parse_date_ms(date)
        if theirs_ms is None:
            return False
        offset_ms = theirs_ms + _HALF_A_SECOND_MS - self._clock.now_ms()
        if abs(offset_ms) > LARGEST_MS:
            return False
        self.offset_ms = offset_ms
        return True


def parse_date_ms(date: bytes | None) -> int | None:
    """Return a Date header as Unix milliseconds, or None when it is absent or unreadable."""
    try:
        return int(parsedate_to_datetime((date or b"").decode("ascii")).timestamp() * 1000)
    except (ValueError, UnicodeDecodeError, OverflowError):
        return None
