"""The offset between the exchange's clock and this machine's, learned from a refused timestamp.

The exchange accepts a timestamp that is about ten seconds old and refuses one that is
thirty seconds old. The refusal carries the exchange's time in its Date header; later
requests are signed in that time. An offset above ten minutes is not adopted: it comes from a
mistake (a wrong time zone, a dead battery), which a person must correct.

The Date header may be wrong, because a proxy can write its own; and a timestamp may be refused
though the clock was right, because the request was held up on its way. So an offset that was
learned lasts only while it is accepted. Once a timestamp that was signed with it is refused,
this machine's clock holds again; if that is refused as well, an offset is learned anew.
"""

from __future__ import annotations

from email.utils import parsedate_to_datetime

from kalshi_async.clock import Clock

# Ours. Beyond it, expiries and horizons, which follow the same clock, would be far off as well.
LARGEST_MS = 600_000

# The Date header is truncated to whole seconds: the middle of the second is the best guess.
_HALF_A_SECOND_MS = 500


class Skew:
    """The offset to the exchange's clock. Owner of ``offset_ms``."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.offset_ms = 0
        """The exchange's clock less this machine's, in milliseconds; 0 until it is learned."""

    def now_ms(self) -> int:
        """Return Unix milliseconds on the exchange's clock, as far as it is known."""
        return self._clock.now_ms() + self.offset_ms

    def correct(self, refused_ms: int, date: bytes | None) -> bool:
        """Choose another offset after a refused timestamp; False if there is none to try.

        * ``refused_ms``: the offset with which the timestamp was made
        * ``date``: the Date header of the refusal
        """
        if refused_ms != self.offset_ms:
            return True  # another call has corrected it meanwhile
        if self.offset_ms == 0:
            return self.learn(date)
        self.offset_ms = 0
        return True

    def learn(self, date: bytes | None) -> bool:
        """Take the offset from a Date header; False if it is unreadable or the offset too large."""
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
