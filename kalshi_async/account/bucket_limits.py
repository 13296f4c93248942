"""What one bucket allows, as a value: how many tokens a request needs, and when a row of them is admitted.

Pure arithmetic. Knows no queue, no clock and no event loop.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import msgspec

from kalshi_async.account.refusal_reserve import RefusalReserve
from kalshi_async.contract.operation import Priority
from kalshi_async.errors import InvalidRequest

# Slack for rounding: sums of fractions of tokens differ in their last digits.
EPSILON = 1e-9

REDUCING = Priority.RISK_REDUCING
"""This priority and those before it may use every token; later ones leave the headroom alone."""


class TooDear(InvalidRequest):
    """A batch costs more than its bucket can ever hold: it must be split."""

    @classmethod
    def of(cls, cost: float, bucket: str, largest: float) -> TooDear:
        """Return the error, with the numbers."""
        return cls(
            f"a request of {cost:g} tokens never fits the {bucket} bucket, which has {largest:g} for it: "
            "split it"
        )


class BucketLimits(msgspec.Struct, frozen=True, gc=False):
    """Size, refill and headroom of one bucket, in tokens and tokens per second."""

    capacity: float
    refill_per_s: float
    headroom: float = 0.0

    def largest(self, priority: Priority) -> float:
        """Return the highest cost that leaves the headroom alone where it must."""
        return self.capacity if priority <= REDUCING else self.capacity - self.headroom

    def needed(self, cost: float, priority: Priority, yielded: float) -> float:
        """Return the tokens at which a request is admitted: never more than a full bucket.

        * ``yielded``: tokens that are left alone after 429s, beside the headroom
        """
        kept = 0.0 if priority <= REDUCING else self.headroom + yielded
        return min(cost + kept, self.capacity)

    def schedule_s(
        self,
        requests: Iterable[tuple[float, Priority]],
        tokens: float,
        late_s: float,
        yielded: float,
        again_s: float = 0.0,
    ) -> list[float]:
        """Return in how many seconds each of several requests is admitted, one after the other.

        * ``requests``: cost and priority of each
        * ``tokens``: those on hand now
        * ``late_s``: the refill counts from this many seconds on
        * ``yielded``: as for ``needed``
        * ``again_s``: how much later the refill counts each time that the bucket was full
        """
        reserve, after_s, when = RefusalReserve(yielded), 0.0, list[float]()
        for cost, priority in requests:
            missing = self.needed(cost, priority, reserve.tokens) - tokens
            if priority > REDUCING:
                reserve.admitted(cost)
            if missing > EPSILON:
                late_s += missing / self.refill_per_s if self.refill_per_s > 0 else math.inf
                after_s = late_s
                tokens += missing
                late_s += again_s if tokens + EPSILON >= self.capacity else 0.0
            tokens -= cost
            when.append(after_s)
        return when
