"""Who waits for tokens: by priority, then by arrival. Knows nothing of tokens or time.

Those who leave before their turn stay in the line until they reach its head or until
half of it may be such; joining and being served cost the same however long it is.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from kalshi_async.contract.operation import Priority

Granted = TypeVar("Granted")

# Below this length nobody looks for those who have left (ours).
_SHORT = 64


@dataclass(frozen=True, slots=True, eq=False)
class Waiter(Generic[Granted]):
    """One request that waits; it has left the line once ``granted`` is done."""

    cost: float
    priority: Priority
    granted: asyncio.Future[Granted]


class PriorityQueue(Generic[Granted]):
    """Waiters in the order in which they are to be served. Owner of that order."""

    __slots__ = ("_lines", "_tidy_at")

    def __init__(self) -> None:
        self._lines: dict[Priority, deque[Waiter[Granted]]] = {priority: deque() for priority in Priority}
        self._tidy_at = dict.fromkeys(Priority, _SHORT)

    def __iter__(self) -> Iterator[Waiter[Granted]]:
        """Yield those who wait, in order."""
        for line in self._lines.values():
            yield from (waiter for waiter in line if not waiter.granted.done())

    def join(self, waiter: Waiter[Granted]) -> None:
        """Let a request wait behind those of its priority."""
        line = self._lines[waiter.priority]
        if len(line) >= self._tidy_at[waiter.priority]:
            line = self._lines[waiter.priority] = deque(each for each in line if not each.granted.done())
            self._tidy_at[waiter.priority] = max(_SHORT, 2 * len(line))
        line.append(waiter)

    def head(self) -> Waiter[Granted] | None:
        """Return who is to be served next, and forget those before who have left."""
        for line in self._lines.values():
            while line:
                if not line[0].granted.done():
                    return line[0]
                line.popleft()
        return None
