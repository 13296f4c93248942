"""Planned actions (expiries, closes, sweeps, settlements) in the order of their times.

No action runs by itself: ``Venue.tick`` runs the due ones at the start of every call.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable

Action = Callable[[], None]

NEVER_US = 1 << 62


class Agenda:
    """A queue of actions by due time; equal times run in the order of their entry.

    ``next_due_us`` is the time of the first action: an attribute, because every call reads it.
    ``watcher``, if there is one, is called when that time has become an earlier one.
    """

    __slots__ = ("_entries", "_sequence", "next_due_us", "watcher")

    def __init__(self) -> None:
        self.next_due_us = NEVER_US
        self._entries: list[tuple[int, int, Action]] = []
        self._sequence = 0
        self.watcher: Callable[[], None] | None = None

    def at(self, due_us: int, action: Action) -> None:
        """Plan an action. It may run late, and must check that it still applies."""
        self._sequence += 1
        heapq.heappush(self._entries, (due_us, self._sequence, action))
        if due_us < self.next_due_us:
            self.next_due_us = due_us
            if self.watcher is not None:
                self.watcher()

    def pop(self) -> tuple[int, Action]:
        """Remove the first action and return it with its due time."""
        due_us, _, action = heapq.heappop(self._entries)
        self.next_due_us = self._entries[0][0] if self._entries else NEVER_US
        return due_us, action
