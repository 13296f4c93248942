"""Which cases there are. Every scene meets every fault, beginning and length; the rest is drawn.

Of each such cell there are three cases: one for each lag of the reads, with a clock, a refusal,
a deadline and a road drawn by a seed, so that the matrix is the same at every run.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Mapping
from dataclasses import replace

from tests.certainty.scene import OnOrder, Scene
from tests.certainty.scenes import CREATES, SCENES
from tests.outages import in_process, on_wire
from tests.outages.case import Case
from tests.outages.switches import SWITCHES, Switch

ALL_SCENES: Mapping[str, type[Scene]] = {**SCENES, **{switch.__name__: switch for switch in SWITCHES}}

BEGINS = ("before", "during", "after")
LASTS_S = (0.3, 1.0, 3.0, 8.0)
LAGS_MS = (0, 400, 2_000)
AHEAD_MS = (-900, -300, 0, 300, 900)
DEADLINES_S = (5.0, 15.0)
"""The default, and one that outlasts every fault."""

WIRE_SHARE = 0.4
"""Of the cases whose fault there is on both roads."""

REFUSED = ("trading_is_paused", "not_found")
CREATES_REFUSED = (*REFUSED, "insufficient_balance", "cross", "poor", "pause", "trigger")
ON_ORDER_REFUSED = (*REFUSED, "cross", "pause")
OTHERS_REFUSED = ("exchange_is_paused", "not_found", "permission_denied")
SWITCHES_REFUSED = ("exchange_is_paused", PAUSED_A_SECOND := "paused for a second")


def matrix() -> list[Case]:
    """Return every case, each with its number."""
    cells = itertools.product(ALL_SCENES, in_process.FAULTS, BEGINS, LASTS_S, range(len(LAGS_MS)))
    return [replace(_drawn(number, *cell), number=number) for number, cell in enumerate(cells)]


def slice_of(count: int, seed: int) -> list[Case]:
    """Return a few cases of the matrix, drawn by a seed, in order."""
    drawn = random.Random(f"outages {seed}").sample(matrix(), count)
    return sorted(drawn, key=lambda case: case.number)


def _drawn(number: int, scene: str, fault: str, begins: str, lasts_s: float, lag: int) -> Case:
    dice = random.Random(f"outage {number}")
    is_wire = fault in on_wire.FAULTS and dice.random() < WIRE_SHARE
    return Case(
        scene,
        fault,
        begins,
        lasts_s,
        LAGS_MS[lag],
        ahead_ms=dice.choice(AHEAD_MS),
        # Every second case ends without a refusal.
        refusal=dice.choice(_refusals_of(ALL_SCENES[scene])) if dice.random() < 0.5 else "",
        deadline_s=dice.choice(DEADLINES_S),
        road="wire" if is_wire else "in process",
    )


def _refusals_of(scene: type[Scene]) -> tuple[str, ...]:
    if issubclass(scene, Switch):
        return SWITCHES_REFUSED
    own: tuple[str, ...] = OTHERS_REFUSED
    if scene in CREATES:
        own = CREATES_REFUSED
    elif issubclass(scene, OnOrder):
        own = ON_ORDER_REFUSED
    return (*own, PAUSED_A_SECOND)
