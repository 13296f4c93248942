"""Tokens that requests that add risk leave alone after 429s, so that cancels get through.

A 429 shows that another program spends the tokens of the same account. If both programs sent
orders as fast as their own buckets allow, the exchange's bucket would always be nearly empty,
and their cancels would be refused as often as their orders. Each 429 therefore raises this
reserve: after it, an order waits until the bucket has gained the reserve as well, while a
cancel is sent as soon as its own cost is there. Each order that is admitted lowers the reserve
a little, so that the pace of orders grows until the next 429; a bucket that stands full ends it.

The pace follows the rule of TCP: a large step back after a refusal, small steps forward.
"""

from __future__ import annotations

RAISED_BY = 0.1
"""Fraction of the capacity by which each 429 raises the reserve (ours)."""

AT_MOST = 0.25
"""Fraction of the capacity that the reserve never exceeds (ours)."""

MOST_REFILL_S = 2.0
"""A capacity counts as no more than this many seconds of refill (ours; the exchange's tiers have 1 or 3).

Without it, a bucket that is believed to be far larger than it is would hold orders back for minutes.
"""

LOWERED_BY = 0.1
"""Tokens by which each token that adds risk lowers the reserve (ours)."""


class RefusalReserve:
    """The reserve of one bucket. Owner of ``tokens``."""

    __slots__ = ("tokens",)

    def __init__(self, tokens: float = 0.0) -> None:
        self.tokens = tokens
        """Tokens that are left alone by requests that add risk, beside the headroom."""

    def refused(self, capacity: float, refill_per_s: float) -> None:
        """Raise the reserve after a 429."""
        capacity = min(capacity, MOST_REFILL_S * refill_per_s)
        self.tokens = min(self.tokens + RAISED_BY * capacity, AT_MOST * capacity)

    def admitted(self, cost: float) -> None:
        """Lower the reserve: a request that adds risk was admitted at this cost."""
        self.tokens = max(0.0, self.tokens - LOWERED_BY * cost)
