"""Contracts traded in one market: all of them, and those of the last day. Knows counts and times alone."""

from __future__ import annotations

from collections import deque

from kalshi_async.sandbox.settings import VOLUME_STEP_S

_STEP_US = VOLUME_STEP_S * 1_000_000
_DAY_STEPS = 86_400_000_000 // _STEP_US


class Turnover:
    """The counts of one market. Matching adds to them; times never go back."""

    __slots__ = ("_steps", "total_e2")

    def __init__(self) -> None:
        self.total_e2 = 0
        # [number of the step, contracts in it], oldest first: bounded, however much is traded.
        self._steps: deque[list[int]] = deque(maxlen=_DAY_STEPS)

    def add(self, now_us: int, count_e2: int) -> None:
        """Count a trade."""
        self.total_e2 += count_e2
        step = now_us // _STEP_US
        if self._steps and self._steps[-1][0] == step:
            self._steps[-1][1] += count_e2
        else:
            self._steps.append([step, count_e2])

    def last_day_e2(self, now_us: int) -> int:
        """Return the contracts of the last 24 hours, the step that is running included."""
        oldest = now_us // _STEP_US - _DAY_STEPS
        return sum(count_e2 for step, count_e2 in self._steps if step > oldest)
