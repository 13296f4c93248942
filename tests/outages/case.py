"""One cell of the matrix, and what can be wrong with it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Case:
    """One cell of the matrix."""

    scene: str
    fault: str
    begins: str
    """"before", "during" (the bytes have left) or "after" (executed, and the answer is lost)."""
    lasts_s: float
    lag_ms: int
    """How far reads lag behind writes."""
    ahead_ms: int
    """How far the exchange's clock is ahead of the client's."""
    refusal: str
    """What the operation is refused for once the fault is over; "" for nothing."""
    deadline_s: float
    """Seconds for a whole write."""
    road: str
    """"in process", or "wire": loopback sockets and the transport of a session that is given none."""
    number: int = 0

    def __str__(self) -> str:
        parts = [
            f"{self.scene}, {self.road}",
            f"{self.fault} for {self.lasts_s:g} s, begins {self.begins} the bytes",
            f"reads lag {self.lag_ms} ms, clock {self.ahead_ms:+d} ms, deadline {self.deadline_s:g} s",
        ]
        return ", ".join([*parts, f"then {self.refusal}"] if self.refusal else parts)

    @property
    def command(self) -> str:
        """The line that plays this case alone."""
        return f"python -m tests.outages --case {self.number}"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a case showed: ``kind`` is one of ``WRONG``, or one of ``COUNTED``."""

    kind: str
    what: str


WRONG = ("duplicate", "orphan", "wrong answer", "given up", "switch defeated", "leak")
"""Kinds that fail the matrix.

* duplicate: one write was executed twice
* orphan: the caller was told of an error that rules out the effect, and it is there
* wrong answer: any other answer that the ledger contradicts
* given up: an error other than a refusal before the deadline
* switch defeated: confirmed while something rests, given up too early, or unconfirmed without an error
* leak: a task is left over
"""

COUNTED = ("late unknown", "not provable", "once", "slow")
"""Kinds that are counted and shown.

* late unknown: not known at the deadline, though the fault had been over long enough and reads were fresh
* not provable: the same, where one of ``REASONS`` holds
* once: given up early, because the operation must not be sent twice and no read can settle it
* slow: nothing refused it, and it was done only ``SLOW_S`` after the fault was over
"""

SLOW_S = 2.0

REASONS = {
    "absent": "refused after the doubt, and not executed: a late copy may be accepted for 30 s more",
    "once": "it must not be sent twice, and no read shows whether it was done",
    "unseen": "done, then refused: no read shows it",
}
"""Why an outcome cannot be known by the deadline."""

UNSEEN = {
    "CancelAll": "which orders it canceled, and when",
    "CancelAllOrders": "which orders it canceled, and when",
    "TriggerGroup": "whether a group is triggered",
    "Trigger": "whether a group is triggered",
    "TransferBetweenSubaccounts": "the client_transfer_id of a transfer",
}
"""What no read shows, by scene: a write that may be sent again, and whose effect cannot be told by reading.

If such a write is refused while it is in doubt, nothing is left to do before the deadline, and
``OutcomeUnknown`` may come at once.
"""
