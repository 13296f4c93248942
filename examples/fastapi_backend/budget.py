"""The token budget of a session, as the page shows it.

Teaches: hooks and token buckets. Tokens flow back within a second, so a page that looks four times
a second mostly finds full buckets. The lowest level since the last look shows the requests between.
"""

from __future__ import annotations

from kalshi_async import AttemptEvent, RateLimits


class Budget:
    """Both token buckets of a session. ``note`` is the hook that records their lowest levels."""

    def __init__(self, limits: RateLimits) -> None:
        self._buckets = (limits.read, limits.write)
        self._least: dict[str, float] = {}

    def note(self, _: AttemptEvent | None = None) -> None:
        """Record the levels after a request has taken its tokens."""
        for bucket in self._buckets:
            self._least[bucket.name] = min(self._least.get(bucket.name, bucket.capacity), bucket.tokens())

    def look(self) -> dict[str, dict[str, float]]:
        """Return both buckets; ``least`` is the lowest level since the last look."""
        self.note()
        least, self._least = self._least, {}
        return {
            bucket.name: {
                "tokens": bucket.tokens(),
                "least": least[bucket.name],
                "capacity": bucket.capacity,
                "refill_per_s": bucket.refill_per_s,
                "waiting": bucket.waiting,
            }
            for bucket in self._buckets
        }
