"""One cell of the matrix, and what can be wrong with it."""

from __future__ import annotations

from dataclasses import dataclass

from kalshi_async.sandbox.settings import CreateCheck


@dataclass(frozen=True, slots=True)
class Case:
    """One cell of the matrix. Empty names mean that nothing of the kind happens."""

    scene: str
    road: str
    fault: str
    position: str = "first"
    lead: str = ""
    canceled: str = ""
    event: str = ""
    reads: str = ""
    checks: tuple[CreateCheck, ...] = tuple(CreateCheck)
    lag_ms: int = 0
    """How far reads lag behind writes."""
    seed: int = 0

    def __str__(self) -> str:
        parts = [self.scene, self.road, f"{self.fault} on {self.position}"]
        extras = (
            ("after", self.lead),
            ("canceled", self.canceled),
            ("meanwhile", self.event),
            ("reads", self.reads),
            ("reads lag", f"{self.lag_ms} ms" if self.lag_ms else ""),
        )
        parts += [f"{name} {value}" for name, value in extras if value]
        if self.checks != tuple(CreateCheck):
            parts.append("checks " + ">".join(check.value for check in self.checks))
        return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found in one case: ``kind`` is one of ``WRONG``, or of ``EXCUSED``."""

    kind: str
    what: str


WRONG = {"duplicate": "duplicates", "orphan": "orphans", "wrong answer": "wrong answers", "leak": "leaks"}
"""Kinds that fail the matrix, each with its plural."""

EXCUSED = {
    "so already": "a proxy delivered it twice, and the second is refused: it is so already, which is true",
    "repeated": "a proxy delivered twice what the client sends but once",
}
"""Kinds that are printed and let pass, each with the reason. No create is among them."""


def wrong(findings: list[Finding]) -> list[Finding]:
    """Return those that fail the matrix."""
    return [finding for finding in findings if finding.kind in WRONG]
