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
    seed: int = 0

    def __str__(self) -> str:
        parts = [self.scene, self.road, f"{self.fault} on {self.position}"]
        extras = (
            ("after", self.lead),
            ("canceled", self.canceled),
            ("meanwhile", self.event),
            ("reads", self.reads),
        )
        parts += [f"{name} {value}" for name, value in extras if value]
        if self.checks != tuple(CreateCheck):
            parts.append("checks " + ">".join(check.value for check in self.checks))
        return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with one case: ``kind`` is duplicate, orphan, wrong answer or leak."""

    kind: str
    what: str
