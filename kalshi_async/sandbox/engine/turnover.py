"""Contracts traded in one market: in all, in the last trade and in the last day. Knows counts and times."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from kalshi_async.sandbox.settings import VOLUME_STEP_S

_STEP_US = VOLUME_STEP_S * 1_000_000
_DAY_STEPS = 86_400_000_000 // _STEP_US


@dataclass(slots=True)
class Turnover:
    """The counts of one market. Matching adds to them; times never go back.

    ``steps`` are [number of the step, contracts in it], oldest first: bounded, however much is traded.
    """

    total_e2: int = 0
    last_trade_e2: int = 0
    steps: deque[list[int]] = field(default_factory=lambda: deque(maxlen=_DAY_STEPS))

    def add(self, now_us: int, count_e2: int) -> None:
        """Count a trade."""
        self.total_e2 += count_e2
        self.last_trade_e2 = count_e2
        step = now_us // _STEP_US
        if self.steps and self.steps[-1][0] == step:
            self.steps[-1][1] += count_e2
        else:
            self.steps.append([step, count_e2])

    def last_day_e2(self, now_us: int) -> int:
        """Return the contracts of the last 24 hours, the step that is running included."""
        oldest = now_us // _STEP_US - _DAY_STEPS
        return sum(count_e2 for step, count_e2 in self.steps if step > oldest)
