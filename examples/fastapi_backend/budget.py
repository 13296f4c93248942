"""What an account may still spend, as its owner sees it.

Teaches: hooks and buckets. Tokens come back within a second, so that a glance now and then would
always find a full bucket: the lowest mark since the last glance is what tells.
"""

from __future__ import annotations

from kalshi_async import AttemptEvent, RateLimits


class Budget:
    """Both token buckets of a session. ``note`` is the hook that keeps the lowest marks."""

    def __init__(self, limits: RateLimits) -> None:
        self._buckets = (limits.read, limits.write)
        self._least: dict[str, float] = {}

    def note(self, _: AttemptEvent | None = None) -> None:
        """Look at the buckets, which have just been spent from."""
        for bucket in self._buckets:
            self._least[bucket.name] = min(self._least.get(bucket.name, bucket.capacity), bucket.tokens())

    def look(self) -> dict[str, dict[str, float]]:
        """Return the tokens now, and ``least``: the lowest that they stood since the last look."""
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
