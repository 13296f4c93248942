"""What is due later: expiries, closes, sweeps, settlements, in order of their time.

Nothing runs by itself: the exchange asks for what is due whenever it is called.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable

Action = Callable[[], None]

NEVER_US = 1 << 62


class Agenda:
    """A queue of actions by due time; equal times run in the order of their entry.

    ``next_due_us`` is when the first is due, for callers who look very often.
    """

    __slots__ = ("_entries", "_sequence", "next_due_us")

    def __init__(self) -> None:
        self.next_due_us = NEVER_US
        self._entries: list[tuple[int, int, Action]] = []
        self._sequence = 0

    def at(self, due_us: int, action: Action) -> None:
        """Plan an action. It must bear being late, and must check that it still applies."""
        self._sequence += 1
        heapq.heappush(self._entries, (due_us, self._sequence, action))
        self.next_due_us = self._entries[0][0]

    def pop(self) -> tuple[int, Action]:
        """Take out the first action, with its due time."""
        due_us, _, action = heapq.heappop(self._entries)
        self.next_due_us = self._entries[0][0] if self._entries else NEVER_US
        return due_us, action
