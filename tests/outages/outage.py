"""When which request meets the fault: one window of time, the same for both roads.

A fault that begins *before* the bytes is there when the call begins. One that begins *during*
or *after* them begins with the first attempt of the operation: that request leaves, and is lost
on its way (during) or executed without an answer (after). While the window is open, every
request of the session meets the fault, reads included.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from enum import Enum

from tests.outages.case import Case


class Meets(Enum):
    """What a request meets."""

    NOTHING = "it is answered"
    FAULT = "the window is open"
    LOST = "it opens the window: its bytes have left, and do not arrive"
    UNANSWERED = "it opens the window: it is executed, and its answer is lost"


class Outage:
    """The window of one case. Owner of its beginning and its end."""

    def __init__(self, case: Case) -> None:
        self.fault = case.fault
        self.uses_html = case.number % 2 == 0
        """Whether a gateway answers with a page, and not with the exchange's JSON."""
        self.on_begin: list[Callable[[], object]] = []
        self.on_end: list[Callable[[], object]] = []
        self._case = case
        self._operation: str | None = None
        self._began_s: float | None = None

    def arm(self, operation: str) -> None:
        """Let the next attempt of ``operation`` open the window, or open it now."""
        if self._case.begins == "before":
            self._begin()
        else:
            self._operation = operation

    def meets(self, operation: str) -> Meets:
        """Return what a request of ``operation`` meets that leaves now."""
        if operation == self._operation:
            self._operation = None
            self._begin()
            return Meets.LOST if self._case.begins == "during" else Meets.UNANSWERED
        return Meets.FAULT if self.is_on else Meets.NOTHING

    @property
    def is_on(self) -> bool:
        """Whether the window is open now."""
        return self._began_s is not None and asyncio.get_running_loop().time() < self.ends_s

    @property
    def ends_s(self) -> float:
        """When the window ends, on the clock of the loop; the beginning of time if it never began."""
        return 0.0 if self._began_s is None else self._began_s + self._case.lasts_s

    def _begin(self) -> None:
        loop = asyncio.get_running_loop()
        self._began_s = loop.time()
        for act in self.on_begin:
            act()
        loop.call_at(self.ends_s, self._end)

    def _end(self) -> None:
        for act in self.on_end:
            act()
